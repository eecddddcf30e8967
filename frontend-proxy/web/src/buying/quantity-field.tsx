/** How many: typed or stepped. What is no number is not taken; more than there are becomes what there is. */

import { useId, useState } from 'react';
import { MAX_QUANTITY } from '../api/orders';
import { Icon } from '../components/icon';
import { text } from '../strings';

interface Props {
  name: string;
  value: number;
  /** Units on stock, when that is known. */
  most: number | undefined;
  reducedTo: number | undefined;
  isLocked: boolean;
  /** 0 removes the line. */
  onChange: (quantity: number) => void;
}

export function QuantityField({ name, value, most, reducedTo, isLocked, onChange }: Props) {
  const id = useId();
  /** What is in the field while it differs from the value: empty, or not a number. */
  const [draft, setDraft] = useState<string>();
  const [note, setNote] = useState<string>();
  const limit = Math.min(most ?? MAX_QUANTITY, MAX_QUANTITY);

  const take = (quantity: number) => {
    setDraft(undefined);
    setNote(quantity > limit ? text.cart.onlyLeft(limit) : undefined);
    const next = Math.min(quantity, limit);
    if (next !== value) onChange(next);
  };
  const type = (typed: string) => {
    if (/^\d{1,7}$/.test(typed)) return take(Number(typed));
    // An empty field is on its way to a number; anything else is not taken at all.
    setDraft(typed === '' ? '' : undefined);
    setNote(typed === '' ? undefined : text.cart.notANumber);
  };
  const shownNote = note ?? (reducedTo === value ? text.cart.onlyLeft(reducedTo) : undefined);
  return (
    <div className="quantity">
      <div className="stepper">
        <button
          type="button"
          aria-label={text.cart.less(name)}
          disabled={isLocked}
          onClick={() => take(value - 1)}
        >
          <Icon name="minus" />
        </button>
        <input
          className="form-control"
          inputMode="numeric"
          autoComplete="off"
          aria-label={text.cart.quantityOf(name)}
          aria-describedby={id}
          disabled={isLocked}
          value={draft ?? String(value)}
          onFocus={(event) => event.target.select()}
          onChange={(event) => type(event.target.value)}
          onBlur={() => setDraft(undefined)}
        />
        <button
          type="button"
          aria-label={text.cart.more(name)}
          disabled={isLocked || value >= limit}
          onClick={() => take(value + 1)}
        >
          <Icon name="plus" />
        </button>
      </div>
      <p id={id} className="row-note" aria-live="polite">
        {shownNote}
      </p>
    </div>
  );
}
