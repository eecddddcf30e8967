/** The lines of the cart: a table, and cards on phones. */

import { useRef } from 'react';
import { putBack, without, withQuantity } from '../cart/cart';
import { changeCart, freshCart } from '../cart/cart-store';
import { focusRow } from '../components/focus';
import { notify } from '../notices/notices';
import { text } from '../strings';
import type { CheckedLine } from './cart-check';
import { CartRow } from './cart-row';

interface Props {
  lines: CheckedLine[];
  /** What is available of lines that wanted more. */
  reduced: Map<number, number>;
  isLocked: boolean;
}

export function CartTable({ lines, reduced, isLocked }: Props) {
  const table = useRef<HTMLTableElement>(null);
  const { columns } = text.cart;

  const change = (line: CheckedLine, quantity: number) => {
    if (quantity > 0) {
      changeCart((cart) => withQuantity(cart, line.productId, quantity));
      return;
    }
    const before = freshCart().lines;
    const index = before.findIndex(({ productId }) => productId === line.productId);
    const removed = before.slice(index, index + 1);
    changeCart((cart) => without(cart, line.productId));
    focusRow(table.current, index);
    notify(text.cart.removed(line.name), {
      label: text.undo,
      run: () => changeCart((cart) => putBack(cart, removed, index)),
    });
  };
  return (
    <table className="cart-table" ref={table}>
      <thead>
        <tr>
          <th scope="col">{columns.product}</th>
          <th scope="col">{columns.price}</th>
          <th scope="col">{columns.quantity}</th>
          <th scope="col">{columns.subtotal}</th>
          <th scope="col">
            <span className="visually-hidden">{columns.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <CartRow
            key={line.productId}
            line={line}
            reducedTo={reduced.get(line.productId)}
            isLocked={isLocked}
            onChange={(quantity) => change(line, quantity)}
          />
        ))}
      </tbody>
    </table>
  );
}
