/** The ways between the pages of an account. */

import { NavLink } from 'react-router';
import { text } from '../strings';

const PAGES = [
  ['/account', text.account.profile],
  ['/account/addresses', text.addresses.title],
  ['/account/sessions', text.sessions.title],
] as const;

export function AccountTabs() {
  return (
    <nav className="tabs" aria-label={text.account.title}>
      {PAGES.map(([to, label]) => (
        <NavLink className="nav-link" key={to} to={to} end>
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
