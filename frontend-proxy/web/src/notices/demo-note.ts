/** Whether the note about the demo is to be seen: from a demo login until somebody closes it. */

import { createStore } from '../store';

export const demoNote = createStore(false);

export const showDemoNote = (): void => demoNote.set(true);
export const hideDemoNote = (): void => demoNote.set(false);
