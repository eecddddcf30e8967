import { expect, test } from 'vitest';
import { ApiError } from '../api/errors';
import { text } from '../strings';
import { checkChange, errorsOf } from './account-rules';

test('only what changes is checked', () => {
  expect(checkChange({ username: 'alice' })).toEqual({});
  expect(checkChange({ username: 'a b' })).toEqual({ username: text.signup.usernameWrong });
  expect(checkChange({ email: 'nonsense', old_password: '' })).toEqual({
    email: text.signup.emailWrong,
    old_password: text.required,
  });
  expect(
    checkChange({ password: 'long enough', repeat_password: 'other', old_password: 'x' }),
  ).toEqual({ repeat_password: text.signup.mismatch });
});

test('what the server says stands at the field it is about', () => {
  const wrong = new ApiError(403, 'WRONG_PASSWORD', 'this is not your present password');
  const exists = new ApiError(409, 'ACCOUNT_EXISTS', 'Username or Email already exists');
  const other = new ApiError(403, 'DEMO_ACCOUNT', 'the demo account is everybody’s');

  expect(errorsOf(wrong, { email: 'a@b.cd' })).toEqual({
    old_password: text.account.wrongPassword,
  });
  expect(errorsOf(exists, { email: 'a@b.cd' })).toEqual({ email: text.signup.taken });
  expect(errorsOf(exists, { username: 'alice' })).toEqual({ username: text.signup.taken });
  expect(errorsOf(other, { username: 'alice' })).toEqual({});
});
