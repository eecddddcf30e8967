/** The cart, held against what the shop has now. */

import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Page } from '../api/page';
import { listByIds, type Product } from '../api/products';
import { withQuantity } from '../cart/cart';
import { changeCart, useCart } from '../cart/cart-store';
import { pollEvery, useIsStockLive } from '../live/connection';
import { watchStock, withKnownStock } from '../live/stock-feed';
import { useSession } from '../session/use-session';
import { type CheckedLine, checkLines } from './cart-check';

const POLL_MS = 4000;

/** The answer with what it was asked for: what is missing in it is not sold any more. */
interface Checked extends Page<Product> {
  asked: number[];
}

export function useCheckedCart() {
  const cart = useCart();
  const { user } = useSession();
  const isLive = useIsStockLive();
  const ids = cart.lines.map(({ productId }) => productId).join();
  const check = useQuery({
    queryKey: ['products', 'ids', ids],
    queryFn: async ({ signal }): Promise<Checked> => {
      const askedAt = Date.now();
      const asked = ids.split(',').map(Number);
      const products = await listByIds(asked, signal);
      const items = products.map((product) => withKnownStock(product, askedAt));
      return { items, total: items.length, page: 1, limit: items.length, asked };
    },
    enabled: ids !== '',
    // The lines that stay need not be asked for before they can be shown.
    placeholderData: (before) => before,
    staleTime: 0,
    refetchInterval: pollEvery(POLL_MS, isLive),
  });
  useEffect(() => (ids ? watchStock(ids.split(',').map(Number)) : undefined), [ids]);

  const { items = [], asked = [] } = check.data ?? {};
  const lines = checkLines(cart.lines, items, asked, user?.id);
  return { cart, lines, check, reduced: useReducedLines(lines) };
}

/** Lines of more units than there are get what there is. Which they were, for the rows to say so. */
function useReducedLines(lines: CheckedLine[]): Map<number, number> {
  const [reduced, setReduced] = useState(new Map<number, number>());
  const tooLarge = lines.find(
    ({ available, quantity, problem }) =>
      !problem && available !== undefined && quantity > available,
  );
  const id = tooLarge?.productId;
  const available = tooLarge?.available;

  useEffect(() => {
    if (id === undefined || available === undefined) return;
    changeCart((cart) => withQuantity(cart, id, available));
    setReduced((before) => new Map(before).set(id, available));
  }, [id, available]);

  return reduced;
}
