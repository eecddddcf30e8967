/** J-B-06: one order, whatever happens on the way. */

import { type Browser, expect } from '@playwright/test';
import {
  addToCart,
  change,
  hears,
  holdOrders,
  list,
  newPerson,
  orderCount,
  PASSWORD,
  placeOrder,
  spoken,
  test,
  whenChanged,
} from './people';

/** A buyer who looks at a cart with one of a new product in it. */
async function atTheCart(browser: Browser, word: string, price = '15.00') {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, word, price, 9);
  const { page } = buyer;
  await addToCart(page, product);
  await page.goto('/cart');
  return { seller, buyer, page, product };
}

test('one click orders; the verdict comes by itself ▯', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const { page } = buyer;
  const product = await list(seller, 'Clock', '1049.98', 3);
  const heard = hears(page);
  await addToCart(page, product);
  await page.getByRole('link', { name: /^Cart, 1 item/ }).click();
  await page.evaluate(() => Object.assign(window, { wasHere: true }));
  await expect(placeOrder(page)).toHaveText('Place order · $1,049.98');
  await heard;
  await placeOrder(page).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  const id = page.url().split('/').pop();
  await expect(page.getByRole('heading', { level: 1, name: `Order #${id}` })).toBeFocused();
  await expect(page.getByRole('main').getByText('Completed').first()).toBeVisible();
  await expect(spoken(page)).toHaveText(`Order ${id} completed`);
  expect(await page.evaluate(() => 'wasHere' in window)).toBe(true);
  // Only an answer that was lost is news.
  await expect(page.getByText('Your order went through')).toBeHidden();
  await expect(page.getByRole('link', { name: 'Cart', exact: true })).toBeVisible();
});

test('double click, Enter and a second tab make one order', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Vase', '8.00', 9);
  const { page } = buyer;
  await addToCart(page, product);
  const other = await page.context().newPage();
  for (const tab of [page, other]) {
    await tab.goto('/cart');
    await expect(placeOrder(tab)).toBeEnabled();
  }
  // The button of one tab goes as soon as the other has ordered.
  await holdOrders([page, other]);
  const clickTwice = (button: HTMLElement) => {
    button.click();
    button.click();
  };
  await Promise.all([page, other].map((tab) => placeOrder(tab).evaluate(clickTwice)));
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await expect(other).toHaveURL(page.url());
  expect(await orderCount(buyer)).toBe(1);
});

test('a lost answer is asked for with the same key ▯', async ({ browser }) => {
  const { buyer, page } = await atTheCart(browser, 'Globe');
  const keys: (string | undefined)[] = [];
  await page.route('/api/orders', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    // The order reaches the shop, its answer never reaches the buyer.
    if (keys.length <= 2) {
      await route.fetch();
      await route.abort();
      return;
    }
    await route.continue();
  });
  await placeOrder(page).click();
  await expect(page.getByText('Checking whether your order went through…')).toBeVisible();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await expect(page.locator('.toasts').getByText('Your order went through')).toBeVisible();
  expect(new Set(keys).size).toBe(1);
  expect(await orderCount(buyer)).toBe(1);
  expect(await page.evaluate(() => localStorage.getItem('checkout'))).toBeNull();
});

