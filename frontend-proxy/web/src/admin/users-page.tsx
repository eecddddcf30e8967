/** Everybody's accounts: search, change roles, disable. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { ManagedUser } from '../api/users';
import { Empty } from '../components/empty';
import { pageOf } from '../components/page-of';
import { PageTitle } from '../components/page-title';
import { Pager } from '../components/pager';
import { Problem } from '../components/problem';
import { Skeleton } from '../components/skeleton';
import { announce, notify } from '../notices/notices';
import { useSession, useSessionActions } from '../session/use-session';
import { text } from '../strings';
import { PAGE_SIZE, useUsers } from './use-users';
import type { Action } from './user-actions';
import { UserDialog } from './user-dialog';
import { UserRow } from './user-row';
import { UserSearch } from './user-search';

export function UsersPage() {
  const client = useQueryClient();
  const { user: me } = useSession();
  const { refresh } = useSessionActions();
  const [params] = useSearchParams();
  const [open, setOpen] = useState<{ user: ManagedUser; action: Action }>();
  const page = pageOf(params);
  const search = params.get('search') ?? '';
  const users = useUsers(search, page);
  const { data, isPlaceholderData } = users;
  const total = isPlaceholderData ? undefined : data?.total;
  const { columns } = text.admin;

  useEffect(() => {
    if (total !== undefined && search) announce(text.admin.found(total));
  }, [total, search]);

  const done = ({ user, action }: { user: ManagedUser; action: Action }) => {
    setOpen(undefined);
    notify(text.admin.done[action](user.username));
    void client.invalidateQueries({ queryKey: ['users'] });
    if (user.id === me?.id) void refresh();
  };
  return (
    <>
      <div className="page-head">
        <PageTitle title={text.admin.title}>{text.admin.heading}</PageTitle>
        {data && <p className="muted">{text.admin.found(data.total)}</p>}
      </div>
      <div className="user-tools">
        <UserSearch />
      </div>
      <section aria-busy={users.isPending || isPlaceholderData} aria-label={text.admin.heading}>
        {users.isPending && <Skeleton kind="row" count={5} />}
        {users.isError && !data && <Problem error={users.error} onRetry={users.refetch} />}
        {data?.items.length === 0 && <Empty icon="search" heading={text.admin.none(search)} />}
        {data && data.items.length > 0 && (
          <table className="cart-table user-table">
            <thead>
              <tr>
                <th scope="col">{columns.user}</th>
                <th scope="col">{columns.role}</th>
                <th scope="col">{columns.state}</th>
                <th scope="col">{columns.since}</th>
                <th scope="col">
                  <span className="visually-hidden">{columns.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((user) => (
                <UserRow key={user.id} user={user} onAct={(action) => setOpen({ user, action })} />
              ))}
            </tbody>
          </table>
        )}
        {data && <Pager page={page} total={data.total} limit={PAGE_SIZE} />}
      </section>
      {open && (
        <UserDialog {...open} onDone={() => done(open)} onClose={() => setOpen(undefined)} />
      )}
    </>
  );
}
