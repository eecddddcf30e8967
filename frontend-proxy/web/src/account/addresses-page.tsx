/** The address book. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { changeAddress, deleteAddress, listAddresses, type SavedAddress } from '../api/addresses';
import { isStatus, sentenceOf } from '../api/errors';
import { Confirm } from '../components/confirm';
import { Empty } from '../components/empty';
import { focusRow } from '../components/focus';
import { InlineAlert } from '../components/inline-alert';
import { PageTitle } from '../components/page-title';
import { Problem } from '../components/problem';
import { Skeleton } from '../components/skeleton';
import { notify } from '../notices/notices';
import { useSession } from '../session/use-session';
import { text } from '../strings';
import { isShared } from './account-rules';
import { AccountTabs } from './account-tabs';
import { AddressCard } from './address-card';
import { AddressDialog } from './address-dialog';

type Open = { name: 'add' } | { name: 'edit' | 'delete'; address: SavedAddress };

/** After the dialog has given the focus back to its opener. */
const DIALOG_MS = 350;

export function AddressesPage() {
  const client = useQueryClient();
  const { user } = useSession();
  const [open, setOpen] = useState<Open>();
  const list = useRef<HTMLUListElement>(null);
  const book = useQuery({
    queryKey: ['account', 'addresses'],
    queryFn: ({ signal }) => listAddresses(signal),
  });
  const { data } = book;
  const close = () => setOpen(undefined);
  const done = async (said: string) => {
    close();
    notify(said);
    await client.invalidateQueries({ queryKey: ['account', 'addresses'] });
  };
  const makeDefault = useMutation({
    mutationFn: (address: SavedAddress) => changeAddress(address.id, address, true),
    onSuccess: () => done(text.saved),
    onError: (error) => notify(sentenceOf(error)),
  });
  const deletion = useMutation({
    mutationFn: async (address: SavedAddress) => {
      try {
        await deleteAddress(address.id);
      } catch (error) {
        // Deleted already, perhaps by a try whose answer was lost: that is what was wanted.
        if (!isStatus(error, 404)) throw error;
      }
    },
    onSuccess: async (_, address) => {
      const index = data?.findIndex(({ id }) => id === address.id) ?? 0;
      await done(text.addresses.deleted);
      setTimeout(() => focusRow(list.current, index), DIALOG_MS);
    },
  });
  const add = () => setOpen({ name: 'add' });

  return (
    <div className="account-page">
      <div className="page-head">
        <PageTitle title={text.addresses.title}>{text.addresses.heading}</PageTitle>
        {data && data.length > 0 && <Button onClick={add}>{text.addresses.add}</Button>}
      </div>
      <AccountTabs />
      {user && isShared(user.email) && <p className="notice">{text.addresses.shared}</p>}
      <section aria-busy={book.isPending} aria-label={text.addresses.heading}>
        {book.isPending && <Skeleton kind="row" count={2} />}
        {book.isError && !data && <Problem error={book.error} onRetry={book.refetch} />}
        {data?.length === 0 && (
          <Empty icon="box" heading={text.addresses.empty} body={text.addresses.emptyBody}>
            <Button onClick={add}>{text.addresses.add}</Button>
          </Empty>
        )}
        {data && data.length > 0 && (
          // biome-ignore lint/a11y/noRedundantRoles: without bullets, some readers no longer call it a list
          <ul className="address-book" role="list" ref={list}>
            {data.map((address) => (
              <AddressCard
                key={address.id}
                address={address}
                onEdit={() => setOpen({ name: 'edit', address })}
                onDelete={() => setOpen({ name: 'delete', address })}
                onMakeDefault={() => makeDefault.mutate(address)}
              />
            ))}
          </ul>
        )}
      </section>
      {open?.name === 'delete' && (
        <Confirm
          heading={text.addresses.deleteAsk}
          confirm={text.addresses.delete}
          isBusy={deletion.isPending}
          onConfirm={() => deletion.mutate(open.address)}
          onCancel={close}
        >
          <p>{text.addresses.deleteBody}</p>
          {deletion.isError && <InlineAlert>{sentenceOf(deletion.error)}</InlineAlert>}
        </Confirm>
      )}
      {(open?.name === 'add' || open?.name === 'edit') && (
        <AddressDialog
          saved={open.name === 'edit' ? open.address : undefined}
          onSaved={() => done(open.name === 'add' ? text.addresses.added : text.saved)}
          onClose={close}
        />
      )}
    </div>
  );
}
