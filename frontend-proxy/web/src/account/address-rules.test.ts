import { expect, test } from 'vitest';
import { text } from '../strings';
import { checkAddress, EMPTY_ADDRESS, trimmed } from './address-rules';

const HOME = {
  name: ' Ada Lovelace ',
  line1: '12 St James’s Square',
  line2: ' ',
  city: 'London',
  postalCode: 'SW1Y 4JH',
  country: 'GB',
};

test('an address needs everything but its second line', () => {
  expect(checkAddress(trimmed(HOME))).toEqual({});
  expect(Object.keys(checkAddress(EMPTY_ADDRESS))).toEqual([
    'name',
    'line1',
    'city',
    'postalCode',
    'country',
  ]);
  expect(checkAddress(trimmed({ ...HOME, city: '   ' }))).toEqual({
    city: text.required,
  });
});

test('what is too long is told with how long it may be', () => {
  expect(checkAddress({ ...HOME, line2: 'x'.repeat(201) })).toEqual({
    line2: text.addresses.tooLong(200),
  });
});
