/** A dialog over the page, a full sheet on phones: focus stays inside and returns to its opener. */

import { type ReactNode, useId } from 'react';
import CloseButton from 'react-bootstrap/CloseButton';
import Modal from 'react-bootstrap/Modal';
import { text } from '../strings';

interface Props {
  heading: string;
  children: ReactNode;
  footer?: ReactNode;
  onClose: () => void;
}

export function Dialog({ heading, children, footer, onClose }: Props) {
  const id = useId();

  return (
    <Modal show onHide={onClose} aria-labelledby={id} fullscreen="sm-down" centered>
      <header className="modal-header">
        <h2 className="modal-title" id={id}>
          {heading}
        </h2>
        <CloseButton aria-label={text.close} onClick={onClose} />
      </header>
      <div className="modal-body">{children}</div>
      {footer && <footer className="modal-footer">{footer}</footer>}
    </Modal>
  );
}
