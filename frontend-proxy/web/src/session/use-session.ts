/** Who is signed in, the same in all tabs. */

import {
  type QueryClient,
  type QueryFilters,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { logOut, type User, whoAmI } from '../api/session';
import { readJson, writeJson } from '../storage';
import { renew } from './renew';

const KEY = ['session'];
/** Lists that differ from person to person. */
const PERSONAL = ['orders', 'sales', 'products', 'account', 'users'];

const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('session');

/** Whether the last who was here left on purpose: then no page is to come back to. */
let hasLeft = false;

export function hasSignedOut(): boolean {
  return hasLeft;
}

/** Where this browser remembers whether somebody was signed in: a good guess until the server says. */
const HINT = 'signed-in';

export function isProbablyGuest(): boolean {
  return readJson(HINT) !== true;
}

export interface Session {
  isKnown: boolean;
  user: User | null;
}

export function useSession(): Session {
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => read(signal),
    staleTime: 60_000,
  });
  // When nobody can say who this is, a guest's view is better than none.
  return { isKnown: query.data !== undefined || query.isError, user: query.data ?? null };
}

export function useSessionActions() {
  const client = useQueryClient();
  return {
    /** After a login of any kind: resolves when the page knows who it is. */
    async refresh(): Promise<void> {
      await readAgain(client);
      tabs?.postMessage('changed');
    },
    async signOut(): Promise<void> {
      await logOut();
      hasLeft = true;
      await becomeGuest(client);
      tabs?.postMessage('changed');
    },
  };
}

/** Takes everything private off the page. */
export async function becomeGuest(client: QueryClient): Promise<void> {
  await client.cancelQueries();
  writeJson(HINT, false);
  client.setQueryData<User | null>(KEY, null);
  for (const key of PERSONAL) client.removeQueries({ queryKey: [key], type: 'inactive' });
  await client.invalidateQueries({ queryKey: ['products'] });
}

/** Follows logins and logouts in other tabs. */
export function followOtherTabs(client: QueryClient): () => void {
  if (!tabs) return () => undefined;
  const read = () => void readAgain(client);
  tabs.addEventListener('message', read);
  return () => tabs.removeEventListener('message', read);
}

async function read(signal?: AbortSignal): Promise<User | null> {
  const askedAt = Date.now();
  let user = await whoAmI(signal);
  // Who was signed in when this browser was closed has a session for a day, its token for an hour.
  if (!user && !isProbablyGuest() && (await renew(askedAt))) user = await whoAmI(signal);
  writeJson(HINT, user !== null);
  return user;
}

async function readAgain(client: QueryClient): Promise<void> {
  const before = client.getQueryData<User | null>(KEY)?.id;
  const user = await client.fetchQuery({ queryKey: KEY, queryFn: () => read(), staleTime: 0 });
  if (user) hasLeft = false;
  if (user?.id === before) return;
  for (const key of PERSONAL) client.removeQueries({ queryKey: [key], type: 'inactive' });
  const others: QueryFilters = { predicate: ({ queryKey }) => queryKey[0] !== 'session' };
  // What is under way was asked for by the person before.
  await client.cancelQueries(others);
  await client.invalidateQueries(others);
}
