/** Name and email. Another email needs the password: it is what a lost password is found again by. */

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

export function ProfileForm({ account, isLocked }: Props) {
  const { username, email } = account;
  const { form, typed, isPending, problem, submit, bind } = useAccountForm({
    account,
    settled: (saved) => ({ username: saved.username, email: saved.email, old_password: '' }),
    changeOf: (now) => ({
      ...(now.username === username ? {} : { username: now.username }),
      ...(now.email === email ? {} : { email: now.email, old_password: now.old_password }),
    }),
    saved: text.account.saved,
  });

  return (
    <form
      className="panel"
      ref={form}
      onSubmit={submit}
      noValidate
      aria-labelledby="account-profile"
    >
      <h2 id="account-profile">{text.account.profile}</h2>
      <fieldset disabled={isLocked}>
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
        {problem && <InlineAlert>{sentenceOf(problem)}</InlineAlert>}
        <Button type="submit" disabled={isPending}>
          {isPending ? text.account.saving : text.save}
        </Button>
      </fieldset>
    </form>
  );
}
