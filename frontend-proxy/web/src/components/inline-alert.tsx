/** A sentence that must not be missed, said at once. */

import type { ReactNode } from 'react';
import { Icon } from './icon';

export function InlineAlert({ children }: { children: ReactNode }) {
  return (
    <div className="inline-alert" role="alert">
      <Icon name="alert" />
      <div>{children}</div>
    </div>
  );
}
