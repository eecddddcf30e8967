/** Counts down the wait that an answer of «too many tries» asks for. */

import { useEffect, useState } from 'react';
import { isStatus, retryAfterOf } from '../api/errors';

/** Seconds left; 0 when one may try. */
export function useCoolDown(error: unknown): number {
  const [seconds, setSeconds] = useState(0);

  useEffect(() => {
    if (isStatus(error, 429)) setSeconds(retryAfterOf(error));
  }, [error]);
  useEffect(() => {
    if (seconds <= 0) return;
    const timer = setTimeout(() => setSeconds(seconds - 1), 1000);
    return () => clearTimeout(timer);
  }, [seconds]);

  return seconds;
}
