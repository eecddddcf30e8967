/** The number of the page that an address asks for; the first when it makes no sense. */
export function pageOf(search: URLSearchParams): number {
  const page = Number(search.get('page') ?? '1');
  return Number.isSafeInteger(page) && page >= 1 ? page : 1;
}
