import { beforeEach, expect, test } from 'vitest';
import type { Order } from '../api/orders';
import { forgetStatuses, rememberStatus, withKnownStatus } from './order-status';

const ORDER: Order = {
  id: 1,
  status: 'PENDING',
  totalCents: 100,
  createdAt: '2026-01-01T00:00:00Z',
  settledAt: null,
  shortages: [],
  items: [],
  address: null,
};

beforeEach(forgetStatuses);

test('an older answer does not take a verdict back', () => {
  rememberStatus(1, 'COMPLETED', '2026-01-01T00:00:01Z');
  rememberStatus(1, 'PENDING', null);

  expect(withKnownStatus(ORDER)).toMatchObject({
    status: 'COMPLETED',
    settledAt: '2026-01-01T00:00:01Z',
  });
});

test('a verdict that was fetched is remembered as well', () => {
  withKnownStatus({ ...ORDER, status: 'FAILED' });

  expect(withKnownStatus(ORDER).status).toBe('FAILED');
  expect(withKnownStatus({ ...ORDER, id: 2 }).status).toBe('PENDING');
});
