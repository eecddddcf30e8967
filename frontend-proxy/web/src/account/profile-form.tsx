/** Name and email. Another email needs the password: it is what a lost password is found again by. */

import type { Account } from '../api/account';
import { Field } from '../components/field';
import { text } from '../strings';
import { AccountForm } from './account-form';
import { useAccountForm } from './use-account-form';

interface Props {
  account: Account;
  isLocked: boolean;
}

export function ProfileForm({ account, isLocked }: Props) {
  const { username, email } = account;
  const state = useAccountForm({
    account,
    settled: (saved) => ({ username: saved.username, email: saved.email, old_password: '' }),
    changeOf: (now) => ({
      ...(now.username === username ? {} : { username: now.username }),
      ...(now.email === email ? {} : { email: now.email, old_password: now.old_password }),
    }),
    saved: text.saved,
  });
  const { typed, bind } = state;

  return (
    <AccountForm
      heading={text.account.profile}
      confirm={text.save}
      isLocked={isLocked}
      state={state}
    >
      <Field
        {...bind('username')}
        label={text.signup.username}
        help={text.signup.usernameHelp}
        autoComplete="username"
      />
      <Field
        {...bind('email')}
        label={text.signup.email}
        help={text.signup.emailHelp}
        type="email"
        autoComplete="email"
      />
      {typed.email !== email && (
        <Field
          {...bind('old_password')}
          label={text.account.oldPassword}
          help={text.account.oldPasswordHelp}
          type="password"
          autoComplete="current-password"
        />
      )}
    </AccountForm>
  );
}
