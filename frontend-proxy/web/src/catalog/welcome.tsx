/** What a guest sees first: what this is, and two ways in. */

import { Link } from 'react-router';
import { DemoButtons } from '../components/demo-buttons';
import { showDemoNote } from '../notices/demo-note';
import { useSessionActions } from '../session/use-session';
import { text } from '../strings';

export function Welcome() {
  const { refresh } = useSessionActions();

  return (
    <section className="welcome" aria-label={text.demo.label}>
      <div>
        <p className="welcome-line">{text.tagline}</p>
        <p className="welcome-ask">
          <Link to="/login">{text.catalog.loginToBuy}</Link>
        </p>
      </div>
      <div>
        <p>{text.demo.invite}</p>
        <DemoButtons
          onSignedIn={async () => {
            showDemoNote();
            await refresh();
          }}
        />
      </div>
    </section>
  );
}
