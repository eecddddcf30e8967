/** What became of the lines of a cart since they were put in. */

import type { Product } from '../api/products';
import type { CartLine } from '../cart/cart';

export interface CheckedLine extends CartLine {
  /** The price now, when it is another than the buyer has seen. */
  newPriceCents: number | undefined;
  /** Units on stock; undefined while that is not known. */
  available: number | undefined;
  /** Why it cannot be ordered. */
  problem: 'gone' | 'own' | undefined;
}

/** `products` has what is still sold of `asked`; about other lines nothing is known. */
export function checkLines(
  lines: CartLine[],
  products: Product[],
  asked: number[],
  userId: number | undefined,
): CheckedLine[] {
  return lines.map((line) => {
    const product = products.find(({ id }) => id === line.productId);
    if (!product && !asked.includes(line.productId)) {
      return { ...line, newPriceCents: undefined, available: undefined, problem: undefined };
    }
    if (!product || product.quantity === 0) {
      return { ...line, newPriceCents: undefined, available: 0, problem: 'gone' };
    }
    return {
      ...line,
      name: product.name,
      category: product.category,
      picture: product.picture,
      newPriceCents: product.priceCents === line.priceCents ? undefined : product.priceCents,
      available: product.quantity,
      problem: product.sellerId === userId ? 'own' : undefined,
    };
  });
}

export function currentPrice(line: CheckedLine): number {
  return line.newPriceCents ?? line.priceCents;
}
