/** Logging in, with an account or as a demo. */

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { Link, Navigate, useLocation, useNavigate, useSearchParams } from 'react-router';
import { isStatus, sentenceOf } from '../api/errors';
import { logIn } from '../api/session';
import { CoolDown } from '../components/cool-down';
import { DemoButtons } from '../components/demo-buttons';
import { Field } from '../components/field';
import { InlineAlert } from '../components/inline-alert';
import { PageTitle } from '../components/page-title';
import { useCoolDown } from '../components/use-cool-down';
import { showDemoNote } from '../notices/demo-note';
import { nextPage } from '../session/next-page';
import { useSession, useSessionActions } from '../session/use-session';
import { text } from '../strings';

export function LoginPage() {
  const [search] = useSearchParams();
  const { state } = useLocation();
  const { user } = useSession();
  const { refresh } = useSessionActions();
  const navigate = useNavigate();
  const [email, setEmail] = useState<string>(typeof state?.email === 'string' ? state.email : '');
  const [password, setPassword] = useState('');
  const passwordField = useRef<HTMLDivElement>(null);
  const next = nextPage(search);
  const login = useMutation({
    mutationFn: () => logIn(email.trim(), password),
    onSuccess: refresh,
    onError: () => passwordField.current?.querySelector('input')?.focus(),
  });
  const wait = useCoolDown(login.error);

  if (user && !login.isPending) return <Navigate to={next} replace />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!login.isPending && wait === 0) login.mutate();
  };
  // A password that breaks the rules of passwords is no less wrong than any other.
  const isWrong = isStatus(login.error, 401) || isStatus(login.error, 400);
  return (
    <div className="narrow">
      <PageTitle title={text.login.title}>{text.login.heading}</PageTitle>
      {state?.created === true && <p className="good-news">{text.signup.created}</p>}
      <form className="panel" onSubmit={submit} noValidate>
        <Field
          label={text.login.email}
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <div ref={passwordField}>
          <Field
            label={text.login.password}
            type="password"
            name="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </div>
        {login.isError && wait === 0 && !isStatus(login.error, 429) && (
          <InlineAlert>{isWrong ? text.login.wrong : sentenceOf(login.error)}</InlineAlert>
        )}
        {wait > 0 && <CoolDown seconds={wait} words={text.problems.tooMany} />}
        <Button type="submit" className="wide" disabled={login.isPending || wait > 0}>
          {login.isPending ? text.login.busy : text.login.submit}
        </Button>
        <p className="form-foot">
          {text.login.newHere} <Link to="/signup">{text.nav.signup}</Link>
        </p>
      </form>
      <section className="panel panel-quiet" aria-label={text.demo.label}>
        <p>{text.demo.invite}</p>
        <DemoButtons
          onSignedIn={async () => {
            showDemoNote();
            await refresh();
            await navigate(next, { replace: true });
          }}
        />
      </section>
    </div>
  );
}
