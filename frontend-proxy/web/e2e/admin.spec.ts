/** J-O-01 and J-O-02: who may manage users, and what they can do. */

import { type APIRequestContext, expect, type Page, type Route } from '@playwright/test';
import { expectNoFindings, expectNoOverflow } from './axe';
import { ADMIN, gate, newPerson, test } from './people';

/** Notes what is asked of the administrators' part of the API. */
function adminRequests(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/auth/users')) asked.push(request.url());
  });
  return asked;
}

async function countAdmins(request: APIRequestContext): Promise<number> {
  let admins = 0;
  for (let page = 1, seen = 0, total = 1; seen < total; page += 1) {
    const all = await (await request.get(`/api/auth/users?limit=100&page=${page}`)).json();
    admins += all.items.filter(({ role }: { role: string }) => role === 'ADMIN').length;
    seen += all.items.length;
    total = all.total;
  }
  return admins;
}

test('who runs the shop sees everybody, and others see nothing of it', async ({
  browser,
  page,
}) => {
  test.setTimeout(120_000);
  await page.goto('/admin');
  await expect(page).toHaveURL(/\/login\?next=/);

  const person = await newPerson(browser, 'rises');
  const asked = adminRequests(person.page);
  await person.page.goto('/admin/users');
  await expect(
    person.page.getByRole('heading', { level: 1, name: "You don't have access to this" }),
  ).toBeVisible();
  const menu = person.page.getByRole('link', { name: 'Admin', exact: true });
  await expect(menu).toBeHidden();
  await expectNoFindings(person.page, 'a page of others');
  expect(asked).toEqual([]);

  await page.getByLabel('Email').fill(ADMIN.email);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page).toHaveURL(/\/admin\/users$/);
  await page.getByRole('searchbox').fill('de');
  await expect(page.getByRole('button', { name: 'Disable: demo', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Disable: demo2' })).toBeVisible();
  await expect(page).toHaveURL(/search=de$/);
  await page.getByRole('searchbox').fill(person.name);
  await expect(page.getByText('1 user found')).toBeVisible();
  await expectNoFindings(page, '/admin/users');
  await page.setViewportSize({ width: 320, height: 700 });
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await expectNoFindings(page, '/admin/users on a phone in the dark');
  await expectNoOverflow(page, '/admin/users');
  await page.getByRole('button', { name: `Disable: ${person.name}` }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectNoFindings(page, 'the question before an account is disabled');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.setViewportSize({ width: 1280, height: 800 });

  const act = async (action: string, name: string) => {
    await page.getByRole('button', { name: `${action}: ${name}` }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: action });
    // Red is for what locks somebody out.
    await expect(confirm).toHaveClass(action === 'Disable' ? /btn-danger/ : /btn-primary/);
    await confirm.click();
  };
  await act('Make admin', person.name);
  await expect(page.getByRole('button', { name: `Make user: ${person.name}` })).toBeVisible();
  // Their token is void, and the next one says what they may do now: nobody has to sign in again.
  await person.page.getByRole('link', { name: 'Orders' }).click();
  await menu.click();
  await expect(person.page.getByRole('searchbox')).toBeVisible();
  await expect(person.page.getByRole('row').nth(1)).toBeVisible();

  // They search at the very moment at which the right is taken away.
  const taken = gate();
  const hold = async (route: Route) => {
    await taken.opened;
    await route.continue();
  };
  await person.page.route('**/api/auth/users?*', hold, { times: 1 });
  const searched = person.page.waitForRequest(/search=demo/);
  await person.page.getByRole('searchbox').fill('demo');
  await searched;
  await act('Make user', person.name);
  await expect(page.getByRole('button', { name: `Make admin: ${person.name}` })).toBeVisible();
  taken.open();
  await expect(person.page.getByText("You don't have access to this")).toBeVisible();
  await expect(menu).toBeHidden();

  await act('Disable', person.name);
  await expect(page.getByRole('button', { name: `Enable: ${person.name}` })).toBeVisible();
  await expect(person.page).toHaveURL(/\/login/);
  await person.page.getByLabel('Email').fill(person.email);
  await person.page.getByLabel('Password').fill('correct horse');
  await person.page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(person.page.getByRole('alert')).toContainText('This account is disabled.');

  // Only where it is certain to be refused: everybody else needs this administrator.
  expect(await countAdmins(page.request)).toBe(1);
  await page.getByRole('searchbox').fill(ADMIN.email);
  await act('Make user', 'admin');
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText(
    'There must be one admin',
  );
});
