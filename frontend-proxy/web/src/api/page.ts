/** One page of a list. */

export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  limit: number;
}

export function mapPage<A, B>(page: Page<A>, convert: (item: A) => B): Page<B> {
  return { ...page, items: page.items.map(convert) };
}
