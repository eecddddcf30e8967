/** Shows pages only to those who may use them; nothing of such a page is asked for otherwise. */

import { Outlet } from 'react-router';
import { NoAccess } from '../components/no-access';
import { may, type Permission } from './permissions';
import { useSession } from './use-session';

export function RequirePermission({ permission }: { permission: Permission }) {
  const { user } = useSession();

  return may(user, permission) ? <Outlet /> : <NoAccess />;
}
