/** Another password. */

import Button from 'react-bootstrap/Button';
import type { Account } from '../api/account';
import { sentenceOf } from '../api/errors';
import { Field } from '../components/field';
import { InlineAlert } from '../components/inline-alert';
import { text } from '../strings';
import { useAccountForm } from './use-account-form';

interface Props {
  account: Account;
  isLocked: boolean;
}

export function PasswordForm({ account, isLocked }: Props) {
  const { form, isPending, problem, submit, bind } = useAccountForm({
    account,
    settled: () => ({ old_password: '', password: '', repeat_password: '' }),
    changeOf: (typed) => typed,
    saved: text.account.passwordChanged,
  });

  return (
    <form
      className="panel"
      ref={form}
      onSubmit={submit}
      noValidate
      aria-labelledby="account-password"
    >
      <h2 id="account-password">{text.account.changePassword}</h2>
      <p className="muted">{text.account.passwordNote}</p>
      <fieldset disabled={isLocked}>
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
        {problem && <InlineAlert>{sentenceOf(problem)}</InlineAlert>}
        <Button type="submit" disabled={isPending}>
          {isPending ? text.account.saving : text.account.changePassword}
        </Button>
      </fieldset>
    </form>
  );
}
