/** Searches accounts while one types; what is searched for is in the address. */

import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { Icon } from '../components/icon';
import { useDebounced } from '../components/use-debounced';
import { text } from '../strings';

const TYPING_PAUSE_MS = 250;

export function UserSearch() {
  const [params, setParams] = useSearchParams();
  const search = params.get('search') ?? '';
  const [typed, setTyped] = useState(search);
  const settled = useDebounced(typed.trim(), TYPING_PAUSE_MS);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed goes into the address
  useEffect(() => {
    if (settled !== search) setParams(settled ? { search: settled } : {}, { replace: true });
  }, [settled]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another address goes into the field
  useEffect(() => {
    if (search !== settled) setTyped(search);
  }, [search]);

  return (
    <div className="search-box">
      <Icon name="search" />
      <input
        className="form-control"
        type="search"
        aria-label={text.admin.search}
        placeholder={text.admin.search}
        autoComplete="off"
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </div>
  );
}
