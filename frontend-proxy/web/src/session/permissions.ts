/** What the server allows this person; it asks itself too, here it only decides what is shown. */

import type { User } from '../api/session';

export type Permission =
  | 'order:place'
  | 'order:read:own'
  | 'product:write:any'
  | 'product:write:own'
  | 'user:manage';

export function may(user: User | null, permission: Permission): boolean {
  return user?.permissions.includes(permission) ?? false;
}

/** A guest fills a cart, and signs in to order it. */
export function mayBuy(user: User | null): boolean {
  return !user || may(user, 'order:place');
}
