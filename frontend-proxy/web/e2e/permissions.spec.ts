/** What the server does not allow has no button, and what it allows an administrator has one. */

import { expect, type Page } from '@playwright/test';
import { ADMIN, addToCart, list, newPerson, placeOrder, test } from './people';

/** From the next look on, the server says that this person may not do that. */
async function forbid(page: Page, permission: string): Promise<void> {
  await page.route('/api/auth/checkIsAuth', async (route) => {
    const response = await route.fetch();
    const { user, ...rest } = await response.json();
    const permissions = user.permissions.filter((name: string) => name !== permission);
    expect(permissions.length).toBe(user.permissions.length - 1);
    await route.fulfill({ response, json: { ...rest, user: { ...user, permissions } } });
  });
}

test('who may not order has no button for it', async ({ browser }) => {
  const product = await list(await newPerson(browser, 'seller'), 'Globe', '5.00', 3);
  const { page } = await newPerson(browser, 'buyer');
  await addToCart(page, product);
  await page.goto('/cart');
  await expect(placeOrder(page)).toBeEnabled();

  await forbid(page, 'order:place');
  await page.reload();
  await expect(page.getByRole('link', { name: 'Orders', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: product.name })).toBeVisible();
  await expect(placeOrder(page)).toBeHidden();
  await page.goto(`/product/${product.id}`);
  await expect(page.getByRole('link', { name: 'Orders', exact: true })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: product.name })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Add / })).toBeHidden();
});

test('who may not sell has no page for it', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const { page } = seller;
  const product = await list(seller, 'Globe', '5.00', 3);
  const products = page.getByRole('link', { name: 'My products', exact: true });
  await page.goto(`/product/${product.id}`);
  await expect(products).toBeVisible();
  await expect(page.getByRole('link', { name: 'Manage my products' })).toBeVisible();

  await forbid(page, 'product:write:own');
  await page.reload();
  await expect(page.getByText('This is your product')).toBeVisible();
  await expect(products).toBeHidden();
  await expect(page.getByRole('link', { name: 'Manage my products' })).toBeHidden();
  await page.goto('/products');
  await expect(page.getByText("You don't have access to this")).toBeVisible();
});

test('an administrator withdraws anybody’s product, and nobody else does', async ({
  browser,
  page,
}) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Fake', '5.00', 3);
  const withdraw = page.getByRole('button', { name: 'Withdraw' });
  await buyer.page.goto(`/product/${product.id}`);
  await expect(buyer.page.getByRole('link', { name: 'Orders', exact: true })).toBeVisible();
  await expect(buyer.page.getByRole('button', { name: /^Add / })).toBeVisible();
  await expect(buyer.page.getByRole('button', { name: 'Withdraw' })).toBeHidden();

  expect((await page.request.post('/api/auth/login', { data: ADMIN })).status()).toBe(200);
  await page.goto(`/product/${product.id}`);
  await withdraw.click();
  const dialog = page.getByRole('dialog', { name: `Withdraw “${product.name}”?` });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await withdraw.click();
  await dialog.getByRole('button', { name: 'Withdraw' }).click();

  for (const { page: shown } of [{ page }, buyer]) {
    await expect(shown.getByText('This product is no longer sold')).toBeVisible();
  }
  expect((await seller.request.get(`/api/products/${product.id}`)).status()).toBe(404);
});
