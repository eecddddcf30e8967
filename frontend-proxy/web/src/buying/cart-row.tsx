/** One product in the cart. */

import Button from 'react-bootstrap/Button';
import { Link } from 'react-router';
import { Icon } from '../components/icon';
import { ProductPicture } from '../components/product-picture';
import { formatCents } from '../money';
import { text } from '../strings';
import { type CheckedLine, currentPrice } from './cart-check';
import { QuantityField } from './quantity-field';

interface Props {
  line: CheckedLine;
  reducedTo: number | undefined;
  isLocked: boolean;
  /** 0 removes the line. */
  onChange: (quantity: number) => void;
}

export function CartRow({ line, reducedTo, isLocked, onChange }: Props) {
  const { productId, name, problem, newPriceCents, priceCents, quantity } = line;
  const { columns } = text.cart;

  return (
    <tr className={problem ? 'cart-row is-gone' : 'cart-row'} data-row tabIndex={-1}>
      <td className="cart-product">
        <span className="thumb">
          <ProductPicture product={{ ...line, id: productId }} isSmall />
        </span>
        <span>
          <Link to={`/product/${productId}`}>{name}</Link>
          {problem && <span className="row-note">{text.cart[problem]}</span>}
          {newPriceCents !== undefined && (
            <span className="row-note">
              {text.cart.priceChanged(formatCents(priceCents), formatCents(newPriceCents))}
            </span>
          )}
        </span>
      </td>
      <td data-label={columns.price}>{formatCents(currentPrice(line))}</td>
      <td data-label={columns.quantity}>
        {problem ? (
          quantity
        ) : (
          <QuantityField
            name={name}
            value={quantity}
            most={line.available}
            reducedTo={reducedTo}
            isLocked={isLocked}
            onChange={onChange}
          />
        )}
      </td>
      <td data-label={columns.subtotal} className="money">
        {problem ? '–' : formatCents(currentPrice(line) * quantity)}
      </td>
      <td className="cart-actions">
        <Button
          variant="link"
          disabled={isLocked}
          aria-label={text.cart.removeNamed(name)}
          onClick={() => onChange(0)}
        >
          <Icon name="trash" />
          <span className="action-word">{text.cart.remove}</span>
        </Button>
      </td>
    </tr>
  );
}
