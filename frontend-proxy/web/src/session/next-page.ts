/** Where to go after a login: only to a page of this shop, whatever the address says. */

export function nextPage(search: URLSearchParams): string {
  const next = search.get('next') ?? '';
  // `//host` and `/\host` are other sites to a browser.
  return /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/';
}

export function loginPath(from: string): string {
  return `/login?next=${encodeURIComponent(from)}`;
}
