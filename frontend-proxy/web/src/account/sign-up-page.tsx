/** Creating an account. */

import { useMutation } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, useRef, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { Link, useNavigate } from 'react-router';
import { fieldErrorsOf, hasCode, isRefusal, isStatus, sentenceOf } from '../api/errors';
import { type SignUp, signUp } from '../api/session';
import { CoolDown } from '../components/cool-down';
import { ErrorSummary } from '../components/error-summary';
import { Field } from '../components/field';
import { focusFirstInvalid } from '../components/focus';
import { InlineAlert } from '../components/inline-alert';
import { PageTitle } from '../components/page-title';
import { useCoolDown } from '../components/use-cool-down';
import { announce } from '../notices/notices';
import { text } from '../strings';
import { checkSignUp, type SignUpErrors, wordsOf } from './sign-up-rules';

const EMPTY: SignUp = { username: '', email: '', password: '', repeat_password: '' };

export function SignUpPage() {
  const navigate = useNavigate();
  const form = useRef<HTMLFormElement>(null);
  const [account, setAccount] = useState(EMPTY);
  const [errors, setErrors] = useState<SignUpErrors>({});
  const [summary, setSummary] = useState<SignUpErrors>({});
  const show = (found: SignUpErrors) =>
    focusFirstInvalid(form, () => {
      setErrors(found);
      setSummary(found);
    });
  const creation = useMutation({
    mutationFn: () => signUp(account),
    onSuccess: () => {
      announce(text.signup.created);
      return navigate('/login', { state: { email: account.email, created: true } });
    },
    onError: (error) => {
      if (hasCode(error, 'ACCOUNT_EXISTS')) return show({ username: text.signup.taken });
      const found = Object.values(fieldErrorsOf(error));
      show(Object.fromEntries(found.map((e) => [e.field, wordsOf(e.field, e.code, e.message)])));
    },
  });
  const wait = useCoolDown(creation.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (creation.isPending || wait > 0) return;
    const found = checkSignUp(account);
    show(found);
    if (Object.values(found).every((error) => error === undefined)) creation.mutate();
  };
  const bind = (name: keyof SignUp, label: string, help: string, type: string) => ({
    name,
    label,
    help,
    type,
    value: account[name],
    error: errors[name],
    onChange: (event: ChangeEvent<HTMLInputElement>) => {
      setAccount({ ...account, [name]: event.target.value });
      setErrors({ ...errors, [name]: undefined });
    },
    onBlur: () => {
      // An empty field that was only passed through is not a mistake yet.
      if (account[name]) setErrors({ ...errors, [name]: checkSignUp(account)[name] });
    },
  });
  const isOther =
    creation.error &&
    !isStatus(creation.error, 429) &&
    !hasCode(creation.error, 'ACCOUNT_EXISTS') &&
    !hasCode(creation.error, 'VALIDATION_ERROR');

  return (
    <div className="narrow">
      <PageTitle title={text.signup.title}>{text.signup.heading}</PageTitle>
      <form className="panel" ref={form} onSubmit={submit} noValidate>
        <ErrorSummary errors={named(summary)} />
        <Field
          {...bind('username', text.signup.username, text.signup.usernameHelp, 'text')}
          autoComplete="username"
        />
        <Field
          {...bind('email', text.signup.email, text.signup.emailHelp, 'email')}
          autoComplete="email"
        />
        <Field
          {...bind('password', text.signup.password, text.signup.passwordHelp, 'password')}
          autoComplete="new-password"
        />
        <Field
          {...bind('repeat_password', text.signup.repeat, '', 'password')}
          autoComplete="new-password"
        />
        {isOther && (
          <InlineAlert>
            {isRefusal(creation.error) ? sentenceOf(creation.error) : text.signup.unreachable}
          </InlineAlert>
        )}
        {wait > 0 && <CoolDown seconds={wait} words={text.problems.tooMany} />}
        <Button type="submit" className="wide" disabled={creation.isPending || wait > 0}>
          {creation.isPending ? text.signup.busy : text.signup.submit}
        </Button>
        <p className="form-foot">
          {text.signup.haveAccount} <Link to="/login">{text.nav.login}</Link>
        </p>
      </form>
    </div>
  );
}

function named(errors: SignUpErrors): Record<string, string | undefined> {
  return {
    [text.signup.username]: errors.username,
    [text.signup.email]: errors.email,
    [text.signup.password]: errors.password,
    [text.signup.repeat]: errors.repeat_password,
  };
}
