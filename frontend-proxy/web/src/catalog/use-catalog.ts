/** One page of the catalog, kept current. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type CatalogQuery, listProducts } from '../api/products';
import { pollEvery, useIsStockLive } from '../live/connection';
import { watchStock, withKnownStock } from '../live/stock-feed';
import { useSession } from '../session/use-session';

const POLL_MS = 5000;

export function useCatalog(query: CatalogQuery) {
  const { isKnown, user } = useSession();
  const isLive = useIsStockLive();
  const userId = user?.id ?? null;
  const catalog = useQuery({
    queryKey: ['products', 'list', userId, query],
    queryFn: async ({ signal }) => {
      const askedAt = Date.now();
      const page = await listProducts(query, userId !== null, signal);
      return { ...page, items: page.items.map((product) => withKnownStock(product, askedAt)) };
    },
    enabled: isKnown,
    placeholderData: keepPreviousData,
    refetchInterval: pollEvery(POLL_MS, isLive),
  });

  const ids = catalog.data?.items.map(({ id }) => id).join() ?? '';
  useEffect(() => (ids ? watchStock(ids.split(',').map(Number)) : undefined), [ids]);

  return catalog;
}
