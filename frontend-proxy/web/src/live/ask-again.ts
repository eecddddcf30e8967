/** News: what the server said about these lists and pages may be old, so it is asked again. */

import type { Query, QueryClient, QueryKey } from '@tanstack/react-query';

/** Whose first answer is awaited, and is to be asked for once more when it is here. */
const waiting = new WeakSet<Query>();

/** Use this for news, not `invalidateQueries` alone: that keeps a first fetch which is under way,
 * and its answer, older than the news, would count as fresh. It is awaited rather than cancelled,
 * since with news faster than answers a page would never get one. */
export function askAgain(client: QueryClient, queryKey: QueryKey): Promise<void> {
  for (const query of client.getQueryCache().findAll({ queryKey, type: 'active' })) {
    const { data, fetchStatus } = query.state;
    if (data !== undefined || fetchStatus === 'idle' || waiting.has(query)) continue;
    waiting.add(query);
    // Joins the fetch that is under way.
    const answered = query.fetch().then(() => {
      void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    });
    const done = () => waiting.delete(query);
    answered.then(done, done);
  }
  return client.invalidateQueries({ queryKey, predicate: (query) => !hasFailed(query) });
}

/** A page that says what went wrong says so until its reader, or its own interval, tries again:
 * with news every second it would show a skeleton most of the time. */
function hasFailed({ state }: Query): boolean {
  return state.status === 'error' && state.data === undefined;
}
