/** The cart, and the one click that orders it. */

import { useRef, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { Link } from 'react-router';
import { totalOf, withPrices } from '../cart/cart';
import { changeCart } from '../cart/cart-store';
import { useCheckoutPhase } from '../checkout/checkout-store';
import { Confirm } from '../components/confirm';
import { Empty } from '../components/empty';
import { focusRow } from '../components/focus';
import { InlineAlert } from '../components/inline-alert';
import { PageTitle } from '../components/page-title';
import { formatCents } from '../money';
import { notify } from '../notices/notices';
import { text } from '../strings';
import { currentPrice } from './cart-check';
import { CartTable } from './cart-table';
import { CheckoutPanel } from './checkout-panel';
import { useCheckedCart } from './use-checked-cart';

export function CartPage() {
  const { lines, check, reduced } = useCheckedCart();
  const phase = useCheckoutPhase();
  const [isClearing, setIsClearing] = useState(false);
  const content = useRef<HTMLDivElement>(null);
  const isBusy = phase.name === 'sending' || phase.name === 'checking';
  const sellable = lines.filter(({ problem }) => !problem);
  const total = totalOf(sellable.map((line) => ({ ...line, priceCents: currentPrice(line) })));
  const changed = sellable.filter(({ newPriceCents }) => newPriceCents !== undefined);

  const clear = () => {
    changeCart((cart) => ({ ...cart, lines: [] }));
    setIsClearing(false);
    notify(text.cart.cleared);
    focusRow(content.current, 0);
  };
  const acceptPrices = () => {
    const prices = new Map(changed.map((line) => [line.productId, currentPrice(line)]));
    changeCart((cart) => withPrices(cart, prices));
  };
  const askToClear = () => (lines.length > 1 ? setIsClearing(true) : clear());

  return (
    <div ref={content}>
      <div className="page-head">
        <PageTitle title={text.cart.title}>{text.cart.heading}</PageTitle>
      </div>
      {lines.length === 0 ? (
        <Empty icon="cart" heading={text.cart.empty}>
          <Link className="btn btn-primary" to="/">
            {text.cart.browse}
          </Link>
        </Empty>
      ) : (
        <>
          {check.isError && <InlineAlert>{text.cart.checkFailed}</InlineAlert>}
          <CartTable lines={lines} reduced={reduced} isLocked={isBusy} />
          <div className="cart-tools">
            <Link to="/">{text.cart.continue}</Link>
            <Button variant="link" disabled={isBusy} onClick={askToClear}>
              {text.cart.clear}
            </Button>
          </div>
          <div className="cart-total">
            <span>{text.cart.total}</span>
            <strong data-testid="cart-total">{formatCents(total)}</strong>
          </div>
          {changed.length > 0 && (
            <div className="notice">
              <Button variant="outline-primary" onClick={acceptPrices}>
                {text.cart.acceptPrices}
              </Button>
            </div>
          )}
        </>
      )}
      <CheckoutPanel lines={sellable} totalCents={total} mustAccept={changed.length > 0} />
      {isClearing && (
        <Confirm
          heading={text.cart.clearAsk}
          confirm={text.cart.clearConfirm}
          onConfirm={clear}
          onCancel={() => setIsClearing(false)}
        />
      )}
    </div>
  );
}
