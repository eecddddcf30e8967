/** The least and the highest price; both take effect when the field is left or Enter is pressed. */

import { useState } from 'react';
import type { CatalogQuery } from '../api/products';
import { parseCents } from '../money';
import { text } from '../strings';

interface Props {
  query: CatalogQuery;
  onChange: (changes: Record<string, string>) => void;
}

export function PriceFilter({ query, onChange }: Props) {
  const [min, setMin] = useState(query.min ?? '');
  const [max, setMax] = useState(query.max ?? '');

  const apply = () => {
    const valid = (value: string) => (parseCents(value) === undefined ? '' : value.trim());
    const changes = { min: valid(min), max: valid(max) };
    if (changes.min !== query.min || changes.max !== query.max) onChange(changes);
  };
  const field = (label: string, value: string, set: (value: string) => void) => (
    <input
      className="form-control"
      inputMode="decimal"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(event) => set(event.target.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === 'Enter' && apply()}
    />
  );
  return (
    <div className="price-range">
      {field(text.catalog.min, min, setMin)}
      <span aria-hidden="true">–</span>
      {field(text.catalog.max, max, setMax)}
    </div>
  );
}
