/** A session outlives its token: when the token is void, the server gives a new one for a second
 * cookie, which is good for one use. So one tab at a time asks, and what it got counts for all. */

import { renewSession } from '../api/session';
import { readJson, writeJson } from '../storage';

/** When any tab of this browser got a new token, in milliseconds since 1970. */
const RENEWED_AT = 'renewed-at';
const LOCK = 'renew-session';
/** Tabs that cannot lock spread over this time: they hear of the end of a session at once. */
const SPREAD_MS = 1000;

let running: Promise<boolean> | undefined;

/** Gets a new token for what was sent at `sentAt` and found the old one void; false when the session
 * is over. Throws when nobody could say. */
export function renew(sentAt: number): Promise<boolean> {
  running ??= alone(() => renewOnce(sentAt)).finally(() => {
    running = undefined;
  });
  return running;
}

async function renewOnce(sentAt: number): Promise<boolean> {
  const renewedAt = readJson(RENEWED_AT);
  // Another tab did it meanwhile. A time in the future is of a clock that was set back.
  if (typeof renewedAt === 'number' && renewedAt > sentAt && renewedAt <= Date.now()) return true;
  const isRenewed = await renewSession();
  if (isRenewed) writeJson(RENEWED_AT, Date.now());
  return isRenewed;
}

/** While no other tab does the same. */
async function alone(work: () => Promise<boolean>): Promise<boolean> {
  // Only pages from HTTPS or this machine have locks.
  const locks: LockManager | undefined = navigator.locks;
  if (locks) return locks.request(LOCK, work);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * SPREAD_MS));
  return work();
}
