/** Whether what the page shows is kept current by a socket, and since when it is not. */

import { createStore, useStore } from '../store';

export interface Connection {
  isOpen: boolean;
  /** Milliseconds since 1970; the start of the page counts as well. */
  since: number;
}

const initial = (): Connection => ({ isOpen: false, since: Date.now() });

export const stockConnection = createStore<Connection>(initial());
export const ordersConnection = createStore<Connection>(initial());

/** When data last arrived from the server, by whatever way. */
export const lastFresh = createStore(Date.now());

export function useIsStockLive(): boolean {
  return useStore(stockConnection).isOpen;
}

export function useAreOrdersLive(): boolean {
  return useStore(ordersConnection).isOpen;
}

/** How often to ask while no socket tells; false when one does. */
export function pollEvery(ms: number, isLive: boolean): number | false {
  return isLive ? false : ms;
}
