/** Where the focus goes when the page changes under it. */

import type { RefObject } from 'react';
import { flushSync } from 'react-dom';

/** Marks fields as invalid by `mark`, a change of state, and goes to the first of them. The marks are
 * on the page at once: the next frame may come before the state is drawn. */
export function focusFirstInvalid(form: RefObject<HTMLElement | null>, mark: () => void): void {
  flushSync(mark);
  form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}

/** After the row at `index` of a list went: to the row in its place, the last one, or the empty state. */
export function focusRow(list: HTMLElement | null, index: number): void {
  const parent = list?.parentElement;
  requestAnimationFrame(() => {
    const rows = list?.isConnected ? list.querySelectorAll<HTMLElement>('[data-row]') : [];
    const row = rows[Math.min(index, rows.length - 1)];
    const empty = (parent?.isConnected ? parent : document).querySelector<HTMLElement>(
      '[data-focus="empty"]',
    );
    (row ?? empty)?.focus();
  });
}
