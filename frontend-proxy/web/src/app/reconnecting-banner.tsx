/** Says so when what the page shows may be old, and how old. */

import { useEffect, useState } from 'react';
import { Icon } from '../components/icon';
import { type Connection, lastFresh, ordersConnection, stockConnection } from '../live/connection';
import { useSession } from '../session/use-session';
import { useStore } from '../store';
import { text } from '../strings';
import { clockOf } from '../time';

/** A reconnect that is faster than this is nobody's business. */
const GRACE_MS = 3000;

export function ReconnectingBanner() {
  const stock = useStore(stockConnection);
  const orders = useStore(ordersConnection);
  const fresh = useStore(lastFresh);
  const { user } = useSession();
  const [now, setNow] = useState(() => Date.now());
  const isDown = !stock.isOpen || (user !== null && !orders.isOpen);

  useEffect(() => {
    if (!isDown) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isDown]);

  const isLong = ({ isOpen, since }: Connection) => !isOpen && now - since >= GRACE_MS;
  if (!isLong(stock) && !(user && isLong(orders))) return null;
  return (
    <div className="banner" data-testid="reconnecting">
      <Icon name="live" />
      <p>{text.live.reconnecting(clockOf(fresh))}</p>
    </div>
  );
}
