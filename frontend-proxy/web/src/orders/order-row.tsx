/** An order in the list. */

import { Link } from 'react-router';
import type { Order } from '../api/orders';
import { countOf } from '../cart/cart';
import { StatusPill } from '../components/status-pill';
import { TimeAgo } from '../components/time-ago';
import { formatCents } from '../money';
import { text } from '../strings';

/** Names that fit into a row; the rest is a number. */
const NAMES = 3;

export function OrderRow({ order }: { order: Order }) {
  const { id, status, items, totalCents, createdAt } = order;
  const names = items
    .slice(0, NAMES)
    .map((item) => item.name ?? text.orders.unnamed(item.productId));
  const rest = items.length - names.length;

  return (
    <li className="row-card" data-order-id={id}>
      <div>
        <Link className="row-link" to={`/orders/${id}`}>
          {text.orders.number(id)}
        </Link>
        <p className="muted row-items">
          {[...names, ...(rest > 0 ? [text.orders.more(rest)] : [])].join(', ')}
        </p>
      </div>
      <div className="row-side">
        <StatusPill status={status} />
        <span className="muted">
          {text.orders.items(countOf(items))} · <TimeAgo at={createdAt} />
        </span>
      </div>
      <strong className="money">{formatCents(totalCents)}</strong>
    </li>
  );
}
