/** What the server demands of a new account, said before it is asked. */

import type { SignUp } from '../api/session';
import { text } from '../strings';

export type SignUpErrors = Partial<Record<keyof SignUp, string | undefined>>;

const MAX_PASSWORD_BYTES = 72;

export function checkSignUp(account: SignUp): SignUpErrors {
  return {
    username: username(account.username),
    email: email(account.email),
    password: password(account.password),
    repeat_password: repeat(account),
  };
}

/** The server's own findings, in the words of this app where it has any. */
export function wordsOf(field: string, code: string, message: string): string {
  if (code === 'USERNAME') return text.signup.usernameWrong;
  if (code === 'EMAIL') return text.signup.emailWrong;
  if (code === 'MISMATCH') return text.signup.mismatch;
  return field === 'password' && code === 'TOO_SHORT' ? text.signup.short : message;
}

function username(value: string): string | undefined {
  if (value === '') return text.required;
  return /^[a-z0-9]{3,30}$/i.test(value) ? undefined : text.signup.usernameWrong;
}

function email(value: string): string | undefined {
  if (value === '') return text.required;
  return /^[^@\s]+@[^@\s]+\.[^@\s.]+$/.test(value) ? undefined : text.signup.emailWrong;
}

function password(value: string): string | undefined {
  if (value === '') return text.required;
  if ([...value].length < 8) return text.signup.short;
  return new TextEncoder().encode(value).length > MAX_PASSWORD_BYTES ? text.signup.long : undefined;
}

function repeat({ password, repeat_password }: SignUp): string | undefined {
  if (repeat_password === '') return text.required;
  return password === repeat_password ? undefined : text.signup.mismatch;
}
