/** Previous and next page, as links: they can be copied, and Back undoes them. */

import { Link, useSearchParams } from 'react-router';
import { text } from '../strings';

interface Props {
  page: number;
  total: number;
  limit: number;
}

export function Pager({ page, total, limit }: Props) {
  const [search] = useSearchParams();
  const pages = Math.max(1, Math.ceil(total / limit));
  if (pages === 1 && page === 1) return null;

  const to = (target: number) => {
    const params = new URLSearchParams(search);
    params.set('page', String(target));
    return `?${params}`;
  };
  return (
    <nav className="pager" aria-label={text.catalog.pages}>
      {page > 1 ? (
        <Link className="btn btn-outline-primary" to={to(Math.min(page - 1, pages))} rel="prev">
          {text.catalog.previous}
        </Link>
      ) : (
        <span />
      )}
      <span>{text.catalog.page(page, pages)}</span>
      {page < pages ? (
        <Link className="btn btn-outline-primary" to={to(page + 1)} rel="next">
          {text.catalog.next}
        </Link>
      ) : (
        <span />
      )}
    </nav>
  );
}
