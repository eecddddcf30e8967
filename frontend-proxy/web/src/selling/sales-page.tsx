/** What was sold, line by line, the newest first. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { listSales } from '../api/orders';
import { Empty } from '../components/empty';
import { pageOf } from '../components/page-of';
import { PageTitle } from '../components/page-title';
import { Pager } from '../components/pager';
import { Problem } from '../components/problem';
import { Skeleton } from '../components/skeleton';
import { TimeAgo } from '../components/time-ago';
import { pollEvery, useAreOrdersLive } from '../live/connection';
import { formatCents } from '../money';
import { text } from '../strings';

const PAGE_SIZE = 20;
const POLL_MS = 4000;

export function SalesPage() {
  const page = pageOf(useSearchParams()[0]);
  const isLive = useAreOrdersLive();
  const { data, isPending, isError, error, refetch } = useQuery({
    queryKey: ['sales', page],
    queryFn: ({ signal }) => listSales(page, PAGE_SIZE, signal),
    staleTime: 0,
    placeholderData: keepPreviousData,
    refetchInterval: pollEvery(POLL_MS, isLive),
  });

  return (
    <>
      <div className="page-head">
        <PageTitle title={text.sales.title}>{text.sales.heading}</PageTitle>
        {data && data.total > 0 && <p className="muted">{text.sales.total(data.total)}</p>}
      </div>
      <section aria-busy={isPending} aria-label={text.sales.heading}>
        {isPending && <Skeleton kind="row" count={5} />}
        {isError && !data && <Problem error={error} onRetry={refetch} />}
        {data?.items.length === 0 && (
          <Empty icon="chart" heading={text.sales.empty} body={text.sales.emptyBody} />
        )}
        {data && data.items.length > 0 && (
          // biome-ignore lint/a11y/noRedundantRoles: without bullets, some readers no longer call it a list
          <ul className="rows" role="list">
            {data.items.map((sale) => (
              <li className="row-card" key={`${sale.orderId}-${sale.productId}`}>
                <div>
                  <strong>{text.sales.line(sale.quantity, sale.name)}</strong>
                  <p className="muted row-items">
                    {text.orders.each(formatCents(sale.priceCents))}
                  </p>
                </div>
                <div className="row-side">
                  <span>{text.sales.order(sale.orderId)}</span>
                  <span className="muted">
                    <TimeAgo at={sale.soldAt} />
                  </span>
                </div>
                <strong className="money">{formatCents(sale.priceCents * sale.quantity)}</strong>
              </li>
            ))}
          </ul>
        )}
        {data && <Pager page={page} total={data.total} limit={PAGE_SIZE} />}
      </section>
    </>
  );
}
