/** A status never goes back: what was once heard to be final stays so, whatever an older answer says. */

import type { Order, OrderStatus } from '../api/orders';

interface Final {
  status: OrderStatus;
  settledAt: string | null;
}

const finals = new Map<number, Final>();

export function isFinal(status: OrderStatus): boolean {
  return status !== 'PENDING';
}

export function rememberStatus(id: number, status: OrderStatus, settledAt: string | null): void {
  if (isFinal(status)) finals.set(id, { status, settledAt });
}

/** Ids belong to a person; the next one who signs in starts with nothing. */
export function forgetStatuses(): void {
  finals.clear();
}

export function isKnownFinal(id: number): boolean {
  return finals.has(id);
}

export function withKnownStatus(order: Order): Order {
  if (isFinal(order.status)) rememberStatus(order.id, order.status, order.settledAt);
  const final = finals.get(order.id);
  return final && order.status === 'PENDING' ? { ...order, ...final } : order;
}
