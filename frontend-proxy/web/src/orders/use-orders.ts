/** Orders from the server, kept current, whose status never goes back. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { listOrders, type Order, showOrder } from '../api/orders';
import { pollEvery, useAreOrdersLive } from '../live/connection';
import { isKnownFinal, withKnownStatus } from '../live/order-status';

export const PAGE_SIZE = 10;

const POLL_MS = 3000;
/** A verdict is a matter of milliseconds; who waits for it without a socket asks often. */
const POLL_PENDING_MS = 700;
/** Even with a socket, a pending order is looked at now and then: messages may be late. */
const POLL_PENDING_LIVE_MS = 3000;

export function useOrders(page: number) {
  const isLive = useAreOrdersLive();
  return useQuery({
    queryKey: ['orders', 'list', page],
    queryFn: async ({ signal }) => {
      const orders = await listOrders(page, PAGE_SIZE, signal);
      return { ...orders, items: orders.items.map(withKnownStatus) };
    },
    staleTime: 0,
    placeholderData: keepPreviousData,
    refetchInterval: pollEvery(POLL_MS, isLive),
  });
}

export function useOrder(id: number) {
  const isLive = useAreOrdersLive();
  return useQuery({
    queryKey: ['orders', 'one', id],
    queryFn: async ({ signal }) => {
      const order = await showOrder(id, signal);
      const isOlderThanNews = order.status === 'PENDING' && isKnownFinal(id);
      return withKnownStatus(isOlderThanNews ? await showOrder(id, signal) : order);
    },
    staleTime: 0,
    enabled: Number.isSafeInteger(id) && id > 0,
    refetchInterval: ({ state }) =>
      lacksVerdict(state.data) && (isLive ? POLL_PENDING_LIVE_MS : POLL_PENDING_MS),
  });
}

/** The socket tells that an order failed; why it did is in the server's answer only. */
function lacksVerdict(order: Order | undefined): boolean {
  if (order?.status === 'FAILED') return order.shortages.length === 0;
  return order?.status === 'PENDING';
}
