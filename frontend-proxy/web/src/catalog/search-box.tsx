/** The search field with suggestions: a combobox as WAI-ARIA describes it. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useId, useState } from 'react';
import { useNavigate } from 'react-router';
import { listProducts } from '../api/products';
import { Icon } from '../components/icon';
import { useDebounced } from '../components/use-debounced';
import { useSession } from '../session/use-session';
import { text } from '../strings';

const MOST = 6;
const TYPING_PAUSE_MS = 200;

export function SearchBox({
  query,
  onSearch,
}: {
  query: string;
  onSearch: (query: string) => void;
}) {
  const id = useId();
  const navigate = useNavigate();
  const { user } = useSession();
  const [typed, setTyped] = useState(query);
  const [isOpen, setIsOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const asked = useDebounced(typed.trim(), TYPING_PAUSE_MS);
  const suggestions = useQuery({
    queryKey: ['suggestions', user?.id ?? null, asked],
    queryFn: ({ signal }) =>
      listProducts({ q: asked, page: 1, limit: MOST }, user !== null, signal),
    enabled: isOpen && asked.length >= 2,
    placeholderData: keepPreviousData,
  });
  const found = isOpen && asked.length >= 2 ? (suggestions.data?.items ?? []) : [];
  const isExpanded = found.length > 0;

  const close = () => {
    setIsOpen(false);
    setActive(-1);
  };
  const choose = (index: number) => {
    const product = found[index];
    close();
    if (product) void navigate(`/product/${product.id}`);
    else if (typed.trim() !== query) onSearch(typed.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') choose(active);
    if (event.key === 'Escape') {
      if (isExpanded) close();
      else setTyped('');
    }
    if (!isExpanded || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
    event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : -1;
    // -1 is the field itself, between the last and the first.
    setActive(((active + 1 + step + found.length + 1) % (found.length + 1)) - 1);
  };
  return (
    <div className="search-box">
      <Icon name="search" />
      <input
        className="form-control"
        type="search"
        role="combobox"
        aria-label={text.catalog.search}
        aria-expanded={isExpanded}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        autoComplete="off"
        maxLength={100}
        placeholder={text.catalog.search}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setIsOpen(true);
          setActive(-1);
          if (event.target.value === '' && query !== '') onSearch('');
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={text.catalog.suggestions}
        hidden={!isExpanded}
      >
        {found.map((product, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys of a combobox belong to its field
          <div
            key={product.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            // Before the field loses the focus, which would close the list under the pointer.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(index)}
          >
            {product.name}
          </div>
        ))}
      </div>
    </div>
  );
}
