/** The one checkout of this tab. */

import { placeOrder } from '../api/orders';
import { emptyOrderedCart } from '../cart/cart-store';
import { forget, readJson, writeJson } from '../storage';
import { createStore, useStore } from '../store';
import { parseAttempt } from './attempt';
import { createCheckout, type Phase } from './checkout';

const KEY = 'checkout';
const phase = createStore<Phase>({ name: 'idle' });

export const checkout = createCheckout({
  phase,
  send: placeOrder,
  load: () => parseAttempt(readJson(KEY)),
  save: (attempt) => writeJson(KEY, attempt),
  forget: () => forget(KEY),
  wait: waitOrOnline,
  now: () => Date.now(),
  accepted: emptyOrderedCart,
});

export function useCheckoutPhase(): Phase {
  return useStore(phase);
}

function waitOrOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener('online', done);
  });
}
