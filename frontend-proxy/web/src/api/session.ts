/** Who is signed in, over HTTP. The token is in a cookie that scripts cannot read. */

import { request } from './client';

export interface User {
  id: number;
  username: string;
  email: string;
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
  const answer = await request<Answer>('GET', '/api/auth/checkIsAuth', { signal });
  return answer.isAuth ? (answer.user ?? null) : null;
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
