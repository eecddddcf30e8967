/** The stock of the products on screen, as it changes. */

import type { QueryClient } from '@tanstack/react-query';
import type { Product } from '../api/products';
import { isRecord } from '../storage';
import { askAgain } from './ask-again';
import { type Channel, openChannel, socketUrl } from './channel';
import { lastFresh, stockConnection } from './connection';
import { patchStock } from './stock-patch';

/** Most products that the server watches for one socket. */
const MOST = 200;

/** How many places on the page show each product. */
const watched = new Map<number, number>();
/** The last word of the socket about each product, with its time. */
const known = new Map<number, { quantity: number; at: number }>();
let channel: Channel | undefined;
let isScheduled = false;

export function openStockFeed(client: QueryClient): () => void {
  channel = openChannel({
    url: () => socketUrl('/api/products/ws'),
    onOpen: sendWatch,
    onMessage: (message) => hear(client, message),
    onOpenChange: (isOpen) => {
      stockConnection.set({ isOpen, since: Date.now() });
      // What was listed or withdrawn meanwhile is in no stock message.
      if (isOpen) void askAgain(client, ['products']);
    },
  });
  return () => channel?.close();
}

export function watchStock(ids: number[]): () => void {
  for (const id of ids) watched.set(id, (watched.get(id) ?? 0) + 1);
  scheduleWatch();
  return () => {
    for (const id of ids) {
      const left = (watched.get(id) ?? 0) - 1;
      if (left > 0) watched.set(id, left);
      else watched.delete(id);
    }
    scheduleWatch();
  };
}

/** Answers that were asked for before the socket spoke are older than what it said. */
export function withKnownStock(product: Product, askedAt: number): Product {
  const stock = known.get(product.id);
  return stock && stock.at > askedAt ? { ...product, quantity: stock.quantity } : product;
}

function scheduleWatch(): void {
  if (isScheduled) return;
  isScheduled = true;
  // A list of twenty cards changes the set twenty times at once.
  queueMicrotask(() => {
    isScheduled = false;
    if (channel) sendWatch(channel.send);
  });
}

function sendWatch(send: Channel['send']): void {
  send({ watch: [...watched.keys()].slice(0, MOST) });
}

function hear(client: QueryClient, message: unknown): void {
  if (!isRecord(message)) return;
  lastFresh.set(Date.now());
  if (message.type === 'catalog') {
    void askAgain(client, ['products']);
    return;
  }
  if (message.type !== 'stock' || !Array.isArray(message.products)) return;
  const changed = new Map<number, number | null>();
  for (const { id, quantity } of message.products) {
    changed.set(id, quantity);
    if (quantity === null) known.delete(id);
    else known.set(id, { quantity, at: Date.now() });
  }
  patchStock(client, changed);
}
