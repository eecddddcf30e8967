/** Where one is signed in, and signing out there. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { endOtherSessions, endSession, listSessions, type Session } from '../api/account';
import { isStatus, sentenceOf } from '../api/errors';
import { Confirm } from '../components/confirm';
import { focusRow } from '../components/focus';
import { InlineAlert } from '../components/inline-alert';
import { PageTitle } from '../components/page-title';
import { Problem } from '../components/problem';
import { Skeleton } from '../components/skeleton';
import { notify } from '../notices/notices';
import { text } from '../strings';
import { AccountTabs } from './account-tabs';
import { SessionRow } from './session-row';

export function SessionsPage() {
  const client = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const sessions = useQuery({
    queryKey: ['account', 'sessions'],
    queryFn: ({ signal }) => listSessions(signal),
    staleTime: 0,
  });
  const { data } = sessions;
  const refresh = () => client.invalidateQueries({ queryKey: ['account', 'sessions'] });
  const ending = useMutation({
    mutationFn: async ({ id }: Session) => {
      try {
        await endSession(id);
      } catch (error) {
        // It ended by itself meanwhile, or by a try whose answer was lost.
        if (!isStatus(error, 404)) throw error;
      }
    },
    onSuccess: async (_, { id }) => {
      const index = data?.findIndex((session) => session.id === id) ?? 0;
      notify(text.sessions.ended);
      await refresh();
      focusRow(list.current, index);
    },
    onError: (error) => notify(sentenceOf(error)),
  });
  const endingOthers = useMutation({
    mutationFn: endOtherSessions,
    onSuccess: () => {
      setIsAsking(false);
      notify(text.sessions.endedOthers);
      return refresh();
    },
  });
  // The own one first, so that the list begins the same everywhere.
  const shown = data && [...data].sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent));

  return (
    <div className="account-page">
      <div className="page-head">
        <PageTitle title={text.sessions.title}>{text.sessions.heading}</PageTitle>
      </div>
      <AccountTabs />
      <section aria-busy={sessions.isPending} aria-label={text.sessions.heading}>
        {sessions.isPending && <Skeleton kind="row" count={2} />}
        {sessions.isError && !data && <Problem error={sessions.error} onRetry={sessions.refetch} />}
        {shown && (
          // biome-ignore lint/a11y/noRedundantRoles: without bullets, some readers no longer call it a list
          <ul className="rows" role="list" ref={list}>
            {shown.map((session) => (
              <SessionRow
                key={session.id}
                session={session}
                isBusy={ending.isPending}
                onEnd={() => ending.mutate(session)}
              />
            ))}
          </ul>
        )}
        {shown?.some(({ isCurrent }) => !isCurrent) && (
          <p className="button-row">
            <Button variant="outline-danger" onClick={() => setIsAsking(true)}>
              {text.sessions.endOthers}
            </Button>
          </p>
        )}
      </section>
      {isAsking && (
        <Confirm
          heading={text.sessions.endOthersAsk}
          confirm={text.sessions.endOthers}
          isBusy={endingOthers.isPending}
          onConfirm={() => endingOthers.mutate()}
          onCancel={() => setIsAsking(false)}
        >
          <p>{text.sessions.endOthersBody}</p>
          {endingOthers.isError && <InlineAlert>{sentenceOf(endingOthers.error)}</InlineAlert>}
        </Confirm>
      )}
    </div>
  );
}
