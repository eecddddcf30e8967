/** Puts news about stock into every list and page that the cache holds. */

import type { QueryClient } from '@tanstack/react-query';
import type { Page } from '../api/page';
import type { Product } from '../api/products';
import { askAgain } from './ask-again';

type Cached = Product | Product[] | Page<Product>;

/** A quantity of null: no longer sold, so the lists are asked for again. */
export function patchStock(client: QueryClient, changed: Map<number, number | null>): void {
  const patch = (product: Product): Product => {
    const quantity = changed.get(product.id);
    return typeof quantity === 'number' && quantity !== product.quantity
      ? { ...product, quantity }
      : product;
  };
  client.setQueriesData<Cached>({ queryKey: ['products'] }, (cached) => {
    if (!cached) return cached;
    if (Array.isArray(cached)) return cached.map(patch);
    return 'items' in cached ? { ...cached, items: cached.items.map(patch) } : patch(cached);
  });
  if ([...changed.values()].includes(null)) {
    void askAgain(client, ['products']);
  }
}
