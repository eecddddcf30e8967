/** A labelled input with its help and its error tied to it. */

import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

interface Props
  extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'className' | 'children'> {
  label: string;
  help?: string;
  error?: string | undefined;
  /** In place of the plain input, with what ties it to the label. */
  children?: (ids: {
    id: string;
    'aria-describedby': string;
    'aria-invalid': boolean;
  }) => ReactNode;
}

export function Field({ label, help, error, children, ...input }: Props) {
  const id = useId();
  const tied = {
    id,
    'aria-describedby': `${id}-note`,
    'aria-invalid': error !== undefined,
  };

  return (
    <div className="field">
      <label className="form-label" htmlFor={id}>
        {label}
      </label>
      {children ? children(tied) : <input className="form-control" {...input} {...tied} />}
      <p id={`${id}-note`} className={error ? 'field-error' : 'form-text'}>
        {error ?? help}
      </p>
    </div>
  );
}
