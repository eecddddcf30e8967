/** What the server allows this person; it asks itself too, here it only decides what is shown. */

import type { User } from '../api/session';

export type Permission = 'user:manage';

export function may(user: User | null, permission: Permission): boolean {
  return user?.permissions.includes(permission) ?? false;
}
