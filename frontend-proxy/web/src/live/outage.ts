/** Which parts of the shop do not answer just now: one of its services may be away while the others
 * work. */

import type { QueryClient } from '@tanstack/react-query';
import { createStore } from '../store';

export type Part = 'auth' | 'products' | 'orders';

export interface Outage {
  /** Of the first failure since it last answered; milliseconds since 1970. */
  since: number;
  /** When to ask again. */
  askAt: number;
}

export const outages = createStore<ReadonlyMap<Part, Outage>>(new Map());

const PARTS: readonly Part[] = ['auth', 'products', 'orders'];
/** Of the proxy: the service is away, gave nonsense, or no answer in time. */
const AWAY = [502, 503, 504];
const ASK_MS = 5000;
const LONGEST_MS = 30_000;

/** Every answer of the server comes by here. */
export function noteAnswer(path: string, status: number, retryAfter: number | undefined): void {
  const part = PARTS.find((name) => path.startsWith(`/api/${name}`));
  if (!part) return;
  const before = outages.get();
  const next = new Map(before);
  if (AWAY.includes(status)) {
    const now = Date.now();
    const wait = retryAfter === undefined ? ASK_MS : retryAfter * 1000;
    next.set(part, {
      since: before.get(part)?.since ?? now,
      askAt: now + Math.min(wait, LONGEST_MS),
    });
  } else if (!next.delete(part)) {
    return;
  }
  outages.set(next);
}

/** Asks again, when it is time, for what could not be shown. */
export function askWhenDue(client: QueryClient): void {
  const now = Date.now();
  const before = outages.get();
  const due = [...before].filter(([, { askAt }]) => askAt <= now);
  if (due.length === 0) return;
  const failed = client.getQueryCache().findAll({
    type: 'active',
    predicate: ({ state }) => state.error !== null,
  });
  const next = new Map(before);
  for (const [part, outage] of due) {
    // Nothing on the page wants to know; the next click will tell.
    if (failed.length === 0) next.delete(part);
    else next.set(part, { ...outage, askAt: now + ASK_MS });
  }
  outages.set(next);
  for (const query of failed) void query.fetch().catch(() => undefined);
}
