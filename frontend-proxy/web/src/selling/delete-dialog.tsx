/** Asks before a product is taken off the shelf; stays open and says why when that fails. */

import { useMutation } from '@tanstack/react-query';
import { sentenceOf } from '../api/errors';
import { deleteProduct, type Product } from '../api/products';
import { Confirm } from '../components/confirm';
import { InlineAlert } from '../components/inline-alert';
import { text } from '../strings';

interface Props {
  product: Product;
  onDone: () => void;
  onClose: () => void;
}

export function DeleteDialog({ product, onDone, onClose }: Props) {
  const deletion = useMutation({
    mutationFn: () => deleteProduct(product.id),
    onSuccess: onDone,
  });

  return (
    <Confirm
      heading={text.selling.deleteAsk(product.name)}
      confirm={text.selling.delete}
      isBusy={deletion.isPending}
      onConfirm={() => deletion.mutate()}
      onCancel={onClose}
    >
      <p>{text.selling.deleteBody}</p>
      {deletion.isError && <InlineAlert>{sentenceOf(deletion.error)}</InlineAlert>}
    </Confirm>
  );
}
