/** Search, category, price, stock and order of the catalog. Everything lives in the address. */

import { Link, useSearchParams } from 'react-router';
import type { CatalogQuery } from '../api/products';
import { CATEGORIES, text } from '../strings';
import { hasFilters, withChange } from './catalog-query';
import { PriceFilter } from './price-filter';
import { SearchBox } from './search-box';

export function CatalogFilters({ query }: { query: CatalogQuery }) {
  const [search, setSearch] = useSearchParams();
  const change = (changes: Record<string, string>) =>
    setSearch(withChange(search, changes), { preventScrollReset: true });
  const { sorts } = text.catalog;

  return (
    // biome-ignore lint/a11y/useSemanticElements: the element is newer than some browsers that this shop supports
    <div className="filters" role="search">
      <SearchBox key={query.q} query={query.q ?? ''} onSearch={(q) => change({ q })} />
      <select
        className="form-select"
        aria-label={text.catalog.category}
        value={query.category}
        onChange={(event) => change({ category: event.target.value })}
      >
        <option value="">{text.catalog.allCategories}</option>
        {CATEGORIES.map((category) => (
          <option key={category}>{category}</option>
        ))}
      </select>
      <select
        className="form-select"
        aria-label={text.catalog.sort}
        value={query.sort ?? ''}
        onChange={(event) => change({ sort: event.target.value })}
      >
        <option value="">{query.q ? sorts.best : sorts.newest}</option>
        {query.q && <option value="newest">{sorts.newest}</option>}
        <option value="price_asc">{sorts.price_asc}</option>
        <option value="price_desc">{sorts.price_desc}</option>
        <option value="name">{sorts.name}</option>
      </select>
      <div className="filters-more">
        <PriceFilter key={`${query.min}-${query.max}`} query={query} onChange={change} />
        <label className="form-check form-switch">
          <input
            className="form-check-input"
            type="checkbox"
            checked={query.inStock ?? false}
            onChange={(event) => change({ in_stock: event.target.checked ? 'true' : '' })}
          />
          {text.catalog.inStock}
        </label>
        {hasFilters(query) && (
          <Link className="clear-filters" to="?" preventScrollReset>
            {text.catalog.clear}
          </Link>
        )}
      </div>
    </div>
  );
}
