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
    const again = () => {
      waiting.delete(query);
      void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    };
    // Joins the fetch that is under way.
    query.fetch().then(again, again);
  }
  return client.invalidateQueries({ queryKey });
}
