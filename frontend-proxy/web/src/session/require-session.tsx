/** Shows pages of one's own only to those who are signed in. */

import { Navigate, Outlet, useLocation } from 'react-router';
import { PageSkeleton } from '../components/page-skeleton';
import { loginPath } from './next-page';
import { hasSignedOut, useSession } from './use-session';

export function RequireSession() {
  const { isKnown, user } = useSession();
  const { pathname, search } = useLocation();

  if (!isKnown) return <PageSkeleton />;
  if (!user) {
    return <Navigate to={hasSignedOut() ? '/login' : loginPath(pathname + search)} replace />;
  }
  // Another person starts with fresh screens.
  return <Outlet key={user.id} />;
}
