/** The bar on top; below 768 px its links are behind «Menu». */

import { useEffect, useState } from 'react';
import { Link, NavLink, useLocation } from 'react-router';
import { Icon } from '../components/icon';
import { may, type Permission } from '../session/permissions';
import { useSession } from '../session/use-session';
import { text } from '../strings';
import { CartLink } from './cart-link';
import { ProfileMenu } from './profile-menu';
import { ThemeSwitch } from './theme-switch';

/** Pages of one's own, and what one must be allowed to see there. */
const LINKS: [to: string, label: string, permission: Permission][] = [
  ['/products', text.nav.products, 'product:write:own'],
  ['/sales', text.nav.sales, 'order:read:own'],
  ['/orders', text.nav.orders, 'order:read:own'],
  ['/admin', text.nav.admin, 'user:manage'],
];

export function Navigation() {
  const [isOpen, setIsOpen] = useState(false);
  const { isKnown, user } = useSession();
  const { pathname } = useLocation();

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the menu
  useEffect(() => setIsOpen(false), [pathname]);
  useEffect(() => {
    if (!isOpen) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && setIsOpen(false);
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [isOpen]);

  const links = LINKS.filter(([, , permission]) => may(user, permission));
  return (
    <header className="site-header">
      <nav className="site-nav" aria-label={text.nav.label}>
        <Link className="brand" to="/">
          <img src="/icon.svg" alt="" width="28" height="28" />
          {text.brand}
        </Link>
        <button
          type="button"
          className="menu-button"
          aria-expanded={isOpen}
          aria-controls="site-links"
          onClick={() => setIsOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'cross' : 'menu'} />
          {text.menu}
        </button>
        <div id="site-links" className={isOpen ? 'site-links is-open' : 'site-links'}>
          <NavLink className="nav-link" to="/" end>
            {text.nav.shop}
          </NavLink>
          {links.map(([to, label]) => (
            <NavLink className="nav-link" key={to} to={to}>
              {label}
            </NavLink>
          ))}
          <span className="nav-gap" />
          <ThemeSwitch />
          {isKnown && !user && (
            <>
              <NavLink className="nav-link" to="/login">
                {text.nav.login}
              </NavLink>
              <Link className="btn btn-primary" to="/signup">
                {text.nav.signup}
              </Link>
            </>
          )}
          {user && <ProfileMenu user={user} />}
        </div>
        <CartLink />
      </nav>
    </header>
  );
}
