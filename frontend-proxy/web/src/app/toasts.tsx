/** Short news in a corner. They are said by the status region, so here they are silent. */

import { dismissToast, type Toast, toasts } from '../notices/notices';
import { useStore } from '../store';
import { ToastCard } from './toast-card';

export function Toasts() {
  const shown: Toast[] = useStore(toasts);

  return (
    <div className="toasts">
      {shown.map((toast) => (
        <ToastCard key={toast.id} toast={toast} onDone={() => dismissToast(toast.id)} />
      ))}
    </div>
  );
}
