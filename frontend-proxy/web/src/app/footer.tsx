/** What this is, and exactly which. The same as in /version.json. */

import { text } from '../strings';

export function Footer() {
  return (
    <footer className="site-footer">
      <p>{text.footer.about}</p>
      <p>
        <a href="/api/docs">{text.footer.api}</a>
      </p>
      <p className="fine-print">{text.footer.version(__VERSION__, __COMMIT__)}</p>
    </footer>
  );
}
