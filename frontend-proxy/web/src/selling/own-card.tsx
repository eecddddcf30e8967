/** One of one's own products, with what can be done to it. */

import Button from 'react-bootstrap/Button';
import { Link } from 'react-router';
import type { Product } from '../api/products';
import { Icon } from '../components/icon';
import { ProductPicture } from '../components/product-picture';
import { formatCents } from '../money';
import { text } from '../strings';

interface Props {
  product: Product;
  onEdit: () => void;
  onRestock: () => void;
  onDelete: () => void;
}

export function OwnCard({ product, onEdit, onRestock, onDelete }: Props) {
  const { id, name, priceCents, category, quantity } = product;

  return (
    <li className="product-card" data-row data-product-id={id} tabIndex={-1}>
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
          <span className={quantity === 0 ? 'stock stock-none' : 'stock'}>
            {quantity === 0 ? text.product.outOfStock : text.product.available(quantity)}
          </span>
        </p>
        <div className="card-actions">
          <Button
            variant="outline-primary"
            aria-label={text.selling.editTitle(name)}
            onClick={onEdit}
          >
            <Icon name="edit" /> {text.selling.edit}
          </Button>
          <Button
            variant="outline-primary"
            aria-label={text.selling.restockNamed(name)}
            onClick={onRestock}
          >
            <Icon name="plus" /> {text.selling.restock}
          </Button>
          <Button
            variant="outline-danger"
            aria-label={text.selling.deleteNamed(name)}
            title={text.selling.delete}
            onClick={onDelete}
          >
            <Icon name="trash" />
          </Button>
        </div>
      </div>
    </li>
  );
}
