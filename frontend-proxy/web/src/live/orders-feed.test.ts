import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { spoken } from '../notices/notices';
import { rememberStatus } from './order-status';
import { openOrdersFeed } from './orders-feed';

/** The socket that was opened last; the test says what it hears. */
let socket: { onmessage?: (event: { data: string }) => void };
let close: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    'WebSocket',
    class {
      onmessage?: (event: { data: string }) => void;
      constructor() {
        socket = this;
      }
      close(): void {}
    },
  );
  spoken.set('');
  close = openOrdersFeed(new QueryClient());
});

afterEach(() => {
  close();
  vi.runAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function hear(id: number, status: string): void {
  const orders = [{ id, status, settled_at: '2026-01-01T00:00:00Z' }];
  const news = { type: 'orders', cursor: 'a', orders, sales: [], complete: true };
  socket.onmessage?.({ data: JSON.stringify(news) });
}

test('a verdict that an answer brought earlier is said nevertheless, and once', () => {
  rememberStatus(7, 'COMPLETED', null);

  hear(7, 'COMPLETED');
  expect(spoken.get()).toBe('Order 7 completed');

  vi.runAllTimers();
  spoken.set('');
  hear(7, 'COMPLETED');
  vi.runAllTimers();
  expect(spoken.get()).toBe('');
});

test('a pending order is nothing to say', () => {
  hear(8, 'PENDING');

  expect(spoken.get()).toBe('');
});
