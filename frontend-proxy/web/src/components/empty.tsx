/** Nothing here yet, and what to do about it. */

import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon';

interface Props {
  icon: IconName;
  heading: string;
  body?: string;
  children?: ReactNode;
}

export function Empty({ icon, heading, body, children }: Props) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} />
      </span>
      <h2 tabIndex={-1} data-focus="empty">
        {heading}
      </h2>
      {body && <p>{body}</p>}
      {children}
    </div>
  );
}
