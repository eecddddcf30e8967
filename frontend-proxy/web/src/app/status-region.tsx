/** The one place that speaks to screen readers; on the page from the start, or they miss it. */

import { spoken } from '../notices/notices';
import { useStore } from '../store';

export function StatusRegion() {
  return (
    <div className="visually-hidden" role="status">
      {useStore(spoken)}
    </div>
  );
}
