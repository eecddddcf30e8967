/** A product in the catalog. */

import { Link } from 'react-router';
import type { Product } from '../api/products';
import { ProductPicture } from '../components/product-picture';
import { formatCents } from '../money';
import { text } from '../strings';
import { AddToCart } from './add-to-cart';

export function ProductCard({ product }: { product: Product }) {
  const { id, name, priceCents, category, quantity, sellerName } = product;

  return (
    <li className="product-card">
      <div className="product-frame">
        <ProductPicture product={product} isSmall />
      </div>
      <div className="product-body">
        <h2 className="product-name">
          <Link to={`/product/${id}`}>{name}</Link>
        </h2>
        <p className="price">{formatCents(priceCents)}</p>
        <p className="product-facts">
          <span>{text.product.category(category)}</span>
          <span>{text.product.soldBy(sellerName)}</span>
          <span className={quantity === 0 ? 'stock stock-none' : 'stock'}>
            {quantity === 0 ? text.product.outOfStock : text.product.available(quantity)}
          </span>
        </p>
        <AddToCart product={product} />
      </div>
    </li>
  );
}
