/** Orders and sales over HTTP. */

import { decimalOf, parseCents } from '../money';
import { type Address, type AddressBody, addressOf, bodyOf } from './addresses';
import { request } from './client';
import { mapPage, type Page } from './page';

export type OrderStatus = 'PENDING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

export interface OrderItem {
  productId: number;
  name: string | null;
  priceCents: number;
  quantity: number;
}

/** Why a line made its order fail. */
export interface Shortage {
  productId: number;
  reason: string;
  available: number | undefined;
  priceCents: number | undefined;
}

export interface Order {
  id: number;
  status: OrderStatus;
  totalCents: number;
  createdAt: string;
  settledAt: string | null;
  shortages: Shortage[];
  items: OrderItem[];
  /** As it was when the order was placed. */
  address: Address | null;
}

export interface Sale {
  orderId: number;
  productId: number;
  name: string;
  priceCents: number;
  quantity: number;
  soldAt: string;
}

export interface OrderLine {
  productId: number;
  priceCents: number;
  quantity: number;
}

/** Most different products in one order; the server refuses more. */
export const MAX_LINES = 100;
/** Most units of one product in one order. */
export const MAX_QUANTITY = 1000;

interface OrderBody {
  id: number;
  total_price: string;
  status: OrderStatus;
  failure: { product_id: number; reason: string; available?: number; price?: string }[] | null;
  created_at: string;
  settled_at: string | null;
  items: { product_id: number; name: string | null; price: string; quantity: number }[];
  /** Not in lists. */
  address?: AddressBody | null;
}

export interface SaleBody {
  order_id: number;
  product_id: number;
  name: string;
  price: string;
  quantity: number;
  sold_at: string;
}

/** The same key, lines and address again give the same order, however often it is sent. */
export async function placeOrder(
  key: string,
  lines: OrderLine[],
  address?: Address,
): Promise<number> {
  const items = lines.map((line) => ({
    product_id: line.productId,
    price: decimalOf(line.priceCents),
    quantity: line.quantity,
  }));
  const json = address ? { items, address: bodyOf(address) } : { items };
  const options = { json, headers: { 'idempotency-key': key } };
  return (await request<{ orderId: number }>('POST', '/api/orders', options)).orderId;
}

export async function listOrders(
  page: number,
  limit: number,
  signal?: AbortSignal,
): Promise<Page<Order>> {
  const path = `/api/orders?page=${page}&limit=${limit}`;
  return mapPage(await request<Page<OrderBody>>('GET', path, { signal }), orderOf);
}

export async function showOrder(id: number, signal?: AbortSignal): Promise<Order> {
  return orderOf(await request<OrderBody>('GET', `/api/orders/${id}`, { signal }));
}

export async function listSales(
  page: number,
  limit: number,
  signal?: AbortSignal,
): Promise<Page<Sale>> {
  const path = `/api/orders/sales?page=${page}&limit=${limit}`;
  return mapPage(await request<Page<SaleBody>>('GET', path, { signal }), saleOf);
}

export function saleOf(body: SaleBody): Sale {
  return {
    orderId: body.order_id,
    productId: body.product_id,
    name: body.name,
    priceCents: parseCents(body.price) ?? 0,
    quantity: body.quantity,
    soldAt: body.sold_at,
  };
}

function orderOf(body: OrderBody): Order {
  return {
    id: body.id,
    status: body.status,
    totalCents: parseCents(body.total_price) ?? 0,
    createdAt: body.created_at,
    settledAt: body.settled_at,
    shortages: (body.failure ?? []).map((line) => ({
      productId: line.product_id,
      reason: line.reason,
      available: line.available,
      priceCents: line.price === undefined ? undefined : parseCents(line.price),
    })),
    items: body.items.map((item) => ({
      productId: item.product_id,
      name: item.name,
      priceCents: parseCents(item.price) ?? 0,
      quantity: item.quantity,
    })),
    address: body.address ? addressOf(body.address) : null,
  };
}
