/** Reminds those who try the shop that others do as well. */

import CloseButton from 'react-bootstrap/CloseButton';
import { demoNote, hideDemoNote } from '../notices/demo-note';
import { useSession } from '../session/use-session';
import { useStore } from '../store';
import { text } from '../strings';

export function DemoNote() {
  const { user } = useSession();
  const isShown = useStore(demoNote);

  if (!user || !isShown) return null;
  return (
    <div className="banner banner-quiet">
      <p>{text.demo.note(user.username)}</p>
      <CloseButton aria-label={text.dismiss} onClick={hideDemoNote} />
    </div>
  );
}
