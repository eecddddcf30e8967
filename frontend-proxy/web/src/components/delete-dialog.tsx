/** Asks before a product is taken off the shelf; stays open and says why when that fails. */

import { useMutation } from '@tanstack/react-query';
import { sentenceOf } from '../api/errors';
import { deleteProduct, type Product } from '../api/products';
import { text } from '../strings';
import { Confirm } from './confirm';
import { InlineAlert } from './inline-alert';

interface Props {
  product: Product;
  heading: string;
  confirm: string;
  onDone: () => void;
  onClose: () => void;
}

export function DeleteDialog({ product, heading, confirm, onDone, onClose }: Props) {
  const deletion = useMutation({
    mutationFn: () => deleteProduct(product.id),
    onSuccess: onDone,
  });

  return (
    <Confirm
      heading={heading}
      confirm={confirm}
      isBusy={deletion.isPending}
      onConfirm={() => deletion.mutate()}
      onCancel={onClose}
    >
      <p>{text.selling.deleteBody}</p>
      {deletion.isError && <InlineAlert>{sentenceOf(deletion.error)}</InlineAlert>}
    </Confirm>
  );
}
