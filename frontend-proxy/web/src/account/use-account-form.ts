/** A form that changes one's account. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, useRef, useState } from 'react';
import { type Account, type AccountChange, changeAccount } from '../api/account';
import { focusFirstInvalid } from '../components/focus';
import { notify } from '../notices/notices';
import { useSessionActions } from '../session/use-session';
import { type AccountErrors, checkChange, errorsOf } from './account-rules';

interface Options<Name extends keyof AccountChange> {
  account: Account;
  /** What stands in the fields before anything is typed. */
  settled: (account: Account) => Record<Name, string>;
  /** What to send of what was typed. */
  changeOf: (typed: Record<Name, string>) => AccountChange;
  saved: string;
}

/** What the frame of a form needs to know. */
export type AccountFormState = Pick<
  ReturnType<typeof useAccountForm>,
  'form' | 'isPending' | 'problem' | 'submit'
>;

export function useAccountForm<Name extends keyof AccountChange>(options: Options<Name>) {
  const client = useQueryClient();
  const { refresh } = useSessionActions();
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState(options.settled(options.account));
  const [errors, setErrors] = useState<AccountErrors>({});
  const show = (found: AccountErrors) => focusFirstInvalid(form, () => setErrors(found));
  const saving = useMutation({
    mutationFn: changeAccount,
    onSuccess: async (account) => {
      client.setQueryData<Account>(['account', 'me'], account);
      setTyped(options.settled(account));
      notify(options.saved);
      // The name is in the bar as well, and in other tabs.
      await refresh();
    },
    onError: (error, change) => show(errorsOf(error, change)),
  });
  const change = options.changeOf(typed);

  return {
    form,
    typed,
    isPending: saving.isPending,
    /** What is not about a single field. */
    problem:
      saving.error && Object.keys(errorsOf(saving.error, change)).length === 0
        ? saving.error
        : undefined,
    submit: (event: FormEvent) => {
      event.preventDefault();
      if (saving.isPending) return;
      const found = checkChange(change);
      show(found);
      if (Object.keys(found).length > 0) return;
      if (Object.keys(change).length > 0) saving.mutate(change);
      else notify(options.saved);
    },
    bind: (name: Name) => ({
      name,
      value: typed[name],
      error: errors[name],
      onChange: (event: ChangeEvent<HTMLInputElement>) => {
        setTyped({ ...typed, [name]: event.target.value });
        setErrors({ ...errors, [name]: undefined });
      },
    }),
  };
}
