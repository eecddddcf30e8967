/** Light or dark; without a choice the system's, which public/boot.js sets before the first paint. */

import { useState } from 'react';
import { Icon } from '../components/icon';
import { text } from '../strings';

export function ThemeSwitch() {
  const [isDark, setIsDark] = useState(document.documentElement.dataset.bsTheme === 'dark');

  const toggle = () => {
    const theme = isDark ? 'light' : 'dark';
    document.documentElement.dataset.bsTheme = theme;
    setIsDark(!isDark);
    try {
      localStorage.setItem('theme', theme);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  };
  return (
    <button
      type="button"
      className="nav-link icon-button"
      aria-pressed={isDark}
      aria-label={text.nav.darkTheme}
      title={text.nav.darkTheme}
      onClick={toggle}
    >
      <Icon name={isDark ? 'sun' : 'moon'} />
      <span className="theme-word">{text.nav.darkTheme}</span>
    </button>
  );
}
