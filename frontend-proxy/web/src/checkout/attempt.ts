/** An order that was sent, or is about to be, and whose outcome is not known yet. */

import type { Address } from '../api/addresses';
import type { OrderLine } from '../api/orders';
import { isRecord } from '../storage';

export interface Attempt {
  version: 1;
  key: string;
  userId: number;
  lines: OrderLine[];
  address?: Address | undefined;
  /** Milliseconds since 1970. */
  sentAt: number;
}

export function parseAttempt(value: unknown): Attempt | undefined {
  if (!isRecord(value) || value.version !== 1) return undefined;
  const { key, userId, sentAt, lines, address } = value;
  if (typeof key !== 'string' || typeof userId !== 'number' || typeof sentAt !== 'number') {
    return undefined;
  }
  if (!Array.isArray(lines) || lines.length === 0 || !lines.every(isOrderLine)) return undefined;
  // Sent without the address that it had, it would be another order.
  if (address !== undefined && !isAddress(address)) return undefined;
  return { version: 1, key, userId, sentAt, lines, address };
}

function isAddress(value: unknown): value is Address {
  const parts = ['name', 'line1', 'line2', 'city', 'postalCode', 'country'];
  return isRecord(value) && parts.every((part) => typeof value[part] === 'string');
}

function isOrderLine(value: unknown): value is OrderLine {
  return (
    isRecord(value) &&
    Number.isSafeInteger(value.productId) &&
    Number.isSafeInteger(value.priceCents) &&
    Number.isSafeInteger(value.quantity)
  );
}
