/** What is known about an order that was sent. */

import Button from 'react-bootstrap/Button';
import { Link } from 'react-router';
import { hasCode, isStatus, sentenceOf } from '../api/errors';
import type { Phase } from '../checkout/checkout';
import { CoolDown } from '../components/cool-down';
import { Icon } from '../components/icon';
import { InlineAlert } from '../components/inline-alert';
import { text } from '../strings';

interface Props {
  phase: Phase;
  /** Seconds until one may try again. */
  wait: number;
  onAskAgain: () => void;
}

export function CheckoutOutcome({ phase, wait, onAskAgain }: Props) {
  if (phase.name === 'checking') {
    return (
      <div className="notice" role="alert">
        <Icon name="clock" />
        <p>{text.checkout.checking}</p>
      </div>
    );
  }
  if (phase.name === 'unknown') {
    return (
      <div className="notice" role="alert">
        <p>
          <strong>{text.checkout.unknown}</strong> {text.checkout.unknownBody}
        </p>
        <Button onClick={onAskAgain}>{text.checkout.askAgain}</Button>
      </div>
    );
  }
  // The dialog about prices says all there is to say.
  if (phase.name !== 'refused' || hasCode(phase.error, 'PRICE_CHANGED')) return null;
  if (hasCode(phase.error, 'KEY_REUSED')) {
    return (
      <InlineAlert>
        <p>{text.problems.keyReused}</p>
        <p>
          {text.checkout.reusedBody} <Link to="/orders">{text.checkout.reusedLink}</Link>
        </p>
      </InlineAlert>
    );
  }
  if (isStatus(phase.error, 429)) {
    return wait > 0 && <CoolDown seconds={wait} words={text.checkout.tooEarly} />;
  }
  return (
    <InlineAlert>
      {phase.wasChecking && <p>{text.checkout.didNot}</p>}
      <p>{sentenceOf(phase.error)}</p>
    </InlineAlert>
  );
}
