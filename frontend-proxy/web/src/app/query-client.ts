/** The cache of what the server said. */

import { QueryCache, QueryClient } from '@tanstack/react-query';
import { isRefusal } from '../api/errors';
import { lastFresh } from '../live/connection';

const TRIES = 2;

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onSuccess: () => lastFresh.set(Date.now()) }),
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // A refusal stays one; a service that restarts is back in a moment.
      retry: (tries, error) => !isRefusal(error) && tries < TRIES,
      retryDelay: (tries) => 500 * 2 ** tries,
      // The browser's own word on being offline is often wrong; a request tells.
      networkMode: 'always',
    },
    // Nothing that changes something is ever repeated by itself.
    mutations: { networkMode: 'always', retry: false },
  },
});
