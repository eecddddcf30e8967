import { expect, test } from 'vitest';
import { decimalOf, formatCents, parseCents } from './money';

test('amounts are read exactly and written as they were', () => {
  for (const amount of ['0.10', '0.29', '1049.98', '99999999.99', '4.35']) {
    expect(decimalOf(parseCents(amount) ?? -1)).toBe(amount);
  }
  expect(parseCents('5')).toBe(500);
  expect(parseCents(' 5.1 ')).toBe(510);
});

test('what is no amount is none', () => {
  for (const text of ['', '.5', '1.234', '-1', '1e3', '100000000', '1,5', 'x']) {
    expect(parseCents(text)).toBeUndefined();
  }
});

test('people read dollars', () => {
  expect(formatCents(104998)).toBe('$1,049.98');
  expect(formatCents(0)).toBe('$0.00');
});
