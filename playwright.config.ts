/** @file How the end-to-end tests meet a browser: one Chromium from the machine, one test at a time. It knows no test. */
import { defineConfig } from '@playwright/test'
import { findChromium } from './test/support/chromium.ts'

export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results',
  // Each test runs its own server and engine; two engines would only share the cores.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 90_000,
  // A browser that never ends stops the run, not whoever waits for it; all of it takes three minutes.
  globalTimeout: 20 * 60_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    headless: true,
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: findChromium(process.env),
      // Containers run tests as root without a GPU, and the last three keep Chromium off the network.
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
})
