/** What one sells oneself: add, edit, restock, delete. */

import { useRef, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { useSearchParams } from 'react-router';
import type { Product } from '../api/products';
import { Empty } from '../components/empty';
import { pageOf } from '../components/page-of';
import { PageTitle } from '../components/page-title';
import { Pager } from '../components/pager';
import { Problem } from '../components/problem';
import { Skeleton } from '../components/skeleton';
import { text } from '../strings';
import { OwnCard } from './own-card';
import { type Open, SellingDialogs } from './selling-dialogs';
import { PAGE_SIZE, useOwnProducts } from './use-own-products';

export function ProductsPage() {
  const page = pageOf(useSearchParams()[0]);
  const { data, isPending, isError, error, refetch } = useOwnProducts(page);
  const [open, setOpen] = useState<Open>();
  const content = useRef<HTMLElement>(null);
  const add = () => setOpen({ name: 'add' });
  const buttonsFor = (product: Product) => ({
    onEdit: () => setOpen({ name: 'edit', product }),
    onRestock: () => setOpen({ name: 'restock', product }),
    onDelete: () => setOpen({ name: 'delete', product }),
  });

  return (
    <>
      <div className="page-head">
        <PageTitle title={text.selling.title}>{text.selling.heading}</PageTitle>
        {data && data.items.length > 0 && <Button onClick={add}>{text.selling.add}</Button>}
      </div>
      <section aria-busy={isPending} aria-label={text.selling.heading} ref={content}>
        {isPending && (
          <div className="cards">
            <Skeleton kind="card" count={4} />
          </div>
        )}
        {isError && !data && <Problem error={error} onRetry={refetch} />}
        {data?.items.length === 0 && (
          <Empty icon="box" heading={text.selling.empty} body={text.selling.emptyBody}>
            <Button onClick={add}>{text.selling.addFirst}</Button>
          </Empty>
        )}
        {data && data.items.length > 0 && (
          // biome-ignore lint/a11y/noRedundantRoles: without bullets, some readers no longer call it a list
          <ul className="cards" role="list">
            {data.items.map((product) => (
              <OwnCard key={product.id} product={product} {...buttonsFor(product)} />
            ))}
          </ul>
        )}
        {data && <Pager page={page} total={data.total} limit={PAGE_SIZE} />}
      </section>
      {open && <SellingDialogs open={open} onOpen={setOpen} content={content} />}
    </>
  );
}
