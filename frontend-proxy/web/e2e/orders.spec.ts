/** J-B-07 and J-B-08: watching an order, and looking back. */

import { expect, type Route } from '@playwright/test';
import { list, newPerson, order, placeOrder, test, whenKnown } from './people';

test('a shortage says what is left and gives the cart back ▯', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Mac', '12.00', 2);
  await whenKnown(seller, product);
  const { page } = buyer;
  const id = await order(buyer, product, 3);
  await page.goto(`/orders/${id}`);
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toContainText(`Only 2 of 3 ${product.name} are left.`);
  await expect(alert).toContainText('You were not charged.');
  await expect(page.getByRole('main').getByText('Failed').first()).toBeVisible();
  await page.getByRole('button', { name: 'Put items back in cart' }).click();
  await expect(page).toHaveURL(/\/cart$/);
  // The cart is as it was, and knows at once that so many there are not.
  await expect(page.getByLabel(`Quantity of ${product.name}`)).toHaveValue('2');
  await expect(page.getByText('Only 2 available')).toBeVisible();
  await placeOrder(page).click();
  await expect(page.getByRole('main').getByText('Completed').first()).toBeVisible();
});

test('a verdict from before is there at the first paint', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Bell', '12.00', 2);
  const id = await order(buyer, product, 1);
  await expect
    .poll(async () => (await (await buyer.request.get(`/api/orders/${id}`)).json()).status)
    .toBe('COMPLETED');
  const { page } = buyer;
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => {
      if (document.body?.textContent?.includes('Pending')) seen.push('Pending');
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
  await page.goto(`/orders/${id}`);
  await expect(page.getByRole('main').getByText('Completed').first()).toBeVisible();
  expect(await page.evaluate(() => Reflect.get(window, 'seen'))).toEqual([]);
});

test('a pending order says that it is safe when the verdict takes long', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Slow', '12.00', 2);
  const id = await order(buyer, product, 1);
  const { page } = buyer;
  let isHeld = true;
  await page.routeWebSocket('**/api/orders/ws*', (socket) => socket.close());
  await page.route(`/api/orders/${id}`, async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    if (isHeld) Object.assign(json, { status: 'PENDING', settled_at: null });
    await route.fulfill({ json });
  });
  await page.goto(`/orders/${id}`);
  const main = page.getByRole('main');
  await expect(main.getByText('Usually under a second')).toBeVisible();
  await expect(main.getByText('Checking stock')).toBeVisible();
  await expect(main.getByText('Your order is safe. Confirmation is delayed.')).toBeVisible();
  isHeld = false;
  await expect(main.getByText('Completed').first()).toBeVisible();
});

test('without sockets the page says so, polls, and heals', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Cut', '12.00', 5);
  const { page } = buyer;
  let isCut = true;
  await page.routeWebSocket('**/api/*/ws*', (socket) => {
    if (isCut) socket.close();
    else socket.connectToServer();
  });
  await page.goto('/orders');
  await expect(page.getByText("You haven't placed any orders yet")).toBeVisible();
  await expect(page.getByText(/^Reconnecting… showing data from \d/)).toBeVisible();
  const id = await order(buyer, product, 1);
  const row = page.locator(`[data-order-id="${id}"]`);
  await expect(row).toContainText('Completed');
  isCut = false;
  // Waits grow; who knows that the network is back does not wait.
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect(page.getByTestId('reconnecting')).toBeHidden({ timeout: 15_000 });
  await order(buyer, product, 1);
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(2);
});

test('a status never goes back, whatever an old answer says', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Never', '12.00', 5);
  const { page } = buyer;
  const id = await order(buyer, product, 1);
  await page.goto(`/orders/${id}`);
  await expect(page.getByRole('main').getByText('Completed').first()).toBeVisible();
  await page.route('/api/orders?*', async (route) => {
    const json = await (await route.fetch()).json();
    for (const one of json.items) Object.assign(one, { status: 'PENDING', settled_at: null });
    await route.fulfill({ json });
  });
  await page.getByRole('link', { name: 'All orders' }).click();
  await expect(page.locator(`[data-order-id="${id}"]`)).toContainText('Completed');
});

test('the reasons come even if the first answer is older than the news', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Last', '12.00', 1);
  await whenKnown(seller, product);
  const { page } = buyer;
  await page.goto('/orders');
  const id = await order(buyer, product, 2);
  const row = page.locator(`[data-order-id="${id}"]`);
  await expect(row).toContainText('Failed');
  await page.route(
    `/api/orders/${id}`,
    async (route) => {
      const json = await (await route.fetch()).json();
      Object.assign(json, { status: 'PENDING', settled_at: null, failure: null });
      await route.fulfill({ json });
    },
    { times: 1 },
  );
  await row.getByRole('link').first().click();
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toContainText(`Only 1 of 2 ${product.name} is left.`);
});

test('a list that was asked for before the order came shows it nevertheless', async ({
  browser,
}) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Early', '12.00', 5);
  await whenKnown(seller, product);
  const { page } = buyer;
  const told: string[] = [];
  page.on('websocket', (socket) => {
    if (!socket.url().includes('/api/orders/ws')) return;
    socket.on('framereceived', ({ payload }) => told.push(String(payload)));
  });
  let id = 0;
  let isAsked = false;
  const holdBack = async (route: Route) => {
    const response = await route.fetch();
    isAsked = true;
    await expect.poll(() => told.some((news) => news.includes(`"id":${id},`))).toBe(true);
    await route.fulfill({ response });
  };
  await page.route('/api/orders?*', holdBack, { times: 1 });
  await page.goto('/orders');
  await expect.poll(() => isAsked && told.length > 0).toBe(true);

  id = await order(buyer, product, 1);

  await expect(page.locator(`[data-order-id="${id}"]`)).toContainText('Completed');
});

test('history: empty, then live at the top, and never somebody else’s ▯', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Lens', '12.34', 5);
  await whenKnown(seller, product);
  const { page } = buyer;
  await page.goto('/orders');
  await expect(page.getByText("You haven't placed any orders yet")).toBeVisible();
  await expect(page.getByRole('link', { name: 'Browse products' })).toBeVisible();
  const first = await order(buyer, product, 1);
  await expect(page.locator(`[data-order-id="${first}"]`)).toContainText('Completed');
  const second = await order(buyer, product, 2);
  const rows = page.getByRole('main').getByRole('listitem');
  await expect(rows.first()).toHaveAttribute('data-order-id', String(second));
  await expect(rows.first()).toContainText('$24.68');
  await seller.request.delete(`/api/products/${product.id}`);
  await rows.first().getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name: `Order #${second}` })).toBeFocused();
  await expect(page.getByRole('main')).toContainText(`2 × ${product.name}`);
  await expect(page).toHaveTitle(`Order #${second} · Mesh`);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: `Order #${second}` })).toBeVisible();

  await seller.page.goto(`/orders/${second}`);
  await expect(seller.page.getByRole('heading', { name: '404 – Page not found' })).toBeVisible();
});
