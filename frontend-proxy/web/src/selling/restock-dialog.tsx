/** Adds units to the stock of a product. */

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { sentenceOf } from '../api/errors';
import { type Product, restockProduct } from '../api/products';
import { Dialog } from '../components/dialog';
import { Field } from '../components/field';
import { text } from '../strings';
import { parseUnits } from './listing-rules';

interface Props {
  product: Product;
  onDone: (units: number) => void;
  onClose: () => void;
}

export function RestockDialog({ product, onDone, onClose }: Props) {
  const formId = useId();
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();
  const restocking = useMutation({
    mutationFn: (units: number) => restockProduct(product.id, units),
    onSuccess: (_, units) => onDone(units),
    onError: (failure) => setError(sentenceOf(failure)),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const units = parseUnits(typed, 1);
    setError(units === undefined ? text.selling.restockBad : undefined);
    if (units !== undefined && !restocking.isPending) restocking.mutate(units);
  };

  return (
    <Dialog
      heading={text.selling.restockNamed(product.name)}
      onClose={onClose}
      footer={
        <Button type="submit" form={formId} disabled={restocking.isPending}>
          {text.selling.restockAdd}
        </Button>
      }
    >
      <form id={formId} onSubmit={submit} noValidate>
        <p>{text.product.available(product.quantity)}</p>
        <Field
          label={text.selling.restockUnits}
          inputMode="numeric"
          autoComplete="off"
          autoFocus
          value={typed}
          error={error}
          onChange={(event) => setTyped(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
