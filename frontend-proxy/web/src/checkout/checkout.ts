/** Placing the cart's order exactly once, whatever happens to the answers.
 *
 * Before anything is sent, the key and the lines are stored. Until the server has clearly said yes
 * or no, the same key is sent again: after a lost answer, after a reload, from another tab. The
 * server gives the same order for the same key, so asking is always safe.
 */

import type { Address } from '../api/addresses';
import { isRefusal, isStatus, retryAfterOf } from '../api/errors';
import type { OrderLine } from '../api/orders';
import type { Store } from '../store';
import type { Attempt } from './attempt';

export type Phase =
  | { name: 'idle' }
  | { name: 'sending' }
  /** The answer was lost, and is being asked for. */
  | { name: 'checking' }
  /** Asked often enough; a person may ask again. */
  | { name: 'unknown' }
  | { name: 'refused'; error: Error; wasChecking: boolean }
  | { name: 'placed'; orderId: number; wasChecking: boolean };

export interface Surroundings {
  phase: Store<Phase>;
  send: (key: string, lines: OrderLine[], address?: Address) => Promise<number>;
  load: () => Attempt | undefined;
  save: (attempt: Attempt) => void;
  forget: () => void;
  /** Resolves after this time, or earlier when asking again makes sense. */
  wait: (ms: number) => Promise<void>;
  now: () => number;
  /** The order of the cart with this key exists. */
  accepted: (key: string) => void;
}

/** Waits between tries, half a minute in all: a restart of a service is over by then. */
const WAITS_MS = [500, 1000, 2000, 4000, 8000, 8000, 8000];

/** An attempt that is older than this is not sent by itself: its buyer may not want it any more. */
const FRESH_MS = 10 * 60 * 1000;

export function createCheckout(around: Surroundings) {
  let isRunning = false;

  async function run(attempt: Attempt, isAnswerLost: boolean): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    try {
      around.phase.set({ name: isAnswerLost ? 'checking' : 'sending' });
      await settle(attempt, isAnswerLost);
    } finally {
      isRunning = false;
    }
  }

  async function settle(attempt: Attempt, isAnswerLost: boolean): Promise<void> {
    let wasChecking = isAnswerLost;
    let patience = 0;
    for (const wait of [...WAITS_MS, undefined]) {
      try {
        const orderId = await around.send(attempt.key, attempt.lines, attempt.address);
        around.forget();
        around.accepted(attempt.key);
        around.phase.set({ name: 'placed', orderId, wasChecking });
        return;
      } catch (error) {
        // Who asks for a password or counts requests knows nothing of the one whose answer was lost.
        if (wasChecking && (isStatus(error, 401) || isStatus(error, 403))) break;
        patience = wasChecking && isStatus(error, 429) ? retryAfterOf(error) * 1000 : 0;
        if (isRefusal(error) && patience === 0) {
          around.forget();
          around.phase.set({ name: 'refused', error, wasChecking });
          return;
        }
      }
      if (wait === undefined) break;
      wasChecking = true;
      around.phase.set({ name: 'checking' });
      await around.wait(Math.max(wait, patience));
    }
    around.phase.set({ name: 'unknown' });
  }

  /** The outcome was seen. */
  function dismiss(): void {
    const { name } = around.phase.get();
    if (name !== 'sending' && name !== 'checking') around.phase.set({ name: 'idle' });
  }

  return {
    /** Sends the order; does nothing while one is under way. */
    async place(attempt: Omit<Attempt, 'version' | 'sentAt'>): Promise<void> {
      if (isRunning) return;
      const stored: Attempt = { version: 1, sentAt: around.now(), ...attempt };
      around.save(stored);
      await run(stored, false);
    },

    /** Finds out about an order of this user whose answer was lost by a reload or a crash. */
    async resume(userId: number): Promise<void> {
      if (isRunning) return;
      const attempt = around.load();
      if (attempt?.userId !== userId) {
        // What is shown is about an order of whoever was here before.
        dismiss();
        return;
      }
      if (around.now() - attempt.sentAt > FRESH_MS) {
        around.phase.set({ name: 'unknown' });
        return;
      }
      await run(attempt, true);
    },

    /** Asks once more, because a person said so. */
    async askAgain(userId: number): Promise<void> {
      const attempt = around.load();
      if (attempt?.userId === userId) await run(attempt, true);
    },

    dismiss,
  };
}
