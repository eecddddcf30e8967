/** One's own orders and sales, as they happen. */

import type { QueryClient } from '@tanstack/react-query';
import { type OrderStatus, type Sale, type SaleBody, saleOf } from '../api/orders';
import { announce, notify } from '../notices/notices';
import { renew } from '../session/renew';
import { isRecord } from '../storage';
import { text } from '../strings';
import { askAgain } from './ask-again';
import { openChannel, socketUrl } from './channel';
import { lastFresh, ordersConnection } from './connection';
import { forgetStatuses, isFinal, rememberStatus } from './order-status';
import { patchOrder } from './orders-patch';

/** The token expired or was revoked; a new try would end the same way without a new token. */
const TOKEN_VOID = 4401;

interface News {
  cursor: string;
  orders: { id: number; status: OrderStatus; settled_at: string | null }[];
  sales: SaleBody[];
  complete: boolean;
}

export function openOrdersFeed(client: QueryClient): () => void {
  let cursor: string | undefined;
  /** Verdicts and sales that were told: after a gap the server says some again. */
  const told = new Set<string>();
  const refresh = () => {
    for (const key of ['orders', 'sales']) void askAgain(client, [key]);
  };
  const channel = openChannel({
    url: () => socketUrl(`/api/orders/ws${cursor ? `?since=${encodeURIComponent(cursor)}` : ''}`),
    onOpen: () => undefined,
    onMessage: (message) => {
      if (!isNews(message)) return;
      lastFresh.set(Date.now());
      // Without a cursor the socket tells nothing of what happened before it opened.
      if (cursor === undefined || !message.complete) refresh();
      cursor = message.cursor;
      tellOrders(client, message, told);
      const isNew = ({ order_id, product_id }: SaleBody) => !told.has(`${order_id}-${product_id}`);
      const sales = message.sales.filter(isNew);
      for (const { order_id, product_id } of sales) told.add(`${order_id}-${product_id}`);
      if (sales.length > 0) tellSales(client, sales.map(saleOf));
    },
    onOpenChange: (isOpen) => ordersConnection.set({ isOpen, since: Date.now() }),
    beforeReconnect: ({ code, hasOpened, triedAt }) => {
      if (code === TOKEN_VOID) return renewFor(client, triedAt);
      // A void token does not even open one, and a browser does not say why: the session tells.
      if (!hasOpened) void client.invalidateQueries({ queryKey: ['session'] });
      return undefined;
    },
  });
  return () => {
    channel.close();
    forgetStatuses();
    ordersConnection.set({ isOpen: false, since: Date.now() });
  };
}

async function renewFor(client: QueryClient, triedAt: number): Promise<boolean> {
  // When nobody can say whether the session is over, the next try may tell.
  const isRenewed = await renew(triedAt).catch(() => true);
  // It may be over, or what its bearer may do has changed.
  void client.invalidateQueries({ queryKey: ['session'] });
  return isRenewed;
}

function tellOrders(client: QueryClient, { orders }: News, told: Set<string>): void {
  for (const order of orders) {
    const verdict = String(order.id);
    // Also when the page has it already, by an answer that was faster: that one said nothing.
    if (isFinal(order.status) && !told.has(verdict)) {
      told.add(verdict);
      const say = order.status === 'COMPLETED' ? text.live.orderCompleted : text.live.orderFailed;
      announce(say(order.id), text.live.ordersUpdated);
    }
    rememberStatus(order.id, order.status, order.settled_at);
    patchOrder(client, order.id);
  }
  if (orders.length > 0) void askAgain(client, ['orders']);
}

function tellSales(client: QueryClient, sales: Sale[]): void {
  void askAgain(client, ['sales']);
  const [first, ...more] = sales;
  if (!first) return;
  const one = text.live.newSale(first.quantity, first.name);
  notify(more.length === 0 ? one : text.live.newSales(sales.length));
}

function isNews(message: unknown): message is News {
  return (
    isRecord(message) &&
    message.type === 'orders' &&
    typeof message.cursor === 'string' &&
    Array.isArray(message.orders) &&
    Array.isArray(message.sales)
  );
}
