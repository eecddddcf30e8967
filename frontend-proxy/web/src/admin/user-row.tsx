/** An account, with what can be done to it. */

import Button from 'react-bootstrap/Button';
import type { ManagedUser } from '../api/users';
import { Icon } from '../components/icon';
import { text } from '../strings';
import { day } from '../time';
import { type Action, isHarmless } from './user-actions';

interface Props {
  user: ManagedUser;
  onAct: (action: Action) => void;
}

export function UserRow({ user, onAct }: Props) {
  const { username, email, role, isDisabled, createdAt } = user;
  const { columns } = text.admin;
  const button = (action: Action) => (
    <Button
      variant={isHarmless(action) ? 'outline-primary' : 'outline-danger'}
      aria-label={text.admin.named(text.admin.actions[action], username)}
      onClick={() => onAct(action)}
    >
      {text.admin.actions[action]}
    </Button>
  );

  return (
    <tr className="cart-row" data-user-id={user.id}>
      <td className="user-cell">
        <strong>{username}</strong>
        <span className="muted">{email}</span>
      </td>
      <td data-label={columns.role}>{text.admin.roles[role]}</td>
      <td data-label={columns.state}>
        <span className={isDisabled ? 'pill pill-failed' : 'pill pill-completed'}>
          <Icon name={isDisabled ? 'cross' : 'check'} />
          {isDisabled ? text.admin.disabled : text.admin.active}
        </span>
      </td>
      <td data-label={columns.since}>{day(createdAt)}</td>
      <td>
        <span className="card-actions">
          {button(role === 'ADMIN' ? 'demote' : 'promote')}
          {button(isDisabled ? 'enable' : 'disable')}
        </span>
      </td>
    </tr>
  );
}
