/** Where the order shall go: the default of the address book until somebody chooses. */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Address, addressOf, bodyOf, listAddresses } from '../api/addresses';

export function useAddressChoice(isSignedIn: boolean) {
  /** Null is the choice of none. */
  const [chosenId, setChosenId] = useState<number | null>();
  const book = useQuery({
    queryKey: ['account', 'addresses'],
    queryFn: ({ signal }) => listAddresses(signal),
    enabled: isSignedIn,
  });
  const all = book.data ?? [];
  const chosen =
    chosenId === undefined
      ? all.find(({ isDefault }) => isDefault)
      : all.find(({ id }) => id === chosenId);
  // Only what an order keeps of it.
  const address: Address | undefined = chosen && addressOf(bodyOf(chosen));

  return {
    all,
    chosen,
    address,
    /** What would be the default is not known yet. A book that cannot be had holds nobody up. */
    isPending: isSignedIn && book.isPending && book.failureCount === 0,
    isError: !book.data && book.failureCount > 0,
    choose: setChosenId,
  };
}
