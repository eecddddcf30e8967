/** One order: what was bought, and what becomes of it, live. */

import { Link, useParams } from 'react-router';
import { isStatus } from '../api/errors';
import { DeadEnd } from '../components/dead-end';
import { PageTitle } from '../components/page-title';
import { Problem } from '../components/problem';
import { Skeleton } from '../components/skeleton';
import { StatusPill } from '../components/status-pill';
import { TimeAgo } from '../components/time-ago';
import { text } from '../strings';
import { OrderAddress } from './order-address';
import { OrderItems } from './order-items';
import { OrderProgress } from './order-progress';
import { OrderVerdict } from './order-verdict';
import { useOrder } from './use-orders';

export function OrderPage() {
  const id = Number(useParams().id);
  const { data: order, isError, error, refetch } = useOrder(id);

  const isNoId = !Number.isSafeInteger(id) || id <= 0;
  if (isNoId || isStatus(error, 404) || isStatus(error, 400)) return <DeadEnd {...text.notFound} />;
  return (
    <div className="order-page">
      <p>
        <Link to="/orders">{text.orders.all}</Link>
      </p>
      <div className="page-head">
        <PageTitle title={text.orders.number(id)}>{text.orders.number(id)}</PageTitle>
        {order && <StatusPill status={order.status} />}
        {order && (
          <span className="muted">
            <TimeAgo at={order.createdAt} />
          </span>
        )}
      </div>
      {!order && isError && <Problem error={error} onRetry={refetch} />}
      {!order && !isError && (
        <div aria-busy="true">
          <Skeleton kind="row" count={3} />
        </div>
      )}
      {order && (
        <div className="order-columns">
          <div>
            <OrderVerdict order={order} />
            <OrderItems order={order} />
            {order.address && <OrderAddress address={order.address} />}
          </div>
          <OrderProgress order={order} />
        </div>
      )}
    </div>
  );
}
