/** Name, price, category and quantity of a product. */

import type { ChangeEvent } from 'react';
import { Field } from '../components/field';
import { CATEGORIES, text } from '../strings';
import type { ListingErrors, ListingForm } from './listing-rules';

interface Props {
  form: ListingForm;
  errors: ListingErrors;
  onChange: (form: ListingForm) => void;
}

export function ProductFields({ form, errors, onChange }: Props) {
  const bind = (name: keyof ListingForm, label: string) => ({
    name,
    label,
    value: form[name],
    error: errors[name],
    autoComplete: 'off',
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) =>
      onChange({ ...form, [name]: event.target.value }),
  });
  const category = bind('category', text.selling.category);

  return (
    <>
      <Field {...bind('name', text.selling.name)} autoFocus maxLength={255} />
      <div className="field-pair">
        <Field {...bind('price', text.selling.price)} inputMode="decimal" placeholder="0.00" />
        <Field {...bind('quantity', text.selling.quantity)} inputMode="numeric" />
      </div>
      <Field label={category.label} error={category.error}>
        {(ids) => (
          <select
            {...ids}
            className="form-select"
            name="category"
            value={form.category}
            onChange={category.onChange}
          >
            {CATEGORIES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </Field>
    </>
  );
}
