/** The fields of an address. */

import type { ChangeEvent } from 'react';
import type { Address } from '../api/addresses';
import { countries } from '../components/countries';
import { Field } from '../components/field';
import { text } from '../strings';
import type { AddressErrors } from './address-rules';

interface Props {
  address: Address;
  errors: AddressErrors;
  onChange: (address: Address) => void;
}

const COUNTRIES = countries();

export function AddressFields({ address, errors, onChange }: Props) {
  const bind = (name: keyof Address, autoComplete: string) => ({
    name,
    label: text.addresses[name],
    value: address[name],
    error: errors[name],
    autoComplete,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) =>
      onChange({ ...address, [name]: event.target.value }),
  });
  const country = bind('country', 'country');

  return (
    <>
      <Field {...bind('name', 'name')} autoFocus />
      <Field {...bind('line1', 'address-line1')} />
      <Field {...bind('line2', 'address-line2')} />
      <div className="field-pair">
        <Field {...bind('postalCode', 'postal-code')} />
        <Field {...bind('city', 'address-level2')} />
      </div>
      <Field label={country.label} error={country.error}>
        {(ids) => (
          <select
            {...ids}
            className="form-select"
            name="country"
            autoComplete="country"
            value={address.country}
            onChange={country.onChange}
          >
            <option value="">{text.addresses.choose}</option>
            {COUNTRIES.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
    </>
  );
}
