/** Who one is in the shop, and what one signs in with. */

import { useQuery } from '@tanstack/react-query';
import { showAccount } from '../api/account';
import { PageTitle } from '../components/page-title';
import { Problem } from '../components/problem';
import { Skeleton } from '../components/skeleton';
import { text } from '../strings';
import { day } from '../time';
import { isShared } from './account-rules';
import { AccountTabs } from './account-tabs';
import { PasswordForm } from './password-form';
import { ProfileForm } from './profile-form';

export function ProfilePage() {
  const account = useQuery({
    queryKey: ['account', 'me'],
    queryFn: ({ signal }) => showAccount(signal),
    // Nothing that changes under the hands of who types.
    refetchOnWindowFocus: false,
  });
  const { data } = account;
  const isLocked = data !== undefined && isShared(data.email);

  return (
    <div className="account-page">
      <div className="page-head">
        <PageTitle title={text.account.title}>{text.account.heading}</PageTitle>
        {data && <p className="muted">{text.account.since(day(data.createdAt))}</p>}
      </div>
      <AccountTabs />
      <div aria-busy={account.isPending}>
        {account.isPending && <Skeleton kind="row" count={4} />}
        {account.isError && !data && <Problem error={account.error} onRetry={account.refetch} />}
        {data && (
          <>
            {isLocked && <p className="notice">{text.account.shared}</p>}
            <div className="account-forms">
              <ProfileForm account={data} isLocked={isLocked} />
              <PasswordForm account={data} isLocked={isLocked} />
            </div>
          </>
        )}
      </div>
    </div>
  );
}
