/** An address of the book, with what can be done to it. */

import Button from 'react-bootstrap/Button';
import type { SavedAddress } from '../api/addresses';
import { AddressLines } from '../components/address-lines';
import { Icon } from '../components/icon';
import { text } from '../strings';

interface Props {
  address: SavedAddress;
  onEdit: () => void;
  onDelete: () => void;
  onMakeDefault: () => void;
}

export function AddressCard({ address, onEdit, onDelete, onMakeDefault }: Props) {
  return (
    <li className="panel address-card" data-row tabIndex={-1}>
      <AddressLines address={address} />
      <div className="card-actions">
        {address.isDefault ? (
          <span className="pill pill-completed">
            <Icon name="check" />
            {text.addresses.default}
          </span>
        ) : (
          <Button
            variant="outline-primary"
            aria-label={text.addresses.defaultNamed(address.name)}
            onClick={onMakeDefault}
          >
            {text.addresses.makeDefault}
          </Button>
        )}
        <Button
          variant="outline-primary"
          aria-label={text.addresses.editNamed(address.name)}
          onClick={onEdit}
        >
          <Icon name="edit" /> {text.addresses.edit}
        </Button>
        <Button
          variant="outline-danger"
          aria-label={text.addresses.deleteNamed(address.name)}
          title={text.addresses.delete}
          onClick={onDelete}
        >
          <Icon name="trash" />
        </Button>
      </div>
    </li>
  );
}
