/** Takes a product of somebody else off the shelf, after a question; the page then says that it is gone. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import Button from 'react-bootstrap/Button';
import { sentenceOf } from '../api/errors';
import { deleteProduct, type Product } from '../api/products';
import { Confirm } from '../components/confirm';
import { InlineAlert } from '../components/inline-alert';
import { askAgain } from '../live/ask-again';
import { notify } from '../notices/notices';
import { text } from '../strings';

export function Withdraw({ product }: { product: Product }) {
  const client = useQueryClient();
  const [isOpen, setIsOpen] = useState(false);
  const withdrawal = useMutation({
    mutationFn: () => deleteProduct(product.id),
    onSuccess: () => {
      setIsOpen(false);
      notify(text.product.withdrawn(product.name));
      return askAgain(client, ['products']);
    },
  });

  return (
    <>
      <Button variant="outline-danger" onClick={() => setIsOpen(true)}>
        {text.product.withdraw}
      </Button>
      {isOpen && (
        <Confirm
          heading={text.product.withdrawAsk(product.name)}
          confirm={text.product.withdraw}
          isBusy={withdrawal.isPending}
          onConfirm={() => withdrawal.mutate()}
          onCancel={() => setIsOpen(false)}
        >
          <p>{text.selling.deleteBody}</p>
          {withdrawal.isError && <InlineAlert>{sentenceOf(withdrawal.error)}</InlineAlert>}
        </Confirm>
      )}
    </>
  );
}
