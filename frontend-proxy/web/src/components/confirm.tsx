/** Asks before something that reaches far. */

import type { ReactNode } from 'react';
import Button from 'react-bootstrap/Button';
import { text } from '../strings';
import { Dialog } from './dialog';

interface Props {
  heading: string;
  confirm: string;
  isBusy?: boolean;
  /** Nothing is lost by it, and nobody is locked out. */
  isHarmless?: boolean;
  children?: ReactNode;
  onConfirm: () => void;
  onCancel: () => void;
}

export function Confirm(props: Props) {
  const { heading, confirm, isBusy, isHarmless, children, onConfirm, onCancel } = props;

  return (
    <Dialog
      heading={heading}
      onClose={onCancel}
      footer={
        <>
          <Button variant="outline-secondary" onClick={onCancel}>
            {text.cancel}
          </Button>
          <Button
            variant={isHarmless ? 'primary' : 'danger'}
            disabled={isBusy ?? false}
            onClick={onConfirm}
          >
            {confirm}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
