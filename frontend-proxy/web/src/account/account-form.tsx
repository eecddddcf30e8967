/** What the forms about one's account have in common. */

import { type ReactNode, useId } from 'react';
import Button from 'react-bootstrap/Button';
import { sentenceOf } from '../api/errors';
import { InlineAlert } from '../components/inline-alert';
import { text } from '../strings';
import type { AccountFormState } from './use-account-form';

interface Props {
  heading: string;
  note?: string;
  confirm: string;
  isLocked: boolean;
  state: AccountFormState;
  children: ReactNode;
}

export function AccountForm({ heading, note, confirm, isLocked, state, children }: Props) {
  const id = useId();
  const { form, isPending, problem, submit } = state;

  return (
    <form className="panel" ref={form} onSubmit={submit} noValidate aria-labelledby={id}>
      <h2 id={id}>{heading}</h2>
      {note && <p className="muted">{note}</p>}
      <fieldset disabled={isLocked}>
        {children}
        {problem && <InlineAlert>{sentenceOf(problem)}</InlineAlert>}
        <Button type="submit" disabled={isPending}>
          {isPending ? text.saving : confirm}
        </Button>
      </fieldset>
    </form>
  );
}
