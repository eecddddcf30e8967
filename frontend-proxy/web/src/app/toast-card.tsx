/** One piece of news: stays at least five seconds, and while somebody points at it. */

import { useEffect, useState } from 'react';
import CloseButton from 'react-bootstrap/CloseButton';
import type { Toast } from '../notices/notices';
import { text } from '../strings';

const SHOWN_MS = 5500;

export function ToastCard({ toast, onDone }: { toast: Toast; onDone: () => void }) {
  const [isHeld, setIsHeld] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new function is no reason to start the time anew
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(onDone, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isHeld]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing at it only holds it; nothing is hidden behind that
    <div
      className="toast-card"
      onMouseEnter={() => setIsHeld(true)}
      onMouseLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
    >
      <p>{toast.text}</p>
      {toast.action && (
        <button
          type="button"
          className="link-button"
          onClick={() => {
            toast.action?.run();
            onDone();
          }}
        >
          {toast.action.label}
        </button>
      )}
      <CloseButton aria-label={text.dismiss} onClick={onDone} />
    </div>
  );
}
