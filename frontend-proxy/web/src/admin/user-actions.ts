/** What an administrator can do to an account. */

import type { UserChange } from '../api/users';

export type Action = 'promote' | 'demote' | 'disable' | 'enable';

export const CHANGES: Record<Action, UserChange> = {
  promote: { role: 'ADMIN' },
  demote: { role: 'USER' },
  disable: { is_disabled: true },
  enable: { is_disabled: false },
};

/** Whether the person can go on afterwards. */
export function isHarmless(action: Action): boolean {
  return action !== 'disable';
}
