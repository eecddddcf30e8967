/** Asks for the password over the page when the session ended; what was typed below stays. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { isStatus, sentenceOf } from '../api/errors';
import { logIn } from '../api/session';
import { Dialog } from '../components/dialog';
import { Field } from '../components/field';
import { becomeGuest, useSession, useSessionActions } from '../session/use-session';
import { text } from '../strings';

export function ReloginDialog({ answer }: { answer: (isSignedIn: boolean) => void }) {
  const client = useQueryClient();
  const { user } = useSession();
  const { refresh } = useSessionActions();
  const [password, setPassword] = useState('');
  // Only the same person may carry on: the action that waits is theirs.
  const email = user?.email ?? '';
  const login = useMutation({
    mutationFn: async () => {
      await logIn(email, password);
      await refresh();
      answer(true);
    },
  });
  const giveUp = () => {
    answer(false);
    void becomeGuest(client);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!login.isPending) login.mutate();
  };
  const error = login.error
    ? isStatus(login.error, 401)
      ? text.login.wrong
      : sentenceOf(login.error)
    : undefined;

  return (
    <Dialog heading={text.login.again} onClose={giveUp}>
      <form onSubmit={submit} noValidate>
        <p>{text.login.againBody}</p>
        <Field label={text.login.email} value={email} readOnly autoComplete="username" />
        <Field
          label={text.login.password}
          type="password"
          autoComplete="current-password"
          autoFocus
          value={password}
          error={error}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" disabled={login.isPending}>
          {login.isPending ? text.login.busy : text.login.submit}
        </Button>
      </form>
    </Dialog>
  );
}
