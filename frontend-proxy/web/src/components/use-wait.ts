/** Counts seconds down, for what the server wants done later. */

import { useEffect, useState } from 'react';

export function useWait(): [number, (seconds: number) => void] {
  const [seconds, setSeconds] = useState(0);

  useEffect(() => {
    if (seconds <= 0) return;
    const timer = setTimeout(() => setSeconds(seconds - 1), 1000);
    return () => clearTimeout(timer);
  }, [seconds]);

  return [seconds, setSeconds];
}
