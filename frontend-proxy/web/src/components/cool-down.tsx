/** Says for how long one must wait. */

import { useState } from 'react';
import { InlineAlert } from './inline-alert';

interface Props {
  seconds: number;
  words: (seconds: number) => string;
}

export function CoolDown({ seconds, words }: Props) {
  const [atFirst] = useState(seconds);

  return (
    <InlineAlert>
      <p aria-hidden="true">{words(seconds)}</p>
      {/* Said once: an alert that changes is read out again, each second. */}
      <p className="visually-hidden">{words(atFirst)}</p>
    </InlineAlert>
  );
}
