/** What the server demands of an address, said before it is asked. */

import type { Address } from '../api/addresses';
import { text } from '../strings';

export type AddressErrors = Partial<Record<keyof Address, string | undefined>>;

export const EMPTY_ADDRESS: Address = {
  name: '',
  line1: '',
  line2: '',
  city: '',
  postalCode: '',
  country: '',
};

/** In characters. */
const LONGEST: [keyof Address, number][] = [
  ['name', 100],
  ['line1', 200],
  ['line2', 200],
  ['city', 100],
  ['postalCode', 20],
  ['country', 2],
];

export function trimmed(address: Address): Address {
  const { name, line1, line2, city, postalCode, country } = address;
  return {
    name: name.trim(),
    line1: line1.trim(),
    line2: line2.trim(),
    city: city.trim(),
    postalCode: postalCode.trim(),
    country,
  };
}

/** Of a trimmed one; empty when the server may be asked. */
export function checkAddress(address: Address): AddressErrors {
  const errors: AddressErrors = {};
  for (const [field, longest] of LONGEST) {
    const { length } = [...address[field]];
    if (length === 0 && field !== 'line2') errors[field] = text.required;
    if (length > longest) errors[field] = text.addresses.tooLong(longest);
  }
  return errors;
}

/** Names of fields as the server has them. */
export function fieldOf(name: string): string {
  return name === 'postal_code' ? 'postalCode' : name;
}
