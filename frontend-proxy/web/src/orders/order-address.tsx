/** Where an order goes, as the address was when it was placed. */

import type { Address } from '../api/addresses';
import { AddressLines } from '../components/address-lines';
import { text } from '../strings';

export function OrderAddress({ address }: { address: Address }) {
  return (
    <section className="panel order-address" aria-labelledby="order-address">
      <h2 id="order-address">{text.checkout.deliverTo}</h2>
      <AddressLines address={address} />
    </section>
  );
}
