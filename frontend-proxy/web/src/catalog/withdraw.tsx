/** Takes a product of somebody else off the shelf, after a question; the page then says that it is gone. */

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import Button from 'react-bootstrap/Button';
import type { Product } from '../api/products';
import { DeleteDialog } from '../components/delete-dialog';
import { askAgain } from '../live/ask-again';
import { notify } from '../notices/notices';
import { text } from '../strings';

export function Withdraw({ product }: { product: Product }) {
  const client = useQueryClient();
  const [isOpen, setIsOpen] = useState(false);
  const withdrawn = () => {
    setIsOpen(false);
    notify(text.product.withdrawn(product.name));
    return askAgain(client, ['products']);
  };

  return (
    <>
      <Button variant="outline-danger" onClick={() => setIsOpen(true)}>
        {text.product.withdraw}
      </Button>
      {isOpen && (
        <DeleteDialog
          product={product}
          heading={text.product.withdrawAsk(product.name)}
          confirm={text.product.withdraw}
          onDone={withdrawn}
          onClose={() => setIsOpen(false)}
        />
      )}
    </>
  );
}
