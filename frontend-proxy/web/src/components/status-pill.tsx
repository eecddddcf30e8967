/** The status of an order, in a word and a sign, never in colour alone. */

import type { OrderStatus } from '../api/orders';
import { text } from '../strings';
import { Icon, type IconName } from './icon';

const ICONS: Record<OrderStatus, IconName> = {
  PENDING: 'clock',
  COMPLETED: 'check',
  FAILED: 'cross',
  CANCELLED: 'minus',
};

export function StatusPill({ status }: { status: OrderStatus }) {
  return (
    <span className={`pill pill-${status.toLowerCase()}`}>
      <Icon name={ICONS[status]} />
      {text.orders.status[status]}
    </span>
  );
}
