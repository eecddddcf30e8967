/** The shop: everything for sale, to search, filter and buy. */

import { useEffect, useRef } from 'react';
import { Link, useSearchParams } from 'react-router';
import { Empty } from '../components/empty';
import { PageTitle } from '../components/page-title';
import { Pager } from '../components/pager';
import { Problem } from '../components/problem';
import { Skeleton } from '../components/skeleton';
import { announce } from '../notices/notices';
import { may } from '../session/permissions';
import { isProbablyGuest, useSession } from '../session/use-session';
import { text } from '../strings';
import { CatalogFilters } from './catalog-filters';
import { hasFilters, queryOf } from './catalog-query';
import { ProductCard } from './product-card';
import { useCatalog } from './use-catalog';
import { Welcome } from './welcome';

export function HomePage() {
  const [search] = useSearchParams();
  const { isKnown, user } = useSession();
  const query = queryOf(search);
  const catalog = useCatalog(query);
  const list = useRef<HTMLUListElement>(null);
  const isFiltered = hasFilters(query);
  const { data, isPlaceholderData } = catalog;
  const total = isPlaceholderData ? undefined : data?.total;
  const shownPage = isPlaceholderData ? undefined : data?.page;

  useEffect(() => {
    if (total !== undefined && isFiltered) announce(text.catalog.found(total));
  }, [total, isFiltered]);

  // The links of the pager are gone or changed; the first of the new cards is what comes next.
  const pageBefore = useRef(query.page);
  useEffect(() => {
    if (shownPage === undefined || shownPage === pageBefore.current) return;
    pageBefore.current = shownPage;
    list.current?.querySelector('a')?.focus();
  }, [shownPage]);

  return (
    <>
      {!user && (isKnown || isProbablyGuest()) && <Welcome />}
      <div className="page-head">
        <PageTitle title={text.catalog.title}>{text.catalog.heading}</PageTitle>
        {data && <p className="muted">{text.catalog.found(data.total)}</p>}
      </div>
      <CatalogFilters query={query} />
      <section aria-busy={catalog.isPending || isPlaceholderData} aria-label={text.catalog.heading}>
        {catalog.isPending && (
          <div className="cards">
            <Skeleton kind="card" count={8} />
          </div>
        )}
        {catalog.isError && !data && <Problem error={catalog.error} onRetry={catalog.refetch} />}
        {data && data.items.length > 0 && (
          // biome-ignore lint/a11y/noRedundantRoles: without bullets, some readers no longer call it a list
          <ul className="cards" role="list" ref={list}>
            {data.items.map((product) => (
              <ProductCard key={product.id} product={product} />
            ))}
          </ul>
        )}
        {data?.items.length === 0 && !isFiltered && (
          <Empty icon="box" heading={text.catalog.none} body={text.catalog.noneBody}>
            {may(user, 'product:write:own') && (
              <Link className="btn btn-primary" to="/products">
                {text.catalog.addFirst}
              </Link>
            )}
          </Empty>
        )}
        {data?.items.length === 0 && isFiltered && (
          <Empty
            icon="search"
            heading={query.q ? text.catalog.noMatch(query.q) : text.catalog.noMatchFilters}
          >
            <Link className="btn btn-outline-primary" to="/">
              {text.catalog.clear}
            </Link>
          </Empty>
        )}
        {data && <Pager page={query.page} total={data.total} limit={query.limit} />}
      </section>
    </>
  );
}
