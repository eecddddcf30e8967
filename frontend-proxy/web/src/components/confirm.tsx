/** Asks before something that cannot be undone. */

import type { ReactNode } from 'react';
import Button from 'react-bootstrap/Button';
import { text } from '../strings';
import { Dialog } from './dialog';

interface Props {
  heading: string;
  confirm: string;
  isBusy?: boolean;
  children?: ReactNode;
  onConfirm: () => void;
  onCancel: () => void;
}

export function Confirm({ heading, confirm, isBusy, children, onConfirm, onCancel }: Props) {
  return (
    <Dialog
      heading={heading}
      onClose={onCancel}
      footer={
        <>
          <Button variant="outline-secondary" onClick={onCancel}>
            {text.cancel}
          </Button>
          <Button variant="danger" disabled={isBusy ?? false} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
