/** J-B-05: the cart. */

import { expect } from '@playwright/test';
import {
  addToCart,
  change,
  list,
  newPerson,
  PASSWORD,
  placeOrder,
  register,
  test,
  whenChanged,
} from './people';

test('quantities, totals and undo ▯', async ({ browser, page }) => {
  const seller = await newPerson(browser, 'seller');
  const mac = await list(seller, 'Mac', '0.10', 5);
  const pen = await list(seller, 'Pen', '19.99', 9);
  await addToCart(page, mac);
  await expect(page.getByRole('status')).toHaveText(`${mac.name} added to cart`);
  await page.getByRole('button', { name: `Add ${mac.name} to cart` }).click();
  await expect(page.getByRole('link', { name: 'Cart, 2 items' })).toBeVisible();
  await addToCart(page, pen);
  await page.getByRole('link', { name: 'Cart, 3 items' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your cart' })).toBeFocused();

  const row = page.getByRole('row').filter({ hasText: mac.name });
  const quantity = page.getByLabel(`Quantity of ${mac.name}`);
  const total = page.getByTestId('cart-total');
  await quantity.fill('3');
  await expect(row).toContainText('$0.30');
  await expect(total).toHaveText('$20.29');
  await quantity.fill('e');
  await expect(quantity).toHaveValue('3');
  await quantity.fill('9');
  await expect(row).toContainText('Only 5 available');
  await expect(quantity).toHaveValue('5');
  await quantity.fill('0');
  await expect(row).toBeHidden();
  await expect(total).toHaveText('$19.99');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(quantity).toHaveValue('5');
  await expect(total).toHaveText('$20.49');

  await page.getByRole('button', { name: 'Clear cart' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Clear cart' }).click();
  const empty = page.getByRole('heading', { name: /^Your cart is empty/ });
  await expect(empty).toBeVisible();
  await expect(page.getByRole('link', { name: 'Browse products' })).toBeVisible();
});

test('after a row goes, the next one has the focus', async ({ browser, page }) => {
  const seller = await newPerson(browser, 'seller');
  const first = await list(seller, 'First', '1.00', 5);
  const second = await list(seller, 'Second', '2.00', 5);
  await addToCart(page, first);
  await addToCart(page, second);
  await page.goto('/cart');
  await page.getByRole('button', { name: `Remove ${first.name}` }).click();
  await expect(page.getByRole('row').filter({ hasText: second.name })).toBeFocused();
  await page.getByRole('button', { name: `Remove ${second.name}` }).click();
  await expect(page.getByRole('heading', { name: /^Your cart is empty/ })).toBeFocused();
});

test('two tabs and a reload show the same cart; rubbish is an empty one', async ({
  browser,
  page,
}) => {
  const seller = await newPerson(browser, 'seller');
  const product = await list(seller, 'Mug', '7.00', 5);
  const other = await page.context().newPage();
  await other.goto('/cart');
  await addToCart(page, product);
  await expect(other.getByRole('link', { name: 'Cart, 1 item', exact: true })).toBeVisible();
  await other.getByRole('button', { name: `One more of ${product.name}` }).click();
  await expect(page.getByText('2 in cart')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('link', { name: 'Cart, 2 items' })).toBeVisible();

  await page.evaluate(() => localStorage.setItem('cart', '{bad'));
  await page.goto('/cart');
  await expect(page.getByRole('heading', { name: /^Your cart is empty/ })).toBeVisible();
});

test('changed prices are shown and must be agreed to', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const { page } = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Sofa', '999.99', 5);
  await addToCart(page, product);
  await change(seller, product.id, { price: '949.99' });
  await whenChanged(browser, product);
  await page.goto('/cart');
  await expect(page.getByText('Price changed: $999.99 → $949.99')).toBeVisible();
  await expect(page.getByTestId('cart-total')).toHaveText('$949.99');
  await expect(placeOrder(page)).toBeDisabled();
  await page.getByRole('button', { name: 'Continue with new prices' }).click();
  await expect(page.getByText('Price changed')).toBeHidden();
  await placeOrder(page).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
});

test('what is sold out or deleted is left out of the order', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const { page } = await newPerson(browser, 'buyer');
  const sold = await list(seller, 'Sold', '1.00', 5);
  const deleted = await list(seller, 'Deleted', '2.00', 5);
  const left = await list(seller, 'Left', '4.00', 5);
  for (const product of [sold, deleted, left]) await addToCart(page, product);
  await page.goto('/cart');
  await expect(page.getByTestId('cart-total')).toHaveText('$7.00');
  await change(seller, sold.id, { quantity: 0 });
  await seller.request.delete(`/api/products/${deleted.id}`);
  await expect(page.getByText('No longer available')).toHaveCount(2);
  await expect(page.getByTestId('cart-total')).toHaveText('$4.00');
  await placeOrder(page).click();
  await expect(page).toHaveURL(/\/orders\/\d+$/);
  await expect(page.getByRole('main')).toContainText('$4.00');
});

test('a guest logs in on the way and keeps the cart', async ({ browser, page }) => {
  const seller = await newPerson(browser, 'seller');
  const product = await list(seller, 'Drum', '30.00', 5);
  const { email } = await register(page, 'guest');
  await addToCart(page, product);
  await page.goto('/cart');
  await placeOrder(page).click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page).toHaveURL(/\/cart$/);
  await expect(page.getByLabel(`Quantity of ${product.name}`)).toHaveValue('1');
});
