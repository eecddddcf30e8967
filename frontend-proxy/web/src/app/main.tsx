/** Starts the app. */

import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import '../styles/app.scss';
import { whenSessionEnds } from '../api/client';
import { askToSignIn } from '../session/relogin';
import { queryClient } from './query-client';
import { router } from './router';

whenSessionEnds(askToSignIn);
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
