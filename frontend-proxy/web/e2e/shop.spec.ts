/** J-B-03 and J-B-04: looking for something to buy. */

import { expect } from '@playwright/test';
import { change, list, newPerson, order, test, unique } from './people';

test('a guest sees what is for sale ▯', async ({ page }) => {
  await page.goto('/home');
  await expect(page.getByRole('heading', { level: 1, name: 'Products for sale' })).toBeVisible();
  const card = page.getByRole('main').getByRole('listitem').first();
  await expect(card).toContainText(/Category: /);
  await expect(card).toContainText(/sold by /);
  await expect(card).toContainText(/Available: \d|Out of stock/);
  await expect(page.getByRole('link', { name: 'Log in to buy' })).toBeVisible();
  await expect(page.getByRole('contentinfo')).toContainText(/commit [0-9a-f]+|commit unknown/);
  const { commit } = await (await page.request.get('/version.json')).json();
  await expect(page.getByRole('contentinfo')).toContainText(commit);
});

test('search forgives a typing error, and the address remembers it', async ({ browser, page }) => {
  const seller = await newPerson(browser, 'seller');
  const word = unique('zeppelin');
  const data = { name: `Red ${word}`, price: '5.00', category: 'Toys', quantity: 3 };
  await seller.request.post('/api/products', { data });
  await page.goto('/');
  const search = page.getByRole('combobox', { name: 'Search products' });
  // Two letters have changed places.
  await search.fill(word.replace('pp', 'p'));
  await expect(page.getByRole('option', { name: `Red ${word}` })).toBeVisible();
  await search.press('Enter');
  await expect(page.getByRole('main').getByText('1 product found')).toBeVisible();
  await expect(page.getByRole('link', { name: `Red ${word}` })).toBeVisible();
  await expect(page.getByRole('status')).toHaveText('1 product found');
  await page.reload();
  await expect(page.getByRole('link', { name: `Red ${word}` })).toBeVisible();
  await page.goBack();
  await expect(page).not.toHaveURL(/q=/);
  // The field follows the address in a moment.
  await expect(search).toHaveValue('');

  await search.fill(word);
  await expect(page.getByRole('option', { name: `Red ${word}` })).toBeVisible();
  await search.press('ArrowDown');
  await search.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: `Red ${word}` })).toBeFocused();
});

test('filters and order live in the address', async ({ browser, page }) => {
  const seller = await newPerson(browser, 'seller');
  const word = unique('lamp');
  for (const [name, price, category, quantity] of [
    ['Cheap', '3.00', 'Home', 2],
    ['Dear', '90.00', 'Home', 2],
    ['Gone', '50.00', 'Home', 0],
    ['Toy', '20.00', 'Toys', 2],
  ]) {
    const data = { name: `${name} ${word}`, price, category, quantity };
    expect((await seller.request.post('/api/products', { data })).status()).toBe(201);
  }
  await page.goto(`/?q=${word}`);
  const names = page.getByRole('main').getByRole('heading', { level: 2 });
  await expect(names).toHaveCount(4);
  await page.getByLabel('Category').selectOption('Home');
  await expect(names).toHaveCount(3);
  await page.getByLabel('Sort by').selectOption('Price, high to low');
  await expect(names.first()).toHaveText(`Dear ${word}`);
  // A filter is what the address says, which changes in a moment.
  await page.getByLabel('In stock only').click();
  await expect(page.getByLabel('In stock only')).toBeChecked();
  await expect(names).toHaveCount(2);
  await page.getByLabel('Max. price').fill('10');
  await page.getByLabel('Max. price').press('Enter');
  await expect(names).toHaveText([`Cheap ${word}`]);
  await page.reload();
  await expect(names).toHaveText([`Cheap ${word}`]);
  await page.goBack();
  await expect(names).toHaveCount(2);

  await page.goto('/?q=qqqqqqqqqq');
  await expect(page.getByText('No products match “qqqqqqqqqq”')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Clear filters' }).last().click();
  await expect(page).not.toHaveURL(/q=/);
});

test('pages turn, and the focus goes to the first new card', async ({ browser, page }) => {
  const seller = await newPerson(browser, 'seller');
  const word = unique('brick');
  for (let n = 0; n < 14; n += 1) {
    const data = { name: `${word} ${n}`, price: `${n + 1}.00`, category: 'Toys', quantity: 1 };
    expect((await seller.request.post('/api/products', { data })).status()).toBe(201);
  }
  await page.goto(`/?q=${word}&sort=price_asc`);
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page.getByText('Page 2 of 2')).toBeVisible();
  await expect(page.getByRole('link', { name: `${word} 12` })).toBeFocused();
});

test('somebody else buys, and every page shows it', async ({ browser, page }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Kite', '10.00', 2);
  await page.goto(`/?q=${encodeURIComponent(product.name)}`);
  const card = page.getByRole('main').getByRole('listitem').filter({ hasText: product.name });
  await expect(card).toContainText('Available: 2');
  await order(buyer, product, 1);
  await expect(card).toContainText('Available: 1');
  await order(buyer, product, 1);
  await expect(card.getByRole('button', { name: 'Out of stock' })).toBeDisabled();
});

test('when the shop is down the page says so, and works afterwards', async ({ page }) => {
  let isDown = true;
  await page.route('/api/products/**', (route) =>
    isDown
      ? route.fulfill({
          status: 503,
          headers: { 'retry-after': '30' },
          json: { code: 'UNAVAILABLE', message: 'x' },
        })
      : route.continue(),
  );
  await page.goto('/');
  await expect(page.getByRole('alert')).toContainText('Something went wrong');
  await expect(page.getByTestId('outage')).toContainText('Products take a break.');
  isDown = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText(/products found/)).toBeVisible();
  await expect(page.getByTestId('outage')).toBeHidden();
});

test('a product that is gone says so, and a page that never was too', async ({ browser, page }) => {
  const seller = await newPerson(browser, 'seller');
  const product = await list(seller, 'Ball', '2.00', 1);
  await page.goto(`/product/${product.id}`);
  await expect(page.getByRole('heading', { level: 1, name: product.name })).toBeVisible();
  await expect(page).toHaveTitle(`${product.name} · Mesh`);
  await change(seller, product.id, { price: '3.00' });
  await expect(page.getByText('$3.00')).toBeVisible();
  await seller.request.delete(`/api/products/${product.id}`);
  await expect(page.getByText('This product is no longer sold')).toBeVisible();
  await page.goto('/nope/nothing');
  await expect(page.getByRole('heading', { name: '404 – Page not found' })).toBeVisible();
});
