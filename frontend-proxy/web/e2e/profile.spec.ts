/** J-B-10: one's account, where one is signed in, and a session that outlives its token. */

import { type BrowserContext, expect, type Page } from '@playwright/test';
import { expectNoFindings } from './axe';
import {
  addToCart,
  again,
  list,
  newPerson,
  PASSWORD,
  placeOrder,
  test,
  unique,
  whenKnown,
} from './people';

// Long journeys, each with several people or browsers.
test.describe.configure({ timeout: 60_000 });

const toast = (page: Page, words: string) => page.locator('.toasts').getByText(words);

/** How often this browser has asked for a new token so far. */
function renewals(context: BrowserContext): () => number {
  let count = 0;
  context.on('request', (request) => {
    if (request.url().endsWith('/api/auth/refresh')) count += 1;
  });
  return () => count;
}

test('a void token is renewed without a word, by one tab for all', async ({ browser, page }) => {
  const countOfGuest = renewals(page.context());
  await page.goto('/');
  await expect(page.getByRole('link', { name: 'Log in', exact: true })).toBeVisible();
  expect(countOfGuest()).toBe(0);

  const person = await newPerson(browser, 'stays');
  const context = person.page.context();
  const count = renewals(context);
  const other = await context.newPage();
  const tabs = [person.page, other];
  for (const tab of tabs) {
    await tab.goto('/orders');
    await expect(tab.getByText("You haven't placed any orders yet")).toBeVisible();
  }
  await context.clearCookies({ name: 'token' });
  await Promise.all(tabs.map((tab) => tab.getByRole('link', { name: 'Sales' }).click()));
  for (const tab of tabs) await expect(tab.getByText('No sales yet')).toBeVisible();
  expect(count()).toBe(1);

  // As after a night: the token is gone, the session is not.
  await context.clearCookies({ name: 'token' });
  await other.close();
  await person.page.reload();
  await expect(person.page.getByText('No sales yet')).toBeVisible();
  expect(count()).toBe(2);
});

test('name, email and password change, each with what it needs', async ({ browser }) => {
  const person = await newPerson(browser, 'edits');
  const { page } = person;
  await page.goto('/account');
  const profile = page.getByRole('form', { name: 'Profile' });
  const save = profile.getByRole('button', { name: 'Save' });
  const name = unique('named').slice(0, 30);
  await profile.getByLabel('Username').fill('a b');
  await save.click();
  await expect(profile.getByLabel('Username')).toHaveAccessibleDescription(/3 to 30 letters/);
  await expect(profile.getByLabel('Username')).toBeFocused();
  await profile.getByLabel('Username').fill(name);
  await save.click();
  await expect(toast(page, 'Saved')).toBeVisible();
  await expect(page.locator('.user-name')).toHaveText(name);

  const email = `${unique('mail')}@example.com`;
  await profile.getByLabel('Email').fill(email);
  await profile.getByLabel('Current password').fill('not the password');
  await save.click();
  const ofOld = profile.getByLabel('Current password');
  await expect(ofOld).toHaveAccessibleDescription('This is not your current password');
  await expect(ofOld).toBeFocused();
  await ofOld.fill(PASSWORD);
  await save.click();
  await expect(ofOld).toBeHidden();

  const elsewhere = await again(browser, { ...person, email });
  const form = page.getByRole('form', { name: 'Change password' });
  await form.getByLabel('Current password').fill(PASSWORD);
  await form.getByLabel('New password', { exact: true }).fill(`${PASSWORD}!`);
  await form.getByLabel('Repeat new password').fill(`${PASSWORD}!`);
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(toast(page, 'Password changed')).toBeVisible();
  await expect(form.getByLabel('Current password')).toHaveValue('');
  // Everywhere else the session is over; here it is not.
  const ask = async () => (await elsewhere.request.get('/api/auth/me')).status();
  await expect.poll(ask).toBe(401);
  await page.goto('/orders');
  await expect(page.getByText("You haven't placed any orders yet")).toBeVisible();
});

