/** J-X-11: services die in the middle of a journey. These tests run last and alone, since they kill
 * what the others use; the mesh starts again what dies. */

import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { addToCart, list, newPerson, order, placeOrder, test, whenKnown } from './people';

/** Longer than it takes until the work of a dead consumer is taken over. */
const HEALED = { timeout: 45_000 };

interface State {
  services: { name: string; pid: number | null }[];
}

/** Kills every process of a service, as `kill -9` does. */
function kill(service: string): void {
  const file = process.env.MESH_STATE ?? '../../.mesh/mesh.json';
  const state: State = JSON.parse(readFileSync(file, 'utf8'));
  for (const { name, pid } of state.services) {
    if (name === service && pid !== null) process.kill(pid, 'SIGKILL');
  }
}

test.describe.configure({ mode: 'serial', timeout: 90_000 });

test('an order that is placed while nobody checks stock is completed later', async ({
  browser,
}) => {
  const seller = await newPerson(browser, 'seller');
  const { page } = await newPerson(browser, 'buyer');
  const product = await list(seller, 'Lamp', '12.00', 5);
  await whenKnown(seller, product);
  await addToCart(page, product);
  await page.goto('/cart');
  await expect(placeOrder(page)).toBeEnabled();

  kill('products-service');
  await placeOrder(page).click();

  await expect(page.getByRole('heading', { name: /^Order #/ })).toBeVisible();
  await expect(page.getByRole('main').getByText('Completed').first()).toBeVisible(HEALED);
});

test('a page whose service dies shows the next order without a reload', async ({ browser }) => {
  const seller = await newPerson(browser, 'seller');
  const buyer = await newPerson(browser, 'buyer');
  let product = { id: 0, name: '', price: '' };
  // The door notices on its own that what the test before has killed is back.
  const listAgain = async () => {
    product = await list(seller, 'Globe', '12.00', 5);
  };
  await expect(listAgain).toPass(HEALED);
  await whenKnown(seller, product);
  const { page } = buyer;
  await page.goto('/orders');
  await expect(page.getByText("You haven't placed any orders yet")).toBeVisible();
  await page.evaluate(() => Object.assign(window, { isTheSamePage: true }));

  kill('orders-service');
  let id = 0;
  const place = async () => {
    id = await order(buyer, product, 1);
  };
  await expect(place).toPass(HEALED);

  const row = page.locator(`[data-order-id="${id}"]`);
  await expect(row.getByText('Completed')).toBeVisible(HEALED);
  expect(await page.evaluate(() => Reflect.get(window, 'isTheSamePage'))).toBe(true);
});
