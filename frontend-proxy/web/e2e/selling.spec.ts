/** J-S-01 to J-S-06 and J-S-09: selling. */

import { expect } from '@playwright/test';
import {
  change,
  hears,
  holdOrders,
  list,
  newPerson,
  order,
  orderCount,
  placeOrder,
  test,
  unique,
  whenKnown,
} from './people';

/** The smallest PNG that is a picture: one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

test('the first product, with a picture, is everywhere within a second ▯', async ({
  browser,
  page,
}) => {
  const seller = await newPerson(browser, 'seller');
  const shop = seller.page;
  const name = unique('Kettle');
  await page.goto(`/?q=${name}`);
  await expect(page.getByText(`No products match “${name}”`)).toBeVisible();
  await shop.goto('/products');
  await expect(shop.getByText("You don't have any products yet")).toBeVisible();
  await shop.getByRole('button', { name: 'Add your first product' }).click();
  const dialog = shop.getByRole('dialog', { name: 'Add a new product' });
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('Name')).toHaveAccessibleDescription('Use 1 to 255 characters');
  await dialog.getByLabel('Name').fill(name);
  await shop.keyboard.press('Escape');
  await expect(dialog.getByText('Discard what you typed?')).toBeVisible();
  await dialog.getByRole('button', { name: 'Keep editing' }).click();
  await dialog.getByLabel('Price').fill('24.90');
  await dialog.getByLabel('Category').selectOption('Home');
  await dialog.getByLabel('Quantity').fill('7');
  const file = dialog.getByLabel('Picture');
  await file.setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
  await expect(file).toHaveAccessibleDescription(/^Choose a PNG/);
  await file.setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PNG });
  await expect(dialog.getByAltText('Preview of the picture')).toBeVisible();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(shop.locator('.toasts').getByText('Product added')).toBeVisible();
  const card = shop.getByRole('main').getByRole('listitem').filter({ hasText: name });
  await expect(card).toBeFocused();
  await expect(card.locator('img')).toHaveAttribute('src', /\/picture\?v=/);
  await expect(page.getByRole('link', { name })).toBeVisible();
});

test('editing, and an edit from elsewhere in between', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const { page } = seller;
  const product = await list(seller, 'Backpack', '39.99', 3);
  await page.goto('/products');
  await page.getByRole('button', { name: `Edit ${product.name}` }).click();
  const dialog = page.getByRole('dialog', { name: `Edit ${product.name}` });
  await expect(dialog.getByLabel('Price')).toHaveValue('39.99');
  await dialog.getByLabel('Price').fill('44.00');
  await change(seller, product.id, { price: '41.00' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Someone changed this product');
  await dialog.getByRole('button', { name: 'Reload their version' }).click();
  await expect(dialog.getByLabel('Price')).toHaveValue('41.00');
  await dialog.getByLabel('Price').fill('42.00');
  await change(seller, product.id, { price: '43.00' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('$42.00')).toBeVisible();
});

test('deleting asks, says what went wrong, and moves the focus on', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const { page } = seller;
  const first = await list(seller, 'First', '1.00', 3);
  const second = await list(seller, 'Second', '2.00', 3);
  await page.goto('/products');
  await page.getByRole('button', { name: `Delete ${second.name}` }).click();
  const dialog = page.getByRole('dialog', { name: `Delete “${second.name}”?` });
  await page.route(`/api/products/${second.id}`, (route) => route.abort(), { times: 1 });
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.getByRole('alert')).toContainText('We could not reach the shop');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('.toasts').getByText('Deleted', { exact: true })).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: first.name })).toBeFocused();
  await page.getByRole('button', { name: `Delete ${first.name}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText("You don't have any products yet")).toBeFocused();
});

test('closing a dialog gives the focus back to its opener', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const { page } = seller;
  const product = await list(seller, 'Focus', '1.00', 3);
  await page.goto('/products');
  const opener = page.getByRole('button', { name: `Edit ${product.name}` });
  await opener.click();
  await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(opener).toBeFocused();
});

test('nobody else’s products are mine', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const other = await newPerson(browser, 'other');
  const product = await list(seller, 'Mine', '1.00', 3);
  await other.page.goto('/products');
  await expect(other.page.getByText("You don't have any products yet")).toBeVisible();
  const path = `/api/products/${product.id}`;
  expect((await other.request.patch(path, { data: { price: '0.01' } })).status()).toBe(403);
  expect((await other.request.delete(path)).status()).toBe(403);
});

test('a sale arrives while one looks; restocking too ▯', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const { page } = seller;
  const product = await list(seller, 'Mac', '999.99', 2);
  await whenKnown(seller, product);
  const heard = hears(page);
  await page.goto('/sales');
  await expect(page.getByText('No sales yet')).toBeVisible();
  await heard;
  await order(buyer, product, 1);
  const row = page.getByRole('main').getByRole('listitem').first();
  await expect(row).toContainText(`1 × ${product.name}`);
  await expect(row).toContainText('$999.99');
  await expect(page.getByRole('status')).toHaveText(`New sale: 1 × ${product.name}`);

  await page.goto('/products');
  const card = page.getByRole('listitem').filter({ hasText: product.name });
  await expect(card).toContainText('Available: 1');
  await order(buyer, product, 1);
  await expect(card).toContainText('Out of stock');
  await page.getByRole('button', { name: `Restock ${product.name}` }).click();
  await page.getByLabel('Units to add').fill('5');
  await page.getByRole('button', { name: 'Add units' }).click();
  await expect(card).toContainText('Available: 5');
});

test('two buyers, one unit: one completed, one told why, one sale', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const product = await list(seller, 'Last', '5.00', 1);
  const buyers = [await newPerson(browser, 'ann'), await newPerson(browser, 'ben')];
  for (const { page } of buyers) {
    await page.goto(`/product/${product.id}`);
    await page.getByRole('button', { name: `Add ${product.name} to cart` }).click();
    await page.goto('/cart');
    await expect(placeOrder(page)).toBeEnabled();
  }
  // An order that leaves first sells out the cart of the other before it is clicked.
  await holdOrders(buyers.map(({ page }) => page));
  await Promise.all(buyers.map(({ page }) => placeOrder(page).click()));
  const verdicts: string[] = [];
  for (const buyer of buyers) {
    await expect(buyer.page).toHaveURL(/\/orders\/\d+$/);
    const pill = buyer.page.getByRole('main').locator('.pill');
    await expect(pill).not.toHaveText('Pending');
    verdicts.push((await pill.textContent()) ?? '');
    if (verdicts.at(-1) === 'Failed') {
      await expect(buyer.page.getByRole('alert')).toContainText(`${product.name} is sold out.`);
    }
    expect(await orderCount(buyer)).toBe(1);
  }
  expect(verdicts.toSorted()).toEqual(['Completed', 'Failed']);
  await seller.page.goto('/sales');
  await expect(seller.page.getByText('1 sale', { exact: true })).toBeVisible();
  const left = await (await seller.request.get(`/api/products/${product.id}`)).json();
  expect(left.quantity).toBe(0);
});
