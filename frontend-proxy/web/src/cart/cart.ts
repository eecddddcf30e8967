/** What a cart is, and its arithmetic. Nothing here touches the browser. */

import { MAX_QUANTITY } from '../api/orders';
import type { Product } from '../api/products';
import { isRecord } from '../storage';

export interface CartLine {
  productId: number;
  name: string;
  category: string;
  picture: string | null;
  /** The price that the buyer has seen and agreed to. */
  priceCents: number;
  /** From 1 to 1000. */
  quantity: number;
}

export interface Cart {
  version: 1;
  /** Idempotency key of the order that this cart becomes: all tabs and all tries share it. */
  orderKey: string;
  lines: CartLine[];
}

function lineOf(product: Product, quantity: number): CartLine {
  return {
    productId: product.id,
    name: product.name,
    category: product.category,
    picture: product.picture,
    priceCents: product.priceCents,
    quantity,
  };
}

export function quantityIn(cart: Cart, productId: number): number {
  return cart.lines.find((line) => line.productId === productId)?.quantity ?? 0;
}

/** One more of the product, never more than there are; a product that is known keeps its price. */
export function addOne(cart: Cart, product: Product): Cart {
  const most = Math.min(product.quantity, MAX_QUANTITY);
  const has = quantityIn(cart, product.id);
  if (has >= most) return cart;
  if (has > 0) return withQuantity(cart, product.id, has + 1);
  return { ...cart, lines: [...cart.lines, lineOf(product, 1)] };
}

/** 0 removes the line. */
export function withQuantity(cart: Cart, productId: number, quantity: number): Cart {
  if (quantity <= 0) return without(cart, productId);
  const wanted = Math.min(quantity, MAX_QUANTITY);
  const change = (line: CartLine) =>
    line.productId === productId ? { ...line, quantity: wanted } : line;
  return { ...cart, lines: cart.lines.map(change) };
}

export function without(cart: Cart, productId: number): Cart {
  return { ...cart, lines: cart.lines.filter((line) => line.productId !== productId) };
}

/** Puts lines back, at `index` or at the end; of a line that is there again the larger quantity. */
export function putBack(cart: Cart, lines: CartLine[], index = cart.lines.length): Cart {
  const merged = cart.lines.map((line) => {
    const other = lines.find(({ productId }) => productId === line.productId);
    return other ? { ...line, quantity: Math.max(line.quantity, other.quantity) } : line;
  });
  const isNew = (line: CartLine) => quantityIn(cart, line.productId) === 0;
  return { ...cart, lines: merged.toSpliced(index, 0, ...lines.filter(isNew)) };
}

export function withPrices(cart: Cart, prices: Map<number, number>): Cart {
  const change = (line: CartLine) => ({
    ...line,
    priceCents: prices.get(line.productId) ?? line.priceCents,
  });
  return { ...cart, lines: cart.lines.map(change) };
}

export function countOf(lines: { quantity: number }[]): number {
  return lines.reduce((sum, line) => sum + line.quantity, 0);
}

export function totalOf(lines: { priceCents: number; quantity: number }[]): number {
  return lines.reduce((sum, line) => sum + line.priceCents * line.quantity, 0);
}

/** What was stored, or undefined when it is not a cart of this version. */
export function parseCart(value: unknown): Cart | undefined {
  if (!isRecord(value) || value.version !== 1) return undefined;
  const { orderKey, lines } = value;
  if (typeof orderKey !== 'string' || !/^[0-9a-f]{32}$/.test(orderKey)) return undefined;
  if (!Array.isArray(lines) || !lines.every(isLine)) return undefined;
  return { version: 1, orderKey, lines };
}

function isLine(value: unknown): value is CartLine {
  return (
    isRecord(value) &&
    Number.isSafeInteger(value.productId) &&
    typeof value.name === 'string' &&
    typeof value.category === 'string' &&
    (value.picture === null || typeof value.picture === 'string') &&
    Number.isSafeInteger(value.priceCents) &&
    Number(value.priceCents) >= 0 &&
    Number.isSafeInteger(value.quantity) &&
    Number(value.quantity) >= 1
  );
}
