/** Everybody's accounts over HTTP, for those who may manage them. */

import { request } from './client';
import { mapPage, type Page } from './page';

export type Role = 'USER' | 'ADMIN';

export interface ManagedUser {
  id: number;
  username: string;
  email: string;
  role: Role;
  isDisabled: boolean;
  createdAt: string;
}

/** What is absent stays as it is. */
export interface UserChange {
  role?: Role;
  is_disabled?: boolean;
}

interface UserBody {
  id: number;
  username: string;
  email: string;
  role: Role;
  is_disabled: boolean;
  created_at: string;
}

/** Whose name or email holds `search`. */
export async function listUsers(
  query: { search: string; page: number; limit: number },
  signal?: AbortSignal,
): Promise<Page<ManagedUser>> {
  const { search, page, limit } = query;
  const params = new URLSearchParams({ page: String(page), limit: String(limit) });
  if (search) params.set('search', search);
  const path = `/api/auth/users?${params}`;
  return mapPage(await request<Page<UserBody>>('GET', path, { signal }), userOf);
}

/** Refused as `LAST_ADMIN` when nobody would be left to manage accounts. */
export async function changeUser(id: number, change: UserChange): Promise<ManagedUser> {
  const path = `/api/auth/users/${id}`;
  return userOf((await request<{ user: UserBody }>('PATCH', path, { json: change })).user);
}

function userOf(body: UserBody): ManagedUser {
  const { id, username, email, role } = body;
  return { id, username, email, role, isDisabled: body.is_disabled, createdAt: body.created_at };
}
