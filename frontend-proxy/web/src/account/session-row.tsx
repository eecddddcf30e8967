/** A browser in which one is signed in. */

import Button from 'react-bootstrap/Button';
import type { Session } from '../api/account';
import { Icon } from '../components/icon';
import { TimeAgo } from '../components/time-ago';
import { text } from '../strings';
import { browserName } from './browser-name';

interface Props {
  session: Session;
  isBusy: boolean;
  onEnd: () => void;
}

export function SessionRow({ session, isBusy, onEnd }: Props) {
  const name = browserName(session.userAgent);

  return (
    <li className="panel session-row" data-row tabIndex={-1}>
      <div>
        <strong>{name}</strong>
        <p className="muted">
          {text.sessions.used} <TimeAgo at={session.lastUsedAt} />, {text.sessions.began}{' '}
          <TimeAgo at={session.createdAt} />
        </p>
      </div>
      {session.isCurrent ? (
        <span className="pill pill-completed">
          <Icon name="check" />
          {text.sessions.current}
        </span>
      ) : (
        <Button
          variant="outline-danger"
          aria-label={text.sessions.endNamed(name)}
          disabled={isBusy}
          onClick={onEnd}
        >
          {text.sessions.end}
        </Button>
      )}
    </li>
  );
}
