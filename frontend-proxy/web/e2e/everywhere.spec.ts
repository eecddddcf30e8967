/** J-X: what holds on every page. */

import { expect } from '@playwright/test';
import { expectNoFindings, expectNoOverflow } from './axe';
import { address, list, newPerson, order, type Person, test } from './people';

async function stage(person: Person, seller: Person): Promise<string[]> {
  const product = await list(seller, 'Axe', '3.00', 2);
  await list(person, 'Own', '3.00', 2);
  await address(person, 'Axe');
  const fine = await order(person, product, 1);
  const failed = await order(person, product, 9);
  await person.page.goto(`/product/${product.id}`);
  await person.page.getByRole('button', { name: `Add ${product.name} to cart` }).click();
  return [
    '/',
    `/product/${product.id}`,
    '/cart',
    '/orders',
    `/orders/${fine}`,
    `/orders/${failed}`,
    '/sales',
    '/products',
    '/account',
    '/account/addresses',
    '/account/sessions',
  ];
}

const SCHEMES: ('light' | 'dark')[] = ['light', 'dark'];
for (const colorScheme of SCHEMES) {
  const phone = colorScheme === 'light' ? ' ▯' : '';

  test(`axe finds nothing serious for guests, ${colorScheme}${phone}`, async ({ page }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const path of [
      '/',
      '/?q=qqqqqqqq',
      '/login',
      '/signup',
      '/cart',
      '/nope',
      '/product/999999',
    ]) {
      await page.goto(path);
      await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0);
      await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
      if (path === '/signup') await page.getByRole('button', { name: 'Create account' }).click();
      await expectNoFindings(page, path);
    }
  });

  test(`axe finds nothing serious for the signed in, ${colorScheme}${phone}`, async ({
    browser,
  }) => {
    test.setTimeout(240_000);
    const seller = await newPerson(browser, 'seller');
    const person = await newPerson(browser, 'axe');
    const { page } = person;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const path of await stage(person, seller)) {
      await page.goto(path);
      await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0);
      await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
      await expectNoFindings(page, path);
    }
    await page.goto('/products');
    await page.getByRole('button', { name: 'Add new product' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await expectNoFindings(page, 'dialog');
  });
}

test('320 px and text of twice the size scroll only down', async ({ browser }) => {
  test.setTimeout(240_000);
  const seller = await newPerson(browser, 'seller');
  const person = await newPerson(browser, 'narrow');
  const { page } = person;
  const paths = await stage(person, seller);
  for (const path of [...paths, '/login', '/signup']) {
    await page.setViewportSize({ width: 320, height: 700 });
    await page.goto(path);
    await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0);
    await expectNoOverflow(page, path);
    await page.setViewportSize({ width: 640, height: 700 });
    await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
    await expectNoOverflow(page, `${path} at 200 %`);
  }
});

test('by keyboard alone: guest, demo, cart, order, logout', async ({ browser, page }) => {
  // Of its own: what other tests sell, they also change, and the catalog moves under the focus.
  const product = await list(await newPerson(browser, 'seller'), 'Keys', '5.00', 3);
  const press = async (name: RegExp | string, role: 'button' | 'link' | 'menuitem' = 'button') => {
    const target = page.getByRole(role, { name }).first();
    await expect(target).toBeVisible();
    await expect(target).toBeEnabled();
    for (let stops = 0; stops < 60; stops += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) break;
      await page.keyboard.press('Tab');
    }
    await expect(target).toBeFocused();
    const outline = await page.evaluate(() => {
      const focused = document.activeElement;
      const card = focused?.closest('.product-card') ?? focused;
      return focused && card
        ? [getComputedStyle(focused).outlineStyle, getComputedStyle(card).outlineStyle]
        : [];
    });
    expect(outline).toContain('solid');
    await page.keyboard.press('Enter');
  };
  await page.goto(`/?q=${encodeURIComponent(product.name)}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await press('Live demo: buyer');
  await expect(page.getByText(/You are trying the shop as demo2/)).toBeVisible();
  await press(`Add ${product.name} to cart`);
  await press(/^Cart, 1 item/, 'link');
  await expect(page.getByRole('heading', { level: 1, name: 'Your cart' })).toBeFocused();
  await press(/^Place order/);
  await expect(page.getByRole('heading', { level: 1, name: /^Order #/ })).toBeFocused();
  await expect(page.locator('.pill')).toHaveText('Completed');
  await press('Profile of demo2');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('link', { name: 'Account', exact: true })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('button', { name: 'Log out' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/login$/);
});

test('a bundle that does not load says so', async ({ page }) => {
  await page.route('/assets/*.js', (route) => route.abort());
  await page.goto('/');
  await expect(page.getByText('The shop did not load.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'reload the page' })).toBeVisible();
});

test('an old tab is told of a new version and loads it when asked', async ({ page }) => {
  await page.route('/version.json', (route) =>
    route.fulfill({ json: { version: '9.9.9', commit: 'feedfacef' } }),
  );
  await page.goto('/cart');
  await expect(page.getByText('A new version is available.')).toBeVisible();
  await page.unroute('/version.json');
  const asked = page.waitForResponse('/version.json');
  await page.getByRole('button', { name: 'Reload' }).click();
  await asked;
  await expect(page.getByRole('heading', { name: 'Your cart' }).first()).toBeVisible();
  await expect(page.getByText('A new version is available.')).toBeHidden();
});

test('without scripts the page says what it needs', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/');
  // The words inside are not found by their text: Playwright looks past this element.
  await expect(page.locator('noscript p')).toContainText('This shop needs JavaScript.');
  await expect(page.locator('noscript p')).toBeVisible();
});

test('hostile names are text, and the policy has nothing to report ▯', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const { page } = buyer;
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/Content.Security.Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    const isOwn = protocol === 'blob:' || protocol === 'data:' || host === new URL(page.url()).host;
    if (!isOwn && page.url() !== 'about:blank') complaints.push(request.url());
  });
  const names = [
    '<script>document.title = "owned"</script><img src=x onerror=alert(1)>',
    `${'مرحبا بالعالم '.repeat(3)}‮evil‬ 🧨🧨`,
    'W'.repeat(255),
  ];
  for (const name of names) {
    const data = { name, price: '99999999.99', category: 'Toys', quantity: 1 };
    const answer = await seller.request.post('/api/products', { data });
    // A server may refuse characters that nobody should have in a name.
    if (answer.status() !== 201) continue;
    const { product } = await answer.json();
    await page.goto(`/product/${product.id}`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
    await expectNoOverflow(page, name);
    await page.getByRole('button', { name: /^Add / }).click();
  }
  for (const path of ['/', '/cart']) {
    await page.goto(path);
    await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0);
    await expectNoOverflow(page, path);
  }
  await expect(page).toHaveTitle('Cart · Mesh');
  expect(complaints).toEqual([]);
});

test('the chosen scheme is there before the first paint and stays', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/');
  await page.getByRole('button', { name: 'Dark theme' }).click();
  await page.reload({ waitUntil: 'commit' });
  await expect(page.locator('html')).toHaveAttribute('data-bs-theme', 'dark');
  await expect(page.getByRole('button', { name: 'Dark theme' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
});
