/** One's own products, with their stock as it is now. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { listOwn } from '../api/products';
import { pollEvery, useIsStockLive } from '../live/connection';
import { watchStock, withKnownStock } from '../live/stock-feed';

export const PAGE_SIZE = 24;
const POLL_MS = 5000;

export function useOwnProducts(page: number) {
  const isLive = useIsStockLive();
  const query = useQuery({
    queryKey: ['products', 'own', page],
    queryFn: async ({ signal }) => {
      const askedAt = Date.now();
      const own = await listOwn({ page, limit: PAGE_SIZE }, signal);
      return { ...own, items: own.items.map((product) => withKnownStock(product, askedAt)) };
    },
    placeholderData: keepPreviousData,
    refetchInterval: pollEvery(POLL_MS, isLive),
  });

  const ids = query.data?.items.map(({ id }) => id).join() ?? '';
  useEffect(() => (ids ? watchStock(ids.split(',').map(Number)) : undefined), [ids]);

  return query;
}