test('a reload in the middle finds the order again', async ({ browser }) => {
  const { buyer, page } = await atTheCart(browser, 'Flute');
  let sent = 0;
  await page.route('/api/orders', async (route) => {
    sent += 1;
    if (sent > 1) return route.continue();
    await route.fetch();
    // And no answer at all.
  });
  await placeOrder(page).click();
  await expect.poll(() => orderCount(buyer)).toBe(1);
  await page.goto('/');
  await expect(page.getByText('Your order went through.')).toBeVisible();
  await page.getByRole('link', { name: /^See order \d+/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Order #/ })).toBeVisible();
  expect(await orderCount(buyer)).toBe(1);
  await expect(page.getByRole('link', { name: 'Cart', exact: true })).toBeVisible();
});

test('who is signed out before the answer finds the order at the next login', async ({
  browser,
}) => {
  const { buyer, page } = await atTheCart(browser, 'Viola');
  await page.route(
    '/api/orders',
    async (route) => {
      await route.fetch();
      await page.context().clearCookies();
      await route.abort();
    },
    { times: 1 },
  );
  await placeOrder(page).click();
  await expect(page.getByRole('dialog', { name: 'Please log in again' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('alert')).toContainText('We could not find out yet');
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.getByLabel('Email').fill(buyer.email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  // Led to the order, or told of it in the cart, if the answer was faster than the cart.
  const order = page.getByRole('heading', { level: 1, name: /^Order #/ });
  await expect(order.or(page.getByRole('link', { name: /^See order/ }))).toBeVisible();
  expect(await orderCount(buyer)).toBe(1);
});

test('a refusal after a lost answer leaves the cart as it was', async ({ browser }) => {
  const { page, product } = await atTheCart(browser, 'Harp');
  let sent = 0;
  await page.route('/api/orders', (route) => {
    sent += 1;
    if (sent === 1) return route.abort();
    return route.fulfill({ status: 400, json: { code: 'BAD_REQUEST', message: 'No such luck' } });
  });
  await placeOrder(page).click();
  await expect(page.getByRole('alert')).toContainText('It did not go through. Try again');
  await expect(page.getByLabel(`Quantity of ${product.name}`)).toHaveValue('1');
});

test('a price that changes at the last moment is asked about', async ({ browser }) => {
  const { seller, buyer, page, product } = await atTheCart(browser, 'Desk', '100.00');
  await expect(placeOrder(page)).toBeEnabled();
  // The page must not hear of it before the server does.
  await page.route('/api/products/**', (route) => route.abort());
  await change(seller, product.id, { price: '120.00' });
  await whenChanged(browser, product);
  await placeOrder(page).click();
  const dialog = page.getByRole('dialog', { name: 'Prices changed' });
  await expect(dialog).toContainText('$100.00 → $120.00');
  await dialog.getByRole('button', { name: 'Accept and order' }).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await expect(page.getByRole('main')).toContainText('$120.00');
  expect(await orderCount(buyer)).toBe(1);
});

test('a cart whose key belongs to another order says so and orders nothing by itself', async ({
  browser,
}) => {
  const { buyer, page, product } = await atTheCart(browser, 'Lute');
  let isCut = true;
  await page.route('/api/orders', async (route) => {
    if (!isCut) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await placeOrder(page).click();
  await expect(page.getByText('Checking whether your order went through…')).toBeVisible();
  // Somebody clears the note of what was sent, but not the cart, and orders something else.
  await page.evaluate(() => localStorage.removeItem('checkout'));
  await page.goto('/cart');
  isCut = false;
  await page.getByLabel(`Quantity of ${product.name}`).fill('2');
  await placeOrder(page).click();
  await expect(page.getByRole('alert')).toContainText(
    'This order was already sent with other items',
  );
  expect(await orderCount(buyer)).toBe(1);
});

test('who orders too often is told when to try again, and the cart waits ▯', async ({
  browser,
}) => {
  const { buyer, page, product } = await atTheCart(browser, 'Bell');
  const quantity = page.getByLabel(`Quantity of ${product.name}`);
  await quantity.fill('2');
  // As the door answers, once.
  await page.route(
    '/api/orders',
    (route) =>
      route.fulfill({
        status: 429,
        headers: {
          'retry-after': '4',
          'ratelimit-limit': '10',
          'ratelimit-remaining': '0',
          'ratelimit-reset': '56',
        },
        json: {
          message: 'too many requests; wait a little and try again',
          code: 'RATE_LIMITED',
          request_id: '01a200d1-8152-76f7-b125-b9efcf20ba0f',
        },
      }),
    { times: 1 },
  );
  await placeOrder(page).click();
  const alert = page.getByRole('alert');
  await expect(alert).toContainText(
    /Nothing was ordered and your cart is kept\. Try again in \d s\./,
  );
  await expect(alert).toBeInViewport();
  await expect(placeOrder(page)).toBeDisabled();
  await expect(quantity).toHaveValue('2');
  expect(await orderCount(buyer)).toBe(0);

  await expect(placeOrder(page)).toBeEnabled();
  await expect(alert).toBeHidden();
  await placeOrder(page).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await expect(page.getByRole('main')).toContainText('$30.00');
  expect(await orderCount(buyer)).toBe(1);
});

test('offline, the button says so; back online it works', async ({ browser }) => {
  const { page, product } = await atTheCart(browser, 'Oboe');
  await expect(placeOrder(page)).toBeEnabled();
  await page.context().setOffline(true);
  await expect(page.getByRole('button', { name: 'You are offline' })).toBeDisabled();
  await page.getByRole('button', { name: `One more of ${product.name}` }).click();
  await page.context().setOffline(false);
  await placeOrder(page).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
});
