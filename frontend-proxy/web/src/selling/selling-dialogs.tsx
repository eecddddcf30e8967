/** The dialog that is open over one's products, and what follows when it is done. */

import { useQueryClient } from '@tanstack/react-query';
import type { RefObject } from 'react';
import { type Product, showProduct } from '../api/products';
import { DeleteDialog } from '../components/delete-dialog';
import { focusRow } from '../components/focus';
import { askAgain } from '../live/ask-again';
import { notify } from '../notices/notices';
import { text } from '../strings';
import { ProductDialog } from './product-dialog';
import { RestockDialog } from './restock-dialog';
import type { Saved } from './save-listing';

export type Open = { name: 'add' } | { name: 'edit' | 'restock' | 'delete'; product: Product };

interface Props {
  open: Open;
  onOpen: (open: Open | undefined) => void;
  /** Where the cards are. */
  content: RefObject<HTMLElement | null>;
}

export function SellingDialogs({ open, onOpen, content }: Props) {
  const client = useQueryClient();
  const close = () => onOpen(undefined);
  const refresh = () => askAgain(client, ['products']);

  const saved = async ({ product, isPictureSaved }: Saved) => {
    close();
    const done = open.name === 'add' ? text.selling.added : text.saved;
    notify(isPictureSaved ? done : text.selling.pictureFailed);
    await refresh();
    // After the dialog has given the focus back to its opener.
    setTimeout(() => {
      content.current?.querySelector<HTMLElement>(`[data-product-id="${product.id}"]`)?.focus();
    }, 350);
  };
  const deleted = async (product: Product) => {
    const cards = [...(content.current?.querySelectorAll('[data-row]') ?? [])];
    const index = cards.findIndex(
      (card) => card.getAttribute('data-product-id') === String(product.id),
    );
    close();
    notify(text.selling.deleted);
    await refresh();
    setTimeout(() => focusRow(content.current, index), 350);
  };

  if (open.name === 'delete') {
    return (
      <DeleteDialog
        product={open.product}
        heading={text.selling.deleteAsk(open.product.name)}
        confirm={text.selling.delete}
        onDone={() => deleted(open.product)}
        onClose={close}
      />
    );
  }
  if (open.name === 'restock') {
    const { product } = open;
    const restocked = (units: number) => {
      close();
      notify(text.selling.restocked(units, product.name));
      void refresh();
    };
    return <RestockDialog product={product} onDone={restocked} onClose={close} />;
  }
  const product = open.name === 'edit' ? open.product : undefined;
  const reload = async () => {
    if (product) onOpen({ name: 'edit', product: await showProduct(product.id) });
  };
  return (
    <ProductDialog
      key={product?.version}
      product={product}
      onSaved={saved}
      onClose={close}
      onReload={reload}
    />
  );
}
