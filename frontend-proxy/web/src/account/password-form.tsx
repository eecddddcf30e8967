/** Another password. */

import type { Account } from '../api/account';
import { Field } from '../components/field';
import { text } from '../strings';
import { AccountForm } from './account-form';
import { useAccountForm } from './use-account-form';

interface Props {
  account: Account;
  isLocked: boolean;
}

export function PasswordForm({ account, isLocked }: Props) {
  const state = useAccountForm({
    account,
    settled: () => ({ old_password: '', password: '', repeat_password: '' }),
    changeOf: (typed) => typed,
    saved: text.account.passwordChanged,
  });
  const { bind } = state;

  return (
    <AccountForm
      heading={text.account.changePassword}
      note={text.account.passwordNote}
      confirm={text.account.changePassword}
      isLocked={isLocked}
      state={state}
    >
      {/* Tells a password manager whose password this is. */}
      <input type="hidden" name="username" autoComplete="username" value={account.email} />
      <Field
        {...bind('old_password')}
        label={text.account.oldPassword}
        type="password"
        autoComplete="current-password"
      />
      <Field
        {...bind('password')}
        label={text.account.newPassword}
        help={text.signup.passwordHelp}
        type="password"
        autoComplete="new-password"
      />
      <Field
        {...bind('repeat_password')}
        label={text.account.repeat}
        type="password"
        autoComplete="new-password"
      />
    </AccountForm>
  );
}
