/** What people call the browser that names itself like this. */

import { text } from '../strings';

/** The first that fits: most claim to be several others too. */
const BROWSERS: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|HeadlessChrome|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const SYSTEMS: [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** As `Firefox on Linux`; a program that is no browser is called by its own first word. */
export function browserName(userAgent: string): string {
  const find = (known: [RegExp, string][]) => known.find(([form]) => form.test(userAgent))?.[1];
  const own = userAgent.split(/[\s/]/)[0]?.slice(0, 40);
  const browser = find(BROWSERS) ?? (own || text.sessions.unknown);
  const system = find(SYSTEMS);
  return system ? text.sessions.browserOn(browser, system) : browser;
}
