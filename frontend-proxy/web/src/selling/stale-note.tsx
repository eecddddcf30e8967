/** Somebody saved another version while this form was open: whose shall stay? */

import Button from 'react-bootstrap/Button';
import { InlineAlert } from '../components/inline-alert';
import { text } from '../strings';

export function StaleNote({
  onKeepMine,
  onReload,
}: {
  onKeepMine: () => void;
  onReload: () => void;
}) {
  return (
    <InlineAlert>
      <p>
        <strong>{text.selling.stale}</strong> {text.selling.staleBody}
      </p>
      <div className="button-row">
        <Button variant="outline-primary" onClick={onReload}>
          {text.selling.reloadTheirs}
        </Button>
        <Button variant="outline-primary" onClick={onKeepMine}>
          {text.selling.keepMine}
        </Button>
      </div>
    </InlineAlert>
  );
}
