/** What is wrong with a change of one's account: before the server is asked, and after. */

import type { AccountChange } from '../api/account';
import { fieldErrorsOf, hasCode } from '../api/errors';
import { text } from '../strings';
import { checkSignUp, wordsOf } from './sign-up-rules';

export type AccountErrors = Partial<Record<keyof AccountChange, string | undefined>>;

/** The accounts that everybody may enter; the server lets nobody change them. */
const SHARED = ['demo@demo.com', 'demo2@demo.com'];

export function isShared(email: string): boolean {
  return SHARED.includes(email);
}

/** Empty when the server may be asked. */
export function checkChange(change: AccountChange): AccountErrors {
  const { username = '', email = '', password = '', repeat_password = '' } = change;
  const found = checkSignUp({ username, email, password, repeat_password });
  const errors: AccountErrors = {
    username: change.username === undefined ? undefined : found.username,
    email: change.email === undefined ? undefined : found.email,
    password: change.password === undefined ? undefined : found.password,
    repeat_password: change.password === undefined ? undefined : found.repeat_password,
    old_password: change.old_password === '' ? text.required : undefined,
  };
  return Object.fromEntries(Object.entries(errors).filter(([, error]) => error !== undefined));
}

/** What the server says about single fields; empty when it is about something else. */
export function errorsOf(error: unknown, change: AccountChange): AccountErrors {
  if (hasCode(error, 'WRONG_PASSWORD')) return { old_password: text.account.wrongPassword };
  if (hasCode(error, 'ACCOUNT_EXISTS')) {
    // It does not say which of the two, so that nobody learns who has an account.
    const field = change.username === undefined ? 'email' : 'username';
    return { [field]: text.signup.taken };
  }
  const found = Object.values(fieldErrorsOf(error));
  return Object.fromEntries(found.map((e) => [e.field, wordsOf(e.field, e.code, e.message)]));
}
