/** How long to wait before the next try to connect. */

const FIRST_MS = 1000;
const LAST_MS = 30_000;

/** 1 to 30 s, doubling, with up to a quarter off or on, so that a crowd does not return as one. */
export function delayBefore(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(FIRST_MS * 2 ** Math.min(attempt, 10), LAST_MS);
  const jittered = base * (0.75 + random() / 2);
  return Math.round(Math.min(Math.max(jittered, FIRST_MS), LAST_MS));
}
