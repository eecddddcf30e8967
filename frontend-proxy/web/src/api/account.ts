/** One's own account, and where it is signed in, over HTTP. */

import { request } from './client';

export interface Account {
  id: number;
  username: string;
  email: string;
  createdAt: string;
}

/** What is absent stays as it is. */
export interface AccountChange {
  username?: string;
  email?: string;
  password?: string;
  repeat_password?: string;
  /** Needed for another email or password. */
  old_password?: string;
}

/** A browser in which somebody is signed in. */
export interface Session {
  id: string;
  isCurrent: boolean;
  userAgent: string;
  createdAt: string;
  lastUsedAt: string;
}

interface AccountBody {
  id: number;
  username: string;
  email: string;
  created_at: string;
}

interface SessionBody {
  id: string;
  current: boolean;
  user_agent: string;
  created_at: string;
  last_used_at: string;
}

export async function showAccount(signal?: AbortSignal): Promise<Account> {
  return accountOf(await request<AccountBody>('GET', '/api/auth/me', { signal }));
}

/** Another password ends all other sessions. */
export async function changeAccount(change: AccountChange): Promise<Account> {
  const answer = await request<{ user: AccountBody }>('PATCH', '/api/auth/me', { json: change });
  return accountOf(answer.user);
}

export async function listSessions(signal?: AbortSignal): Promise<Session[]> {
  const path = '/api/auth/sessions';
  const { items } = await request<{ items: SessionBody[] }>('GET', path, { signal });
  return items.map((item) => ({
    id: item.id,
    isCurrent: item.current,
    userAgent: item.user_agent,
    createdAt: item.created_at,
    lastUsedAt: item.last_used_at,
  }));
}

export async function endSession(id: string): Promise<void> {
  await request('DELETE', `/api/auth/sessions/${encodeURIComponent(id)}`);
}

export async function endOtherSessions(): Promise<void> {
  await request('DELETE', '/api/auth/sessions');
}

function accountOf(body: AccountBody): Account {
  const { id, username, email } = body;
  return { id, username, email, createdAt: body.created_at };
}
