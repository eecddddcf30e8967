/** J-B-01 and J-B-02: signing up, logging in and out, the demo. */

import { expect, type Route } from '@playwright/test';
import { logIn, newPerson, PASSWORD, register, test, unique } from './people';

test('a new account is checked field by field, then created ▯', async ({ page }) => {
  await page.goto('/signup');
  await expect(page.getByRole('heading', { level: 1, name: 'Create your account' })).toBeVisible();
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('4 fields need attention')).toBeVisible();
  await expect(page.getByLabel('Username')).toBeFocused();

  const name = unique('new').slice(0, 30);
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Email').fill(`${name}@example.com`);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByLabel('Repeat password').fill('other');
  await page.getByLabel('Repeat password').blur();
  const ofPassword = page.getByLabel('Password', { exact: true });
  await expect(ofPassword).toHaveAccessibleDescription('At least 8 characters');
  const ofRepeat = page.getByLabel('Repeat password');
  await expect(ofRepeat).toHaveAccessibleDescription('Passwords do not match');

  await ofPassword.fill(PASSWORD);
  await ofRepeat.fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).dblclick();
  await expect(page).toHaveURL(/\/login$/);
  await expect(page.getByRole('main').getByText('Account created. Please log in.')).toBeVisible();
  await expect(page.getByLabel('Email')).toHaveValue(`${name}@example.com`);
});

test('a taken name is told under the field, and what was typed stays', async ({ page }) => {
  const { name } = await register(page, 'taken');
  await page.goto('/signup');
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Email').fill(`${unique('other')}@example.com`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Repeat password').fill(PASSWORD);
  await page.route('/api/auth/signup', (route) => route.abort(), { times: 1 });
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('We could not reach the shop. Nothing was saved.')).toBeVisible();

  await page.getByRole('button', { name: 'Create account' }).click();
  const field = page.getByLabel('Username');
  await expect(field).toHaveAccessibleDescription('This username or email is taken');
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(name);
});

test('a wrong password and an unknown email are the same to a stranger', async ({ page }) => {
  const { email } = await register(page, 'wrong');
  for (const tried of [email, `${unique('nobody')}@example.com`]) {
    await page.goto('/login');
    await page.getByLabel('Email').fill(tried);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText('Email or password is wrong');
    await expect(page.getByLabel('Password')).toBeFocused();
    await expect(page.getByLabel('Email')).toHaveValue(tried);
  }
});

test('too many tries count down', async ({ page }) => {
  await page.route(/\/api\/auth\/(login|signup)$/, (route) =>
    route.fulfill({
      status: 429,
      headers: { 'retry-after': '4' },
      json: { message: '', code: 'X' },
    }),
  );
  const alert = page.getByRole('alert').filter({ hasText: /Too many tries\. Wait \d s\./ });
  await page.goto('/login');
  await page.getByLabel('Email').fill('a@example.com');
  await page.getByLabel('Password').fill('whatever');
  const button = page.getByRole('button', { name: 'Log in', exact: true });
  await button.click();
  await expect(alert).toBeVisible();
  await expect(button).toBeDisabled();
  await expect(button).toBeEnabled();

  await page.goto('/signup');
  await page.getByLabel('Username').fill('somebody');
  await page.getByLabel('Email').fill('a@example.com');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Repeat password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(alert).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create account' })).toBeDisabled();
});

test('after a login one is back where one wanted to go', async ({ page }) => {
  const { email } = await register(page, 'back');
  await page.goto('/orders?page=1');
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page).toHaveURL(/\/orders\?page=1$/);
  await expect(page.getByRole('heading', { name: 'Your orders' })).toBeFocused();
  expect(await page.evaluate(() => document.cookie)).not.toContain('token');
});

test('an address cannot send people to another site after the login', async ({ page }) => {
  await page.goto('/login?next=//evil.example');
  await page.getByRole('button', { name: 'Live demo: buyer' }).click();
  await expect(page.getByRole('heading', { name: 'Products for sale' })).toBeVisible();
});

test('the demo is one click away, on the home page and at the login ▯', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Live demo: buyer' }).click();
  const note = page.getByText('You are trying the shop as demo2. Data may be reset.');
  await expect(note).toBeVisible();
  await page.getByRole('button', { name: 'Dismiss' }).first().click();
  await expect(note).toBeHidden();
});

test('a logout in one tab is a logout in all, and Back shows nothing private', async ({
  browser,
}) => {
  const { page, name } = await newPerson(browser, 'tabs');
  const other = await page.context().newPage();
  await other.goto('/orders');
  await expect(other.getByRole('heading', { name: 'Your orders' })).toBeVisible();
  await page.goto('/orders');
  const token = (await page.context().cookies()).find((cookie) => cookie.name === 'token');
  await page.getByRole('button', { name: `Profile of ${name}` }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.locator('.toasts').getByText('Signed out')).toBeVisible();
  await expect(page).toHaveURL(/\/login/);
  await expect(other).toHaveURL(/\/login/);
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Your orders' })).toBeHidden();

  // The copied cookie is void as well; the proxy hears of it by a message.
  const headers = { cookie: `token=${token?.value}` };
  await expect
    .poll(async () => (await page.request.get('/api/orders', { headers })).status())
    .toBe(401);
});

test('a session that ends in a form asks again, and the form carries on', async ({ browser }) => {
  const { page, email } = await newPerson(browser, 'ends');
  await page.goto('/products');
  await page.getByRole('button', { name: 'Add your first product' }).click();
  const product = unique('Kite');
  await page.getByLabel('Name').fill(product);
  await page.getByLabel('Price').fill('12.50');
  // No request before it shall find out.
  const end = async (route: Route) => {
    await page.context().clearCookies();
    await route.fulfill({ status: 401, json: { code: 'UNAUTHORIZED', message: 'Unauthorized' } });
  };
  await page.route('/api/products', end, { times: 1 });
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('dialog', { name: 'Please log in again' });
  await expect(dialog.getByLabel('Email')).toHaveValue(email);
  await dialog.getByLabel('Password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('link', { name: product })).toBeVisible();
  await logIn(page, email);
  const own = await (await page.request.get('/api/products/')).json();
  expect(own).toHaveLength(1);
});
