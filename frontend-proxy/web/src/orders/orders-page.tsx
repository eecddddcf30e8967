/** All one's orders, the newest first, each with its status as it is now. */

import { Link, useSearchParams } from 'react-router';
import { Empty } from '../components/empty';
import { pageOf } from '../components/page-of';
import { PageTitle } from '../components/page-title';
import { Pager } from '../components/pager';
import { Problem } from '../components/problem';
import { Skeleton } from '../components/skeleton';
import { text } from '../strings';
import { OrderRow } from './order-row';
import { PAGE_SIZE, useOrders } from './use-orders';

export function OrdersPage() {
  const page = pageOf(useSearchParams()[0]);
  const { data, isPending, isError, error, refetch } = useOrders(page);

  return (
    <>
      <div className="page-head">
        <PageTitle title={text.orders.title}>{text.orders.heading}</PageTitle>
      </div>
      <section aria-busy={isPending} aria-label={text.orders.heading}>
        {isPending && <Skeleton kind="row" count={5} />}
        {isError && !data && <Problem error={error} onRetry={refetch} />}
        {data?.items.length === 0 && (
          <Empty icon="box" heading={text.orders.empty} body={text.orders.emptyBody}>
            <Link className="btn btn-primary" to="/">
              {text.cart.browse}
            </Link>
          </Empty>
        )}
        {data && data.items.length > 0 && (
          // biome-ignore lint/a11y/noRedundantRoles: without bullets, some readers no longer call it a list
          <ul className="rows" role="list">
            {data.items.map((order) => (
              <OrderRow key={order.id} order={order} />
            ))}
          </ul>
        )}
        {data && <Pager page={page} total={data.total} limit={PAGE_SIZE} />}
      </section>
    </>
  );
}
