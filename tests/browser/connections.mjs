// Drives headless Chromium through the page of connected apps, once without scripts and once with: a wrong key, the list,
// one connection ended, then the rest; and through the page that says why somebody was signed out. Prints one JSON line;
// exits 1 when something is not as it should be.
//
//   node tests/browser/connections.mjs <base-url> <api-key> <screenshot-folder>
//
// The key has at least four connections before. `playwright-core` is found as in consent.mjs.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(new URL('../clients/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [base, apiKey, screenshots] = process.argv.slice(2);
if (!screenshots) {
  console.error('usage: connections.mjs <base-url> <api-key> <screenshot-folder>');
  process.exit(2);
}
mkdirSync(screenshots, { recursive: true });

/** What the browser complained about. */
const violations = [];
/** A refusal's status code, which Chromium logs and the script asked for. */
const expected = /status of 4\d\d/;

const browser = await chromium.launch({
  executablePath: process.env.MCP_TEST_CHROMIUM ?? '/usr/bin/chromium',
  // As in consent.mjs.
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const plain = await walk(false);
  const scripted = await walk(true);
  console.log(JSON.stringify({ plain, scripted, violations }));
  expect(violations.length === 0, `the browser complained: ${violations.join(' | ')}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await browser.close();
}

/** The whole walk; with scripts it ends what is left, without it ends one. */
async function walk(javaScriptEnabled) {
  const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !expected.test(message.text())) violations.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => violations.push(`exception: ${error.message}`));
  const look = async (name) => {
    if (javaScriptEnabled) await photograph(page, name);
  };
  const submit = (button) => Promise.all([page.waitForNavigation({ waitUntil: 'load' }), button.click()]);
  const show = page.getByRole('button', { name: 'Show connected apps' });

  await page.goto(new URL('/connections', base).href, { waitUntil: 'load' });
  await look('connections-ask');
  const wrongKey = `${apiKey}-mistyped`;
  await page.fill('#api_key', wrongKey);
  await submit(show);
  const refusal = await page.locator('#api_key-error').innerText();
  expect(!(await page.content()).includes(wrongKey), 'the page echoes the key that was typed');
  await look('connections-wrong');

  await page.fill('#api_key', apiKey);
  await submit(show);
  const listed = await page.getByRole('button', { name: 'End this connection' }).count();
  expect(!(await page.content()).includes(apiKey), 'the page echoes the key');
  await look('connections-list');
  await submit(page.getByRole('button', { name: 'End this connection' }).first());
  const left = await page.getByRole('button', { name: 'End this connection' }).count();
  expect(left === listed - 1, `of ${listed} connections ${left} are left after one was ended`);
  await look('connections-ended');
  if (javaScriptEnabled) {
    await submit(page.getByRole('button', { name: 'End all connections' }));
    expect((await page.getByRole('button', { name: 'End this connection' }).count()) === 0, 'some are left after all were ended');
    await look('connections-none');
  }
  expect(new URL(page.url()).search === '', `the page left something in its address: ${page.url()}`);

  await page.getByRole('link', { name: 'why an app asks you to sign in again' }).click();
  const reason = page.locator('details', { hasText: 'The connection was ended' });
  expect(!(await reason.locator('.accordion-body').isVisible()), 'all reasons are open at once');
  await reason.locator('summary').click();
  expect(await reason.locator('.accordion-body').isVisible(), 'a reason does not open');
  await look('signed-out');
  await page.goto(new URL('/signed-out?reason=revoked', base).href, { waitUntil: 'load' });
  const explained = await page.locator('h2').innerText();
  await look('signed-out-revoked');
  await context.close();
  return { refusal: refusal.trim(), listed, explained };
}

/** In light, in dark and on the narrowest phone, where nothing may stick out. */
async function photograph(page, name) {
  const take = (kind) => page.screenshot({ path: join(screenshots, `${name}-${kind}.png`), fullPage: true, animations: 'disabled' });
  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme });
    await take(colorScheme);
  }
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 700 });
  await take('320');
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow <= 0, `${name} is ${overflow} px wider than a 320 px phone`);
  await page.setViewportSize(size);
}

function expect(condition, message) {
  if (!condition) throw new Error(message);
}
