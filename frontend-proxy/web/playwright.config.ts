/** Journeys through a running shop: `MESH_URL` says where it is. */

import { defineConfig } from '@playwright/test';

/** Tests that kill what the others use. */
const OUTAGES = 'outage.spec.ts';

export default defineConfig({
  testDir: 'e2e',
  fullyParallel: true,
  workers: 2,
  timeout: 30_000,
  expect: { timeout: 7000 },
  reporter: 'list',
  outputDir: 'test-results',
  use: {
    baseURL: process.env.MESH_URL ?? 'http://127.0.0.1:8080',
    screenshot: 'only-on-failure',
    // Without pictures of every moment: taking them costs more than the test.
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    {
      name: 'desktop',
      testIgnore: OUTAGES,
      use: { viewport: { width: 1280, height: 800 } },
    },
    {
      name: 'phone',
      testIgnore: OUTAGES,
      use: { viewport: { width: 360, height: 740 }, hasTouch: true },
      // Journeys that are the same on every screen need not run twice.
      grep: /▯/,
    },
    { name: 'outages', testMatch: OUTAGES, dependencies: ['desktop', 'phone'] },
  ],
});
