/** Starts the app. */

import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import '../styles/app.scss';
import { whenAnswered, whenTokenIsVoid } from '../api/client';
import { noteAnswer } from '../live/outage';
import { signInAgain } from '../session/relogin';
import { queryClient } from './query-client';
import { router } from './router';

whenAnswered(noteAnswer);
whenTokenIsVoid(async (sentAt) => {
  const isSignedIn = await signInAgain(sentAt);
  // A token is void also when what its bearer may do has changed.
  if (isSignedIn) void queryClient.invalidateQueries({ queryKey: ['session'] });
  return isSignedIn;
});
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
