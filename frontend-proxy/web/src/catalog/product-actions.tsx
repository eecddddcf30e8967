/** What this person can do about a product: buy it, manage it, or take it off the shelf. */

import { Link } from 'react-router';
import type { Product } from '../api/products';
import { may } from '../session/permissions';
import { useSession } from '../session/use-session';
import { text } from '../strings';
import { AddToCart } from './add-to-cart';
import { Withdraw } from './withdraw';

export function ProductActions({ product }: { product: Product }) {
  const { user } = useSession();

  if (user?.id === product.sellerId) {
    return (
      <p className="own-note">
        {text.product.yours}.{' '}
        {may(user, 'product:write:own') && <Link to="/products">{text.product.manage}</Link>}
      </p>
    );
  }
  return (
    <>
      <AddToCart product={product} />
      {may(user, 'product:write:any') && <Withdraw product={product} />}
    </>
  );
}
