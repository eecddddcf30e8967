/** What the catalog shows, as the address says it: links can be shared, and Back undoes. */

import type { CatalogQuery, Sort } from '../api/products';
import { parseCents } from '../money';

export const PAGE_SIZE = 12;

const SORTS: Sort[] = ['newest', 'price_asc', 'price_desc', 'name'];

export function queryOf(search: URLSearchParams): CatalogQuery {
  const page = Number(search.get('page') ?? '1');
  return {
    q: (search.get('q') ?? '').trim().slice(0, 100),
    category: search.get('category') ?? '',
    min: amount(search.get('min')),
    max: amount(search.get('max')),
    inStock: search.get('in_stock') === 'true',
    sort: SORTS.find((sort) => sort === search.get('sort')),
    page: Number.isSafeInteger(page) && page >= 1 ? page : 1,
    limit: PAGE_SIZE,
  };
}

export function hasFilters({ q, category, min, max, inStock }: CatalogQuery): boolean {
  return Boolean(q || category || min || max || inStock);
}

/** The address with some values changed; every change leads back to the first page. */
export function withChange(
  search: URLSearchParams,
  changes: Record<string, string>,
): URLSearchParams {
  const params = new URLSearchParams(search);
  params.delete('page');
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') params.delete(name);
    else params.set(name, value);
  }
  return params;
}

/** What is no amount is no limit: an address may hold anything. */
function amount(value: string | null): string {
  return value !== null && parseCents(value) !== undefined ? value : '';
}
