/** News for people: toasts to see, and sentences that a screen reader says. */

import { createStore } from '../store';

export interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void } | undefined;
}

/** Most toasts at a time; the oldest give way. */
const MOST = 3;
let lastId = 0;

export const toasts = createStore<Toast[]>([]);

/** Shows a toast, and has it said. */
export function notify(text: string, action?: Toast['action']): void {
  lastId += 1;
  const others = toasts.get().filter((toast) => toast.text !== text);
  toasts.set([...others, { id: lastId, text, action }].slice(-MOST));
  announce(text);
}

export function dismissToast(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}

/** What the status region says now. */
export const spoken = createStore('');

/** Least time between two sentences: a reader cut off in every sentence says nothing at all. */
const PAUSE_MS = 2000;
let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let coalesce: (messages: string[]) => string = (messages) => messages.join('. ');

/** How several sentences that came within the pause become one. */
export function coalesceBy(merge: (messages: string[]) => string): void {
  coalesce = merge;
}

export function announce(message: string): void {
  waiting.push(message);
  if (timer === undefined) speak();
}

function speak(): void {
  if (waiting.length === 0) {
    timer = undefined;
    return;
  }
  const [only] = waiting;
  const next = waiting.length === 1 && only !== undefined ? only : coalesce(waiting);
  waiting = [];
  // The same sentence twice is news only when the text differs.
  spoken.set(next === spoken.get() ? `${next}\u00a0` : next);
  timer = setTimeout(speak, PAUSE_MS);
}
