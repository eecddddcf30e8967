/** The way to the cart, with how much is in it. */

import { NavLink } from 'react-router';
import { countOf } from '../cart/cart';
import { useCart } from '../cart/cart-store';
import { Icon } from '../components/icon';
import { text } from '../strings';

export function CartLink() {
  const count = countOf(useCart().lines);

  return (
    <NavLink className="nav-link cart-link" to="/cart" aria-label={text.nav.cart(count)}>
      <Icon name="cart" />
      <span className="cart-word" aria-hidden="true">
        {text.nav.cartShort}
      </span>
      {count > 0 && (
        <span className="cart-count" aria-hidden="true">
          {count}
        </span>
      )}
    </NavLink>
  );
}
