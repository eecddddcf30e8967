/** One page of everybody's accounts. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { isStatus } from '../api/errors';
import { listUsers } from '../api/users';
import { useSessionActions } from '../session/use-session';

export const PAGE_SIZE = 20;

export function useUsers(search: string, page: number) {
  const lookAgain = useLookAgain();
  return useQuery({
    queryKey: ['users', search, page],
    queryFn: async ({ signal }) => {
      try {
        return await listUsers({ search, page, limit: PAGE_SIZE }, signal);
      } catch (error) {
        lookAgain(error);
        throw error;
      }
    },
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

/** A right that was taken away meanwhile: what the session may do is asked again, and the page goes. */
export function useLookAgain(): (error: unknown) => void {
  const { refresh } = useSessionActions();
  return (error) => {
    if (isStatus(error, 403)) void refresh();
  };
}
