/** A page that is on its way. */

import { text } from '../strings';
import { Skeleton } from './skeleton';

export function PageSkeleton() {
  return (
    <div aria-busy="true">
      <p className="visually-hidden">{text.loading}</p>
      <Skeleton kind="title" />
      <Skeleton kind="row" count={4} />
    </div>
  );
}
