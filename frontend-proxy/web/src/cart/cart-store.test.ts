import { beforeEach, expect, test } from 'vitest';
import { parseCart } from './cart';
import { changeCart, emptyOrderedCart, freshCart, renewOrderKey } from './cart-store';

const line = {
  productId: 1,
  name: 'Mac',
  category: 'Toys',
  picture: null,
  priceCents: 10,
  quantity: 1,
};

beforeEach(() => {
  localStorage.clear();
  changeCart((cart) => ({ ...cart, lines: [line] }));
});

test('every change is stored at once', () => {
  expect(parseCart(JSON.parse(localStorage.getItem('cart') ?? ''))).toEqual(freshCart());
});

test('a change starts from what another tab has written', () => {
  const other = { ...freshCart(), lines: [{ ...line, quantity: 7 }] };
  localStorage.setItem('cart', JSON.stringify(other));

  changeCart((cart) => ({ ...cart, lines: [...cart.lines, { ...line, productId: 2 }] }));

  expect(freshCart().lines.map(({ quantity }) => quantity)).toEqual([7, 1]);
});

test('another tab is heard by its event, and rubbish is an empty cart', () => {
  localStorage.setItem('cart', '{bad');
  window.dispatchEvent(new StorageEvent('storage', { key: 'cart' }));

  expect(freshCart().lines).toEqual([]);
});

test('only the cart that was ordered is emptied, and the next one has another key', () => {
  const { orderKey } = freshCart();
  emptyOrderedCart('another key');
  expect(freshCart().lines).toHaveLength(1);

  emptyOrderedCart(orderKey);

  expect(freshCart().lines).toEqual([]);
  expect(freshCart().orderKey).not.toBe(orderKey);
});

test('the key survives changes of the cart, until it is renewed', () => {
  const { orderKey } = freshCart();
  changeCart((cart) => ({ ...cart, lines: [] }));
  expect(freshCart().orderKey).toBe(orderKey);

  renewOrderKey();

  expect(freshCart().orderKey).not.toBe(orderKey);
});
