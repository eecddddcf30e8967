/** The button that orders, and what becomes of the order until it is placed. */

import { useEffect, useState } from 'react';
import Button from 'react-bootstrap/Button';
import { useNavigate } from 'react-router';
import { hasCode } from '../api/errors';
import { MAX_LINES } from '../api/orders';
import { withPrices } from '../cart/cart';
import { changeCart, freshCart, renewOrderKey } from '../cart/cart-store';
import { checkout, useCheckoutPhase } from '../checkout/checkout-store';
import { Skeleton } from '../components/skeleton';
import { useCoolDown } from '../components/use-cool-down';
import { useIsOnline } from '../components/use-online';
import { formatCents } from '../money';
import { loginPath } from '../session/next-page';
import { mayBuy } from '../session/permissions';
import { useSession } from '../session/use-session';
import { text } from '../strings';
import { AddressChoice } from './address-choice';
import type { CheckedLine } from './cart-check';
import { CheckoutOutcome } from './checkout-outcome';
import { PricesChanged } from './prices-changed';
import { useAddressChoice } from './use-address-choice';

interface Props {
  lines: CheckedLine[];
  totalCents: number;
  /** Prices changed, and their buyer has not agreed yet. */
  mustAccept: boolean;
}

export function CheckoutPanel({ lines, totalCents, mustAccept }: Props) {
  const phase = useCheckoutPhase();
  const navigate = useNavigate();
  const { isKnown, user } = useSession();
  const isOnline = useIsOnline();
  const [isSigningIn, setIsSigningIn] = useState(false);
  const addresses = useAddressChoice(user !== null);
  const isBusy = phase.name === 'sending' || phase.name === 'checking' || isSigningIn;

  useEffect(() => {
    // The key belongs to an earlier order, so this cart needs one of its own.
    if (phase.name === 'refused' && hasCode(phase.error, 'KEY_REUSED')) renewOrderKey();
  }, [phase]);

  const wait = useCoolDown(phase.name === 'refused' ? phase.error : undefined);

  const signIn = () => {
    setIsSigningIn(true);
    void navigate(loginPath('/cart'));
  };
  const place = () => {
    if (!user) {
      signIn();
      return;
    }
    // The cart of all tabs, not the one of the last drawing: prices may just have been accepted.
    const cart = freshCart();
    const ids = new Set(lines.map(({ productId }) => productId));
    const ordered = cart.lines
      .filter(({ productId }) => ids.has(productId))
      .map(({ productId, priceCents, quantity }) => ({ productId, priceCents, quantity }));
    if (ordered.length > 0) {
      const { address } = addresses;
      void checkout.place({ key: cart.orderKey, userId: user.id, lines: ordered, address });
    }
  };
  const prices =
    phase.name === 'refused' && hasCode(phase.error, 'PRICE_CHANGED')
      ? (phase.error.details.prices ?? [])
      : [];
  const isTooLong = lines.length > MAX_LINES;
  const isNotReady = !isKnown || addresses.isPending;
  const label = isOnline
    ? text.checkout.placeTotal(formatCents(totalCents))
    : text.checkout.offline;
  return (
    <>
      {addresses.isPending && lines.length > 0 && <Skeleton kind="row" />}
      {user && lines.length > 0 && !addresses.isPending && (
        <AddressChoice
          all={addresses.all}
          chosen={addresses.chosen}
          isError={addresses.isError}
          isLocked={isBusy || phase.name === 'unknown'}
          onChoose={addresses.choose}
        />
      )}
      <div className="place-order">
        <CheckoutOutcome
          phase={phase}
          wait={wait}
          onAskAgain={() => (user ? void checkout.askAgain(user.id) : signIn())}
        />
        {isTooLong && <p className="row-note">{text.checkout.tooMany(MAX_LINES)}</p>}
        {lines.length > 0 && phase.name !== 'unknown' && mayBuy(user) && (
          <Button
            size="lg"
            disabled={isBusy || !isOnline || isNotReady || mustAccept || isTooLong || wait > 0}
            onClick={place}
          >
            {isBusy ? text.checkout.busy : label}
          </Button>
        )}
      </div>
      {prices.length > 0 && (
        <PricesChanged
          lines={lines}
          prices={prices}
          onBack={checkout.dismiss}
          onAccept={() => {
            const accepted = new Map(prices.map((line) => [line.productId, line.newCents]));
            changeCart((cart) => withPrices(cart, accepted));
            checkout.dismiss();
            place();
          }}
        />
      )}
    </>
  );
}
