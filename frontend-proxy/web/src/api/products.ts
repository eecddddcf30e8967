/** Products over HTTP, with prices in cents. */

import { decimalOf, parseCents } from '../money';
import { request } from './client';
import { isStatus } from './errors';
import { mapPage, type Page } from './page';

export interface Product {
  id: number;
  name: string;
  priceCents: number;
  category: string;
  quantity: number;
  sellerId: number;
  sellerName: string;
  version: number;
  createdAt: string;
  /** Address of its picture; null when it has none. */
  picture: string | null;
}

export interface Listing {
  name: string;
  priceCents: number;
  category: string;
  quantity: number;
}

export type Sort = 'newest' | 'price_asc' | 'price_desc' | 'name';

export interface CatalogQuery {
  q?: string;
  category?: string;
  min?: string;
  max?: string;
  inStock?: boolean;
  /** Without it: the best match first when there is a `q`, else the newest. */
  sort?: Sort | undefined;
  page: number;
  limit: number;
}

interface ProductBody {
  id: number;
  name: string;
  price: string;
  category: string;
  quantity: number;
  user_id: number;
  seller_name: string;
  version: number;
  created_at: string;
  picture?: string | null;
}

interface ChangedBody {
  product: ProductBody;
}

/** Signed in one sees what others sell, else everything. */
export async function listProducts(
  query: CatalogQuery,
  isSignedIn: boolean,
  signal?: AbortSignal,
): Promise<Page<Product>> {
  const list = isSignedIn ? 'my-home' : 'public';
  const path = `/api/products/${list}/?${catalogParams(query)}`;
  return mapPage(await request<Page<ProductBody>>('GET', path, { signal }), productOf);
}

/** What is still sold of these, in no particular order. */
export async function listByIds(ids: number[], signal?: AbortSignal): Promise<Product[]> {
  const path = `/api/products/public/?ids=${ids.join(',')}&limit=100`;
  const page = await request<Page<ProductBody>>('GET', path, { signal });
  return page.items.map(productOf);
}

export async function listOwn(
  query: { page: number; limit: number },
  signal?: AbortSignal,
): Promise<Page<Product>> {
  const path = `/api/products/?page=${query.page}&limit=${query.limit}`;
  return mapPage(await request<Page<ProductBody>>('GET', path, { signal }), productOf);
}

export async function showProduct(id: number, signal?: AbortSignal): Promise<Product> {
  return productOf(await request<ProductBody>('GET', `/api/products/${id}`, { signal }));
}

export async function createProduct(listing: Listing): Promise<Product> {
  const json = listingBody(listing);
  return productOf((await request<ChangedBody>('POST', '/api/products', { json })).product);
}

/** Refused as `STALE_VERSION` when the product is no longer of this version. */
export async function changeProduct(
  id: number,
  listing: Listing,
  version: number | undefined,
): Promise<Product> {
  const json = { ...listingBody(listing), version };
  return productOf((await request<ChangedBody>('PATCH', `/api/products/${id}`, { json })).product);
}

export async function deleteProduct(id: number): Promise<void> {
  try {
    await request('DELETE', `/api/products/${id}`);
  } catch (error) {
    // Deleted already, perhaps by a try whose answer was lost: that is what was wanted.
    if (!isStatus(error, 404)) throw error;
  }
}

export async function restockProduct(id: number, quantity: number): Promise<Product> {
  const path = `/api/products/${id}/restock`;
  return productOf((await request<ChangedBody>('POST', path, { json: { quantity } })).product);
}

export async function putPicture(id: number, file: File): Promise<Product> {
  const path = `/api/products/${id}/picture`;
  return productOf((await request<ChangedBody>('PUT', path, { file })).product);
}

export async function deletePicture(id: number): Promise<Product> {
  const path = `/api/products/${id}/picture`;
  return productOf((await request<ChangedBody>('DELETE', path)).product);
}

function catalogParams(query: CatalogQuery): URLSearchParams {
  const params = new URLSearchParams({ page: String(query.page), limit: String(query.limit) });
  if (query.q) params.set('q', query.q);
  if (query.category) params.set('category', query.category);
  if (query.min) params.set('min', query.min);
  if (query.max) params.set('max', query.max);
  if (query.inStock) params.set('in_stock', 'true');
  if (query.sort) params.set('sort', query.sort);
  return params;
}

function listingBody({ priceCents, ...rest }: Listing) {
  return { ...rest, price: decimalOf(priceCents) };
}

function productOf(body: ProductBody): Product {
  return {
    id: body.id,
    name: body.name,
    priceCents: parseCents(body.price) ?? 0,
    category: body.category,
    quantity: body.quantity,
    sellerId: body.user_id,
    sellerName: body.seller_name,
    version: body.version,
    createdAt: body.created_at,
    picture: body.picture ?? null,
  };
}
