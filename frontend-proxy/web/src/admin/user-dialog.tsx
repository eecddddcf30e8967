/** Asks before an account is changed; stays open and says why when that is refused. */

import { useMutation } from '@tanstack/react-query';
import { hasCode, sentenceOf } from '../api/errors';
import { changeUser, type ManagedUser } from '../api/users';
import { Confirm } from '../components/confirm';
import { InlineAlert } from '../components/inline-alert';
import { text } from '../strings';
import { useLookAgain } from './use-users';
import { type Action, CHANGES, isHarmless } from './user-actions';

interface Props {
  user: ManagedUser;
  action: Action;
  onDone: () => void;
  onClose: () => void;
}

export function UserDialog({ user, action, onDone, onClose }: Props) {
  const change = useMutation({
    mutationFn: () => changeUser(user.id, CHANGES[action]),
    onSuccess: onDone,
    onError: useLookAgain(),
  });

  return (
    <Confirm
      heading={text.admin.ask[action](user.username)}
      confirm={text.admin.actions[action]}
      isBusy={change.isPending}
      isHarmless={isHarmless(action)}
      onConfirm={() => change.mutate()}
      onCancel={onClose}
    >
      <p>{text.admin.explain[action]}</p>
      {change.isError && (
        <InlineAlert>
          {hasCode(change.error, 'LAST_ADMIN') ? text.admin.lastAdmin : sentenceOf(change.error)}
        </InlineAlert>
      )}
    </Confirm>
  );
}
