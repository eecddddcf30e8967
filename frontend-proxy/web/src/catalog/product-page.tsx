/** One product, with its stock as it is now. */

import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useParams } from 'react-router';
import { isStatus } from '../api/errors';
import { showProduct } from '../api/products';
import { DeadEnd } from '../components/dead-end';
import { PageSkeleton } from '../components/page-skeleton';
import { PageTitle } from '../components/page-title';
import { Problem } from '../components/problem';
import { ProductPicture } from '../components/product-picture';
import { TimeAgo } from '../components/time-ago';
import { pollEvery, useIsStockLive } from '../live/connection';
import { watchStock, withKnownStock } from '../live/stock-feed';
import { formatCents } from '../money';
import { text } from '../strings';
import { ProductActions } from './product-actions';

const POLL_MS = 3000;

export function ProductPage() {
  const id = Number(useParams().id);
  const isLive = useIsStockLive();
  const isId = Number.isSafeInteger(id) && id > 0;
  const query = useQuery({
    queryKey: ['products', 'one', id],
    queryFn: async ({ signal }) => {
      const askedAt = Date.now();
      return withKnownStock(await showProduct(id, signal), askedAt);
    },
    enabled: isId,
    refetchInterval: pollEvery(POLL_MS, isLive),
  });
  useEffect(() => (isId ? watchStock([id]) : undefined), [id, isId]);

  if (!isId) return <DeadEnd {...text.notFound} />;
  if (isStatus(query.error, 404) || isStatus(query.error, 400))
    return <DeadEnd {...text.product.gone} />;
  const product = query.data;
  if (!product) {
    return query.isError ? (
      <>
        <PageTitle title={text.product.title}>{text.product.title}</PageTitle>
        <Problem error={query.error} onRetry={query.refetch} />
      </>
    ) : (
      <PageSkeleton />
    );
  }
  return (
    <article className="product-page">
      <div className="product-frame">
        <ProductPicture product={product} />
      </div>
      <div>
        <PageTitle title={product.name}>{product.name}</PageTitle>
        <p className="price price-large">{formatCents(product.priceCents)}</p>
        <ul className="fact-list">
          <li>
            <Link to={`/?category=${encodeURIComponent(product.category)}`}>
              {text.product.category(product.category)}
            </Link>
          </li>
          <li>{text.product.soldBy(product.sellerName)}</li>
          <li className={product.quantity === 0 ? 'stock stock-none' : 'stock'}>
            {product.quantity === 0
              ? text.product.outOfStock
              : text.product.available(product.quantity)}
          </li>
          <li className="muted">
            <TimeAgo at={product.createdAt} />
          </li>
        </ul>
        <ProductActions product={product} />
      </div>
    </article>
  );
}
