/** What happened to an order, in plain words, and what can be done about it. */

import { useEffect, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { useNavigate } from 'react-router';
import type { Order } from '../api/orders';
import { putBack } from '../cart/cart';
import { changeCart } from '../cart/cart-store';
import { notify } from '../notices/notices';
import { text } from '../strings';
import { reasonsOf } from './order-reasons';

/** Longer than a verdict ever takes while everything works. */
const SLOW_MS = 3000;

export function OrderVerdict({ order }: { order: Order }) {
  const navigate = useNavigate();
  const isSlow = useIsSlow(order.status === 'PENDING', order.id);

  if (order.status === 'PENDING') {
    return <p className="verdict">{isSlow ? text.orders.delayed : text.orders.usually}</p>;
  }
  if (order.status === 'COMPLETED') {
    return <p className="verdict verdict-good">{text.orders.completedBody}</p>;
  }
  const giveBack = () => {
    const lines = order.items.map(({ productId, name, priceCents, quantity }) => ({
      productId,
      name: name ?? text.orders.unnamed(productId),
      // The cart asks for these again.
      category: '',
      picture: null,
      priceCents,
      quantity,
    }));
    changeCart((cart) => putBack(cart, lines));
    notify(text.orders.putBackDone);
    void navigate('/cart');
  };
  return (
    <div className="verdict verdict-bad" role="alert">
      <h2>{text.orders.whatHappened}</h2>
      <ul className="plain-list">
        {reasonsOf(order).map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <p>{text.orders.notCharged}</p>
      <Button onClick={giveBack}>{text.orders.putBack}</Button>
    </div>
  );
}

function useIsSlow(isPending: boolean, id: number): boolean {
  const [slowId, setSlowId] = useState<number>();

  useEffect(() => {
    if (!isPending) return;
    const timer = setTimeout(() => setSlowId(id), SLOW_MS);
    return () => clearTimeout(timer);
  }, [isPending, id]);

  return slowId === id;
}
