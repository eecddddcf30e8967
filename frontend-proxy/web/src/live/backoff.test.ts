import { expect, test } from 'vitest';
import { delayBefore } from './backoff';

test('waits double from one second to thirty', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 100].map((attempt) => delayBefore(attempt, () => 0.5));

  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('chance spreads them, and never beyond the ends', () => {
  expect(delayBefore(2, () => 0)).toBe(3000);
  expect(delayBefore(2, () => 1)).toBe(5000);
  expect(delayBefore(0, () => 0)).toBe(1000);
  expect(delayBefore(9, () => 1)).toBe(30_000);
});
