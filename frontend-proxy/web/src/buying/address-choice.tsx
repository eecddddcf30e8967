/** Chooses where the order shall go; nowhere is fine too. */

import { Link } from 'react-router';
import type { SavedAddress } from '../api/addresses';
import { AddressLines } from '../components/address-lines';
import { countryName } from '../components/countries';
import { Field } from '../components/field';
import { text } from '../strings';

interface Props {
  all: SavedAddress[];
  chosen: SavedAddress | undefined;
  isError: boolean;
  isLocked: boolean;
  onChoose: (id: number | null) => void;
}

export function AddressChoice({ all, chosen, isError, isLocked, onChoose }: Props) {
  const lineOf = ({ name, line1, city, country }: SavedAddress) =>
    [name, line1, city, countryName(country)].join(', ');

  return (
    <section className="panel address-choice" aria-labelledby="address-choice">
      <h2 id="address-choice">{text.checkout.deliverTo}</h2>
      {all.length > 0 && (
        <Field label={text.checkout.address}>
          {(ids) => (
            <select
              {...ids}
              className="form-select"
              disabled={isLocked}
              value={chosen?.id ?? ''}
              onChange={({ target }) => onChoose(target.value ? Number(target.value) : null)}
            >
              <option value="">{text.checkout.noAddress}</option>
              {all.map((address) => (
                <option key={address.id} value={address.id}>
                  {lineOf(address)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {chosen && <AddressLines address={chosen} />}
      {all.length === 0 && (
        <p className="muted">{isError ? text.checkout.noBook : text.checkout.noAddress}</p>
      )}
      <p>
        <Link to="/account/addresses">
          {all.length === 0 ? text.checkout.addAddress : text.checkout.manageAddresses}
        </Link>
      </p>
    </section>
  );
}
