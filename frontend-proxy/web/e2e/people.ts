/** People and products of a test's own, so that tests run in any order and at the same time. */

import {
  type APIRequestContext,
  type Browser,
  type BrowserContext,
  test as base,
  expect,
  type Page,
  type WebSocket,
} from '@playwright/test';

export const PASSWORD = 'correct horse';

/** The administrator that a mesh for development has. */
export const ADMIN = { email: 'admin@admin.com', password: 'demotest' };

export interface Person {
  page: Page;
  request: APIRequestContext;
  name: string;
  email: string;
}

/** A test whose people leave with it: pages left open go on drawing what later tests do. */
export const test = base.extend<{ leaving: undefined }>({
  leaving: [
    async ({ browser }, use) => {
      await use(undefined);
      const leave = async (context: BrowserContext) => {
        // A request that is still held back is nobody's failure any more.
        const pages = context.pages();
        await Promise.all(pages.map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
        await context.close();
      };
      await Promise.all(browser.contexts().map(leave));
    },
    { auto: true },
  ],
});

let made = 0;

/** Letters and digits that no other test has. */
export function unique(word: string): string {
  made += 1;
  return `${word}${process.pid.toString(36)}${Date.now().toString(36)}${made}`;
}

/** Somebody who just signed up and is signed in, in a browser of their own. */
export async function newPerson(browser: Browser, word: string): Promise<Person> {
  const page = await (await browser.newContext()).newPage();
  const person = await register(page, word);
  await logIn(page, person.email);
  return person;
}

export async function register(page: Page, word: string): Promise<Person> {
  const name = unique(word).slice(0, 30);
  const email = `${name.toLowerCase()}@example.com`;
  const json = { username: name, email, password: PASSWORD, repeat_password: PASSWORD };
  const answer = await page.request.post('/api/auth/signup', { data: json });
  expect(answer.status()).toBe(201);
  return { page, request: page.request, name, email };
}

export async function logIn(page: Page, email: string): Promise<void> {
  const data = { email, password: PASSWORD };
  expect((await page.request.post('/api/auth/login', { data })).status()).toBe(200);
}

export interface Listed {
  id: number;
  name: string;
  price: string;
}

export async function list(
  seller: Person,
  word: string,
  price: string,
  quantity: number,
): Promise<Listed> {
  const data = { name: `${word} ${unique('x')}`, price, category: 'Toys', quantity };
  const answer = await seller.request.post('/api/products', { data });
  expect(answer.status()).toBe(201);
  return (await answer.json()).product;
}

/** Waits until orders know the product: they hear of it by a message. Its seller may not order it,
 * so asking leaves nothing behind. */
export async function whenKnown(seller: Person, product: Listed): Promise<void> {
  const items = [{ product_id: product.id, price: product.price, quantity: 1 }];
  const ask = async () => (await seller.request.post('/api/orders', { data: { items } })).status();
  await expect.poll(ask).toBe(400);
}

/** Waits until an order at this price is told that it is another one, which leaves nothing behind. */
export async function whenChanged(browser: Browser, { id, price }: Listed): Promise<void> {
  const third = await newPerson(browser, 'third');
  const items = [{ product_id: id, price, quantity: 1 }];
  const ask = async () => (await third.request.post('/api/orders', { data: { items } })).status();
  await expect.poll(ask).toBe(409);
}

/** When the page hears of its orders and sales. Call it before the page is opened. */
export async function hears(page: Page): Promise<void> {
  const isOfOrders = (socket: WebSocket) => socket.url().includes('/api/orders/ws');
  const socket = await page.waitForEvent('websocket', isOfOrders);
  await socket.waitForEvent('framereceived');
}

export async function change(seller: Person, id: number, data: object): Promise<void> {
  expect((await seller.request.patch(`/api/products/${id}`, { data })).status()).toBe(200);
}

export async function order(buyer: Person, product: Listed, quantity: number): Promise<number> {
  const items = [{ product_id: product.id, price: product.price, quantity }];
  const answer = await buyer.request.post('/api/orders', { data: { items } });
  expect(answer.status()).toBe(201);
  return (await answer.json()).orderId;
}

export async function orderCount(buyer: Person): Promise<number> {
  return (await (await buyer.request.get('/api/orders')).json()).total;
}

/** Puts an address into the book; the first one is the default. */
export async function address(person: Person, name: string): Promise<void> {
  const data = { name, line1: '1 Long Lane', city: 'Leeds', postal_code: 'LS1', country: 'GB' };
  const answer = await person.request.post('/api/auth/addresses', { data });
  expect(answer.status()).toBe(201);
}

/** Another browser in which the same person is signed in. */
export async function again(browser: Browser, { name, email }: Person): Promise<Person> {
  const page = await (await browser.newContext()).newPage();
  await logIn(page, email);
  return { page, request: page.request, name, email };
}

/** Puts one of the product into the cart, by its page. */
export async function addToCart(page: Page, product: Listed): Promise<void> {
  await page.goto(`/product/${product.id}`);
  await page.getByRole('button', { name: `Add ${product.name} to cart` }).click();
  await expect(page.getByText('1 in cart')).toBeVisible();
}

/** The one region that speaks to screen readers. */
export const spoken = (page: Page) => page.getByRole('status');

export const placeOrder = (page: Page) => page.getByRole('button', { name: /^Place order/ });

/** What waits for `opened` goes on after `open`. */
export function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** The next orders of these pages leave together, when the last of them has been placed. */
export async function holdOrders(pages: Page[]): Promise<void> {
  let placed = 0;
  const all = gate();
  for (const page of pages) {
    await page.route('/api/orders', async (route) => {
      placed += 1;
      if (placed === pages.length) all.open();
      await all.opened;
      await route.continue();
    });
  }
}
