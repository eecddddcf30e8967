/** What is told to those who write programs for the shop. */

import { expect } from '@playwright/test';
import { test } from './people';

test('the page of the API shows the operations of every service, and has nothing to report', async ({
  page,
}) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  const loaded = page.waitForResponse('/api/openapi.json');
  await page.goto('/api/docs');

  const document = await (await loaded).json();
  expect(document).toEqual(await (await page.request.get('/api/openapi.json')).json());
  for (const path of ['/api/auth/login', '/api/products/my-home', '/api/orders/sales']) {
    await expect(page.locator(`[data-path="${path}"]`)).toBeVisible();
  }
  const operations = Object.values<object>(document.paths).flatMap(Object.keys);
  await expect(page.locator('[data-path]')).toHaveCount(operations.length);
  expect(complaints).toEqual([]);
});
