/** Puts one more into the cart, as far as there are any. */

import Button from 'react-bootstrap/Button';
import type { Product } from '../api/products';
import { addOne, quantityIn } from '../cart/cart';
import { changeCart, freshCart, useCart } from '../cart/cart-store';
import { notify } from '../notices/notices';
import { mayBuy } from '../session/permissions';
import { useSession } from '../session/use-session';
import { text } from '../strings';

export function AddToCart({ product }: { product: Product }) {
  const { user } = useSession();
  const has = quantityIn(useCart(), product.id);
  const isOut = product.quantity === 0;

  if (!mayBuy(user)) return null;
  const add = () => {
    const before = quantityIn(freshCart(), product.id);
    changeCart((cart) => addOne(cart, product));
    const isAdded = quantityIn(freshCart(), product.id) > before;
    notify(isAdded ? text.product.added(product.name) : text.product.allInCart(product.quantity));
  };
  return (
    <div className="add-to-cart">
      <Button
        disabled={isOut}
        aria-label={isOut ? undefined : text.product.addNamed(product.name)}
        onClick={add}
      >
        {isOut ? text.product.outOfStock : text.product.add}
      </Button>
      {has > 0 && <span className="in-cart">{text.product.inCart(has)}</span>}
    </div>
  );
}
