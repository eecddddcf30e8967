/** An address as it stands on an envelope. */

import type { Address } from '../api/addresses';
import { countryName } from './countries';

export function AddressLines({ address }: { address: Address }) {
  const { name, line1, line2, city, postalCode, country } = address;

  return (
    <address className="address">
      <strong>{name}</strong>
      <span>{line1}</span>
      {line2 && <span>{line2}</span>}
      <span>{`${postalCode} ${city}`}</span>
      <span>{countryName(country)}</span>
    </address>
  );
}
