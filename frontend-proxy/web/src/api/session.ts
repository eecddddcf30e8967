/** Who is signed in, over HTTP. The token is in a cookie that scripts cannot read. */

import { request } from './client';
import { isRefusal, isStatus } from './errors';

export interface User {
  id: number;
  username: string;
  email: string;
  /** What this person may do, as `order:place`. */
  permissions: string[];
}

export type DemoPart = 'seller' | 'buyer';

export interface SignUp {
  username: string;
  email: string;
  password: string;
  repeat_password: string;
}

export async function whoAmI(signal?: AbortSignal): Promise<User | null> {
  type Answer = { isAuth: boolean; user?: User };
  const { isAuth, user } = await request<Answer>('GET', '/api/auth/checkIsAuth', { signal });
  return isAuth && user ? { ...user, permissions: user.permissions ?? [] } : null;
}

/** Gets a new token for a session whose token is void; false when the session is over. */
export async function renewSession(): Promise<boolean> {
  try {
    await request('POST', '/api/auth/refresh');
    return true;
  } catch (error) {
    if (isRefusal(error) && !isStatus(error, 429)) return false;
    throw error;
  }
}

export async function logIn(email: string, password: string): Promise<void> {
  await request('POST', '/api/auth/login', { json: { email, password } });
}

export async function logInAsDemo(part: DemoPart): Promise<void> {
  await request('POST', '/api/auth/demo-login', { json: { as: part } });
}

export async function logOut(): Promise<void> {
  await request('POST', '/api/auth/logout');
}

export async function signUp(account: SignUp): Promise<void> {
  await request('POST', '/api/auth/signup', { json: account });
}
