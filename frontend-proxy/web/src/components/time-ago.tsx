/** A moment in words, with the full time for those who ask. */

import { useEffect, useState } from 'react';
import { ago, fullTime } from '../time';

const REFRESH_MS = 30_000;

export function TimeAgo({ at }: { at: string }) {
  const [now, setNow] = useState(() => Date.now());

  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);

  return (
    <time dateTime={at} title={fullTime(at)}>
      {ago(at, Math.max(now, Date.parse(at)))}
    </time>
  );
}
