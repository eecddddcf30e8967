/** Shows pages only to those who may use them; nothing of such a page is asked for otherwise. */

import { Outlet } from 'react-router';
import { DeadEnd } from '../components/dead-end';
import { text } from '../strings';
import { may, type Permission } from './permissions';
import { useSession } from './use-session';

export function RequirePermission({ permission }: { permission: Permission }) {
  const { user } = useSession();

  return may(user, permission) ? <Outlet /> : <DeadEnd {...text.noAccess} />;
}
