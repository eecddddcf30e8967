/** The cart of this browser, in step between its tabs through localStorage. */

import { randomKey, readJson, writeJson } from '../storage';
import { createStore, useStore } from '../store';
import { type Cart, parseCart } from './cart';

const KEY = 'cart';

const empty = (): Cart => ({ version: 1, orderKey: randomKey(), lines: [] });
const store = createStore<Cart>(parseCart(readJson(KEY)) ?? empty());

/** The cart as it is in all tabs: another tab may have written since the last event. */
export function freshCart(): Cart {
  const stored = parseCart(readJson(KEY));
  const current = store.get();
  if (stored && JSON.stringify(stored) !== JSON.stringify(current)) store.set(stored);
  return store.get();
}

/** Changes the cart in all tabs. */
export function changeCart(change: (cart: Cart) => Cart): void {
  const next = change(freshCart());
  writeJson(KEY, next);
  store.set(next);
}

/** Empties the cart that was ordered under this key; one that was filled since stays as it is. */
export function emptyOrderedCart(orderKey: string): void {
  changeCart((cart) => (cart.orderKey === orderKey ? empty() : cart));
}

/** For a cart that shall become another order than the one its key belongs to. */
export function renewOrderKey(): void {
  changeCart((cart) => ({ ...cart, orderKey: randomKey() }));
}

export function useCart(): Cart {
  return useStore(store);
}

window.addEventListener('storage', (event) => {
  // A key of null means that everything was cleared.
  if (event.key !== KEY && event.key !== null) return;
  store.set(parseCart(readJson(KEY)) ?? empty());
});
