/** The steps of an order with their times. */

import type { Order } from '../api/orders';
import { Icon, type IconName } from '../components/icon';
import { text } from '../strings';
import { clockWithSeconds } from '../time';

type State = 'done' | 'now' | 'next' | 'failed';

const ICONS: Record<State, IconName> = {
  done: 'check',
  now: 'clock',
  next: 'minus',
  failed: 'cross',
};

export function OrderProgress({ order }: { order: Order }) {
  const isPending = order.status === 'PENDING';
  const end = isPending ? text.orders.done : text.orders.status[order.status];
  const steps: { label: string; state: State; at: string | null }[] = [
    { label: text.orders.placed, state: 'done', at: order.createdAt },
    isPending
      ? { label: text.orders.checkingStock, state: 'now', at: null }
      : { label: text.orders.stockChecked, state: 'done', at: null },
    {
      label: end,
      state: isPending ? 'next' : order.status === 'COMPLETED' ? 'done' : 'failed',
      at: order.settledAt,
    },
  ];

  return (
    <section className="panel" aria-labelledby="order-steps">
      <h2 id="order-steps">{text.orders.steps}</h2>
      <ol className="timeline">
        {steps.map(({ label, state, at }) => (
          <li
            key={label}
            className={`timeline-${state}`}
            aria-current={state === 'now' ? 'step' : undefined}
          >
            <Icon name={ICONS[state]} />
            <span>{label}</span>
            {at && <time dateTime={at}>{clockWithSeconds(at)}</time>}
          </li>
        ))}
      </ol>
    </section>
  );
}
