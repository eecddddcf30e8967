/** Says calmly that a part of the shop does not answer, and what still works. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Icon } from '../components/icon';
import { askWhenDue, outages } from '../live/outage';
import { announce } from '../notices/notices';
import { useStore } from '../store';
import { text } from '../strings';

/** A service that restarts is back before anybody needs to read about it. */
const GRACE_MS = 1500;

export function OutageBanner() {
  const client = useQueryClient();
  const all = useStore(outages);
  const [now, setNow] = useState(() => Date.now());
  const isAny = all.size > 0;

  useEffect(() => {
    if (!isAny) return;
    const timer = setInterval(() => {
      setNow(Date.now());
      askWhenDue(client);
    }, 500);
    return () => clearInterval(timer);
  }, [isAny, client]);

  const away = [...all].filter(([, { since }]) => now - since >= GRACE_MS).map(([part]) => part);
  const sentence = away.length > 0 ? text.outage.told(away) : '';
  useEffect(() => {
    if (sentence) announce(sentence);
  }, [sentence]);

  if (!sentence) return null;
  return (
    <div className="banner" data-testid="outage">
      <Icon name="clock" />
      <p>{sentence}</p>
    </div>
  );
}
