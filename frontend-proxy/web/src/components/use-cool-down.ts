/** Counts down the wait that an answer of «too many» asks for. */

import { useEffect, useState } from 'react';
import { secondsLeft } from '../api/errors';

/** Seconds left; 0 when one may try. */
export function useCoolDown(error: unknown): number {
  const [seconds, setSeconds] = useState(() => secondsLeft(error, Date.now()));

  useEffect(() => {
    // By the clock: timers of a tab in the background are late.
    const look = () => {
      const left = secondsLeft(error, Date.now());
      setSeconds(left);
      if (left === 0) clearInterval(timer);
    };
    const timer = setInterval(look, 1000);
    look();
    return () => clearInterval(timer);
  }, [error]);

  return seconds;
}
