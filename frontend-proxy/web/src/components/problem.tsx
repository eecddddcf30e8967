/** What went wrong, and what to do about it. */

import Button from 'react-bootstrap/Button';
import { requestIdOf, sentenceOf } from '../api/errors';
import { text } from '../strings';
import { Icon } from './icon';

interface Props {
  error: unknown;
  onRetry?: () => void;
}

export function Problem({ error, onRetry }: Props) {
  const requestId = requestIdOf(error);

  return (
    <div className="problem" role="alert">
      <Icon name="alert" />
      <div>
        <p className="problem-heading">{text.problems.heading}</p>
        <p>{sentenceOf(error)}</p>
        {onRetry && (
          <Button variant="outline-primary" onClick={onRetry}>
            {text.tryAgain}
          </Button>
        )}
        {requestId && <p className="fine-print">{text.requestId(requestId)}</p>}
      </div>
    </div>
  );
}
