/** Brings the dialog that asks to log in again when something waits for it. */

import { lazy, Suspense } from 'react';
import { relogin } from '../session/relogin';
import { useStore } from '../store';

// Most visits never need it, and dialogs are a good part of the code.
const ReloginDialog = lazy(async () => ({
  default: (await import('./relogin-dialog')).ReloginDialog,
}));

export function Relogin() {
  const asking = useStore(relogin);

  return <Suspense>{asking && <ReloginDialog answer={asking.answer} />}</Suspense>;
}
