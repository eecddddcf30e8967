/** What every page must be like for people who do not see it, or see it large. */

import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export async function expectNoFindings(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = bad.map(({ id, nodes }) => `${where}: ${id} ${nodes.map((n) => n.html).join(' ')}`);
  expect(told).toEqual([]);
}

/** No sideways scrolling, and nothing that runs out of the window. */
export async function expectNoOverflow(page: Page, where: string): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide, `${where} is too wide`).toBeLessThanOrEqual(0);
}
