/** When a session ends in the middle of something: asks for the password once, for all that wait. */

import { createStore } from '../store';

interface Asking {
  answer: (isSignedIn: boolean) => void;
}

export const relogin = createStore<Asking | null>(null);
let pending: Promise<boolean> | undefined;

export function askToSignIn(): Promise<boolean> {
  pending ??= new Promise<boolean>((resolve) => {
    relogin.set({
      answer: (isSignedIn) => {
        pending = undefined;
        relogin.set(null);
        resolve(isSignedIn);
      },
    });
  });
  return pending;
}
