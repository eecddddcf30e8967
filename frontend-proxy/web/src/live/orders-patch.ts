/** Shows a verdict at once in every list and page that the cache holds; the rest is fetched after. */

import type { QueryClient } from '@tanstack/react-query';
import type { Order } from '../api/orders';
import type { Page } from '../api/page';
import { withKnownStatus } from './order-status';

export function patchOrder(client: QueryClient, id: number): void {
  client.setQueriesData<Order | Page<Order>>({ queryKey: ['orders'] }, (cached) => {
    if (!cached) return cached;
    if (!('items' in cached) || 'status' in cached) {
      return 'status' in cached && cached.id === id ? withKnownStatus(cached) : cached;
    }
    const items = cached.items.map((order) => (order.id === id ? withKnownStatus(order) : order));
    return { ...cached, items };
  });
}