test('the demo account says why it stays as it is', async ({ page }) => {
  await page.request.post('/api/auth/demo-login', { data: { as: 'buyer' } });
  await page.goto('/account');
  await expect(page.getByText(/^Everybody uses this demo account/)).toBeVisible();
  await expect(page.getByLabel('Username')).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
});

test('an address is kept, preselected at checkout, and stays with the order ▯', async ({
  browser,
}) => {
  const seller = await newPerson(browser, 'seller');
  const { page } = await newPerson(browser, 'lives');
  const product = await list(seller, 'Parcel', '12.00', 5);
  await whenKnown(seller, product);
  await page.goto('/account/addresses');
  await expect(page.getByText('No addresses yet')).toBeVisible();
  const add = async (name: string, isDefault: boolean) => {
    await page.getByRole('button', { name: 'Add address' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add an address' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog.getByLabel('Full name')).toHaveAccessibleDescription('Fill this in');
    await expect(dialog.getByLabel('Full name')).toBeFocused();
    await dialog.getByLabel('Full name').fill(name);
    await dialog.getByLabel('Street and number').fill('12 Main Street');
    await dialog.getByLabel('Postal code').fill('10115');
    await dialog.getByLabel('City').fill('Berlin');
    await dialog.getByLabel('Country').selectOption('Germany');
    if (isDefault) await dialog.getByLabel('Use as default').check();
    else await expectNoFindings(page, 'address dialog');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('listitem').filter({ hasText: name })).toBeVisible();
  };
  await add('Ada Home', false);
  await add('Ada Work', true);
  const card = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Ada Work' });
  await expect(card.getByText('Default', { exact: true })).toBeVisible();

  await addToCart(page, product);
  await page.goto('/cart');
  await expect(page.getByLabel('Address')).toContainText('Ada Home');
  await expect(page.getByRole('region', { name: 'Deliver to' })).toContainText('10115 Berlin');
  await placeOrder(page).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  const order = page.url();
  const region = page.getByRole('region', { name: 'Deliver to' });
  await expect(region).toContainText('Ada Work');
  await expect(region).toContainText('Germany');

  await page.goto('/account/addresses');
  await page.getByRole('button', { name: 'Delete the address of Ada Work' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(card).toBeHidden();
  await expect(page.getByText('Default', { exact: true })).toBeVisible();
  await page.goto(order);
  await expect(region).toContainText('Ada Work');
});

test('signing out there, and everywhere else', async ({ browser }) => {
  const person = await newPerson(browser, 'roams');
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => again(browser, person)));
  if (!first || !second || !third) throw new Error('three browsers');
  await first.page.goto('/orders');
  await expect(first.page.getByRole('heading', { name: 'Your orders' })).toBeVisible();
  await second.page.goto('/account/sessions');
  const rows = second.page.getByRole('main').getByRole('listitem');
  await expect(rows).toHaveCount(4);
  await expect(rows.first()).toContainText('This browser');
  await expect(rows.first()).toContainText(/ on Linux/);

  await second.page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await second.page
    .getByRole('dialog')
    .getByRole('button', { name: 'Sign out everywhere else' })
    .click();
  await expect(rows).toHaveCount(1);
  // Its socket hears of it: nobody has to click there.
  await expect(first.page).toHaveURL(/\/login/);
  const ask = async () => (await third.request.get('/api/auth/me')).status();
  await expect.poll(ask).toBe(401);

  const fourth = await again(browser, person);
  await second.page.reload();
  await expect(rows).toHaveCount(2);
  await rows
    .nth(1)
    .getByRole('button', { name: /^Sign out there/ })
    .click();
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText('This browser');
  await expect.poll(async () => (await fourth.request.get('/api/auth/me')).status()).toBe(401);
});
