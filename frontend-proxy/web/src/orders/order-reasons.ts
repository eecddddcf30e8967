/** Why an order failed, one sentence a line. */

import type { Order, Shortage } from '../api/orders';
import { formatCents } from '../money';
import { text } from '../strings';

export function reasonsOf(order: Order): string[] {
  return order.shortages.map((shortage) => sentence(order, shortage));
}

function sentence(order: Order, { productId, reason, available, priceCents }: Shortage): string {
  const item = order.items.find((line) => line.productId === productId);
  const name = item?.name ?? text.orders.unnamed(productId);
  const { reasons } = text.orders;
  switch (reason) {
    case 'OUT_OF_STOCK':
      return available && item
        ? reasons.shortage(available, item.quantity, name)
        : reasons.soldOut(name);
    case 'PRICE_CHANGED':
      return priceCents !== undefined && item
        ? reasons.price(name, formatCents(priceCents), formatCents(item.priceCents))
        : reasons.other(name);
    case 'UNKNOWN_PRODUCT':
      return reasons.unknown(name);
    case 'OWN_PRODUCT':
      return reasons.own(name);
    case 'TIMEOUT':
      return reasons.timeout(name);
    default:
      return reasons.other(name);
  }
}
