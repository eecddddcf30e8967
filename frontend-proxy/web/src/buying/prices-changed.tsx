/** The server knows other prices than the buyer has seen: asks before anything is ordered. */

import Button from 'react-bootstrap/Button';
import type { PriceLine } from '../api/errors';
import { Dialog } from '../components/dialog';
import { formatCents } from '../money';
import { text } from '../strings';
import type { CheckedLine } from './cart-check';

interface Props {
  lines: CheckedLine[];
  prices: PriceLine[];
  onAccept: () => void;
  onBack: () => void;
}

export function PricesChanged({ lines, prices, onAccept, onBack }: Props) {
  const nameOf = (id: number) =>
    lines.find(({ productId }) => productId === id)?.name ?? text.orders.unnamed(id);

  return (
    <Dialog
      heading={text.checkout.pricesChanged}
      onClose={onBack}
      footer={
        <>
          <Button variant="outline-secondary" onClick={onBack}>
            {text.checkout.back}
          </Button>
          <Button onClick={onAccept}>{text.checkout.acceptAndOrder}</Button>
        </>
      }
    >
      <p>{text.checkout.pricesChangedBody}</p>
      <ul className="plain-list">
        {prices.map(({ productId, oldCents, newCents }) => (
          <li key={productId}>
            <strong>{nameOf(productId)}</strong>{' '}
            {text.cart.priceChanged(formatCents(oldCents), formatCents(newCents))}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
