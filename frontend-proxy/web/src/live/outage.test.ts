import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askWhenDue, noteAnswer, outages } from './outage';

const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });

beforeEach(() => {
  vi.useFakeTimers({ now: 1000 });
  outages.set(new Map());
});

afterEach(() => {
  client.clear();
  vi.useRealTimers();
});

test('a part is away from its first failure until it answers, whatever it answers', () => {
  noteAnswer('/api/orders?page=1', 503, 2);
  vi.setSystemTime(2000);
  noteAnswer('/api/orders?page=1', 504, undefined);
  noteAnswer('/api/products/public/', 200, undefined);

  expect([...outages.get()]).toEqual([['orders', { since: 1000, askAt: 7000 }]]);

  noteAnswer('/api/orders/7', 404, undefined);
  expect(outages.get().size).toBe(0);
});

test('other failures, and what is no part of the shop, are none', () => {
  noteAnswer('/api/orders', 500, undefined);
  noteAnswer('/version.json', 503, undefined);

  expect(outages.get().size).toBe(0);
});

test('what could not be shown is asked for again when the server said', async () => {
  const queryFn = vi.fn().mockRejectedValue(new Error('503'));
  new QueryObserver(client, { queryKey: ['orders'], queryFn }).subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
  noteAnswer('/api/orders', 503, 2);

  askWhenDue(client);
  expect(queryFn).toHaveBeenCalledTimes(1);
  vi.setSystemTime(3000);
  askWhenDue(client);
  askWhenDue(client);

  expect(queryFn).toHaveBeenCalledTimes(2);
  expect(outages.get().has('orders')).toBe(true);
});

test('an outage that nothing on the page is about is forgotten', () => {
  noteAnswer('/api/auth/login', 503, 1);
  vi.setSystemTime(2000);
  askWhenDue(client);

  expect(outages.get().size).toBe(0);
});
