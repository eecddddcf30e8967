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
/** Most sentences that wait; what is older than that is no news any more. */
const MOST_WAITING = 4;

/** One sentence for so many pieces of news of the same kind. */
type Many = (count: number) => string;

let waiting: { message: string; many: Many | undefined }[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** Has it said. News with the same `many` that come while another sentence is said become one. */
export function announce(message: string, many?: Many): void {
  waiting.push({ message, many });
  if (timer === undefined) speak();
}

function speak(): void {
  const [next] = waiting;
  if (!next) {
    timer = undefined;
    return;
  }
  const isAlike = (one: { many: Many | undefined }) =>
    one === next || (one.many && one.many === next.many);
  const count = waiting.filter(isAlike).length;
  waiting = waiting.filter((one) => !isAlike(one)).slice(-MOST_WAITING);
  const sentence = count > 1 && next.many ? next.many(count) : next.message;
  // The same sentence twice is news only when the text differs.
  spoken.set(sentence === spoken.get() ? `${sentence}\u00a0` : sentence);
  timer = setTimeout(speak, PAUSE_MS);
}
