/** When a token is void in the middle of something: gets a new one, or asks for the password once, for
 * all that wait. */

import { createStore } from '../store';
import { renew } from './renew';

interface Asking {
  answer: (isSignedIn: boolean) => void;
}

export const relogin = createStore<Asking | null>(null);
let pending: Promise<boolean> | undefined;

export async function signInAgain(sentAt: number): Promise<boolean> {
  return (await renew(sentAt)) || askForPassword();
}

function askForPassword(): Promise<boolean> {
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
