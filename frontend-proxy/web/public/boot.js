// Runs before the first paint, and stays outside the bundle: it must work when the bundle does not.
(() => {
  // Must match src/app/theme.ts. Without a choice of their own, people get what their system has.
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem('theme');
    } catch {
      // Storage may be forbidden; the system's scheme will do.
    }
    const theme =
      chosen === 'light' || chosen === 'dark' ? chosen : dark.matches ? 'dark' : 'light';
    document.documentElement.dataset.bsTheme = theme;
  };
  apply();
  dark.addEventListener('change', apply);

  // The app removes the element when it draws its first screen.
  const fail = () => {
    const text = document.getElementById('boot-failure');
    if (text) text.hidden = false;
  };
  addEventListener('error', (event) => event.target instanceof HTMLScriptElement && fail(), true);
  setTimeout(fail, 10_000);
})();
