/** An order that was sent, or is about to be, and whose outcome is not known yet. */

import type { OrderLine } from '../api/orders';
import { isRecord } from '../storage';

export interface Attempt {
  version: 1;
  key: string;
  userId: number;
  lines: OrderLine[];
  /** Milliseconds since 1970. */
  sentAt: number;
}

export function parseAttempt(value: unknown): Attempt | undefined {
  if (!isRecord(value) || value.version !== 1) return undefined;
  const { key, userId, sentAt, lines } = value;
  if (typeof key !== 'string' || typeof userId !== 'number' || typeof sentAt !== 'number') {
    return undefined;
  }
  if (!Array.isArray(lines) || lines.length === 0 || !lines.every(isOrderLine)) return undefined;
  return { version: 1, key, userId, sentAt, lines };
}

function isOrderLine(value: unknown): value is OrderLine {
  return (
    isRecord(value) &&
    Number.isSafeInteger(value.productId) &&
    Number.isSafeInteger(value.priceCents) &&
    Number.isSafeInteger(value.quantity)
  );
}
