/** What was bought, with names and prices of that moment. */

import { Link } from 'react-router';
import type { Order } from '../api/orders';
import { formatCents } from '../money';
import { text } from '../strings';

export function OrderItems({ order }: { order: Order }) {
  return (
    <section className="panel" aria-labelledby="order-items">
      <h2 id="order-items">{text.orders.itemsHeading}</h2>
      <ul className="plain-list item-list">
        {order.items.map(({ productId, name, priceCents, quantity }) => (
          <li key={productId}>
            <span>
              {quantity} ×{' '}
              <Link to={`/product/${productId}`}>{name ?? text.orders.unnamed(productId)}</Link>
              {quantity > 1 && (
                <span className="muted"> {text.orders.each(formatCents(priceCents))}</span>
              )}
            </span>
            <span className="money">{formatCents(priceCents * quantity)}</span>
          </li>
        ))}
        <li className="item-total">
          <span>{text.orders.total}</span>
          <strong className="money">{formatCents(order.totalCents)}</strong>
        </li>
      </ul>
    </section>
  );
}
