import { expect, test } from 'vitest';
import type { Product } from '../api/products';
import {
  addOne,
  type Cart,
  countOf,
  parseCart,
  putBack,
  quantityIn,
  totalOf,
  without,
  withPrices,
  withQuantity,
} from './cart';

const EMPTY: Cart = { version: 1, orderKey: '0'.repeat(32), lines: [] };

function product(id: number, priceCents: number, quantity: number): Product {
  return {
    id,
    name: `Product ${id}`,
    priceCents,
    category: 'Toys',
    quantity,
    sellerId: 1,
    sellerName: 'demo',
    version: 1,
    createdAt: '2026-01-01T00:00:00Z',
    picture: null,
  };
}

test('adding twice is one line of two, and never more than there are', () => {
  const mac = product(1, 99999, 2);

  const cart = addOne(addOne(addOne(EMPTY, mac), mac), mac);

  expect(cart.lines).toHaveLength(1);
  expect(quantityIn(cart, 1)).toBe(2);
});

test('a known line keeps the price that its buyer saw', () => {
  const cart = addOne(addOne(EMPTY, product(1, 500, 9)), product(1, 600, 9));

  expect(totalOf(cart.lines)).toBe(1000);
});

test('totals are exact where floating point is not', () => {
  const cart = withQuantity(addOne(addOne(EMPTY, product(1, 10, 9)), product(2, 20, 9)), 1, 3);

  expect(totalOf(cart.lines)).toBe(50);
  expect(countOf(cart.lines)).toBe(4);
});

test('a quantity of nothing removes the line, and a thousand is the most', () => {
  const cart = addOne(EMPTY, product(1, 10, 9));

  expect(withQuantity(cart, 1, 0).lines).toEqual([]);
  expect(quantityIn(withQuantity(cart, 1, 5000), 1)).toBe(1000);
});

test('what was removed comes back to its place, and doubles nothing', () => {
  const cart = [1, 2, 3].reduce((sum, id) => addOne(sum, product(id, 10, 9)), EMPTY);
  const removed = cart.lines.slice(1, 2);

  const restored = putBack(without(cart, 2), removed, 1);

  expect(restored).toEqual(cart);
  expect(putBack(restored, removed)).toEqual(cart);
});

test('of a line that is there again the larger quantity stays', () => {
  const cart = withQuantity(addOne(EMPTY, product(1, 10, 9)), 1, 2);
  const three = withQuantity(cart, 1, 3).lines;

  expect(quantityIn(putBack(cart, three), 1)).toBe(3);
});

test('agreed prices replace the old ones', () => {
  const cart = withPrices(addOne(EMPTY, product(1, 99999, 9)), new Map([[1, 94999]]));

  expect(totalOf(cart.lines)).toBe(94999);
});

test('what was stored is a cart or nothing', () => {
  const cart = addOne(EMPTY, product(1, 10, 9));
  const [line] = cart.lines;

  expect(parseCart(JSON.parse(JSON.stringify(cart)))).toEqual(cart);
  for (const rubbish of [
    null,
    'cart',
    [],
    { ...cart, version: 2 },
    { ...cart, orderKey: '' },
    { ...cart, lines: {} },
    { ...cart, lines: [{ ...line, quantity: 0 }] },
    { ...cart, lines: [{ ...line, quantity: 1.5 }] },
    { ...cart, lines: [{ ...line, priceCents: '10' }] },
  ]) {
    expect(parseCart(rubbish)).toBeUndefined();
  }
});
