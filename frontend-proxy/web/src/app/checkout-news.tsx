/** What became of an order that was sent: leads its buyer there from the cart, tells them elsewhere. */

import { useLayoutEffect, useRef } from 'react';
import CloseButton from 'react-bootstrap/CloseButton';
import { Link, useLocation, useNavigate } from 'react-router';
import { checkout, useCheckoutPhase } from '../checkout/checkout-store';
import { Icon } from '../components/icon';
import { announce, notify } from '../notices/notices';
import { text } from '../strings';

export function CheckoutNews() {
  const phase = useCheckoutPhase();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const here = useRef(pathname);
  here.current = pathname;

  // Before anything is painted: who is led there need not see the banner.
  useLayoutEffect(() => {
    if (phase.name !== 'placed') return;
    announce(text.checkout.placed(phase.orderId));
    if (here.current !== '/cart') return;
    if (phase.wasChecking) notify(text.checkout.wentThrough);
    void navigate(`/orders/${phase.orderId}`);
    checkout.dismiss();
  }, [phase, navigate]);

  if (phase.name === 'checking') {
    // The cart says it in its own words, beside the button.
    if (pathname === '/cart') return null;
    return (
      <div className="banner">
        <Icon name="clock" />
        <p>{text.checkout.checking}</p>
      </div>
    );
  }
  if (phase.name !== 'placed') return null;
  return (
    <div className="banner banner-quiet">
      <Icon name="check" />
      <p>
        {text.checkout.wentThrough}.{' '}
        <Link to={`/orders/${phase.orderId}`}>{text.checkout.see(phase.orderId)}</Link>
      </p>
      <CloseButton aria-label={text.dismiss} onClick={checkout.dismiss} />
    </div>
  );
}
