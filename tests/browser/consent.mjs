// Drives headless Chromium: looks at the landing page, then walks the consent page as a person does, wrong key first; sets
// limits in every combination and compares what the page's script and the server say of them; lets a page expire. Prints one JSON line; exits 1 when something is not as it should be.
//
//   node tests/browser/consent.mjs <base-url> <api-key> <screenshot-folder>
//
// It is its own OAuth client: it registers with a loopback redirect URI on which it listens. `playwright-core`
// comes from tests/clients, whose lock file pins it; MCP_TEST_CHROMIUM names a Chromium other than Debian's.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../clients/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [base, apiKey, screenshots] = process.argv.slice(2);
const executablePath = process.env.MCP_TEST_CHROMIUM ?? '/usr/bin/chromium';
if (!screenshots) {
  console.error('usage: consent.mjs <base-url> <api-key> <screenshot-folder>');
  process.exit(2);
}

/** What the browser complained about: CSP violations, console errors, exceptions, failed requests. */
const violations = [];
/** What Chromium may say on its console because the script asked for it. */
let expectedConsole;

mkdirSync(screenshots, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), 'consent-profile-'));
const callback = await listenForCallback();
let browser;
try {
  browser = await launch();
  const landing = await walkLanding();
  const limits = await walkLimits();
  const sentences = await walkSentences();
  await walkExpiry();
  const consent = await walkConsent();
  console.log(JSON.stringify({ landing, limits, sentences, ...consent, violations }));
  expect(violations.length === 0, `the browser complained: ${violations.join(' | ')}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await browser?.close();
  callback.close();
  rmSync(profile, { recursive: true, force: true });
}

/** Chromium with an empty profile. */
function launch() {
  return chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      // A container's root has no user namespace for Chromium's sandbox.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      // Without these Chromium calls its maker at every start.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** The landing page in light, dark and on a phone. Returns what a visitor can read. */
async function walkLanding() {
  const page = await openPage({ width: 1280, height: 900 });
  const response = await page.goto(base, { waitUntil: 'load' });
  expect(response.status() === 200, `the landing page answered ${response.status()}`);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(screenshots, `landing-${colorScheme}.png`), fullPage: true, animations: 'disabled' });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: join(screenshots, 'landing-390.png'), fullPage: true, animations: 'disabled' });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow <= 0, `the landing page is ${overflow} px wider than a 390 px phone`);
  const seen = {
    title: await page.title(),
    heading: (await page.locator('h1').first().innerText()).trim(),
    mcpUrlShown: (await page.locator('body').innerText()).includes('/mcp'),
    styled: await page.evaluate(() => document.styleSheets.length > 0 && document.styleSheets[0].cssRules.length > 0),
  };
  expect(seen.mcpUrlShown, 'the landing page does not show the MCP address');
  expect(seen.styled, 'the landing page has no working stylesheet');
  await page.close();
  return seen;
}

/** Consent: a wrong key is said to be wrong and the form stays; the right key lands on the callback. */
async function walkConsent() {
  const client = await register();
  const state = randomBytes(16).toString('base64url');
  const page = await openPage({ width: 1280, height: 900 });
  const opened = await page.goto(await authorizeUrl(client, state), { waitUntil: 'load' });
  expect(opened.status() === 200, `the consent page answered ${opened.status()}`);
  const text = await page.locator('body').innerText();
  expect(text.includes(client.client_name), 'the consent page does not name the client');
  expect(text.includes('127.0.0.1'), 'the consent page does not name the redirect host');
  await page.screenshot({ path: join(screenshots, 'consent.png'), fullPage: true, animations: 'disabled' });

  // Chromium logs the refusal's status code, which is the right answer here.
  expectedConsole = /status of 4\d\d/;
  const wrongKey = `not-a-key-${randomBytes(4).toString('hex')}`;
  await approve(page, wrongKey);
  const refusal = await page.locator('[role="alert"]').first().innerText();
  expectedConsole = undefined;
  expect(refusal.trim() !== '', 'the consent page does not say that the key is wrong');
  expect(!(await page.content()).includes(wrongKey), 'the consent page echoes the key that was typed');
  expect(await page.locator('input[name="api_key"]').isVisible(), 'the form is gone after a wrong key');
  await page.screenshot({ path: join(screenshots, 'consent-error.png'), fullPage: true, animations: 'disabled' });

  await approve(page, apiKey);
  expect(page.url().startsWith(callback.url), `approval led to ${new URL(page.url()).pathname}, not to the callback`);
  const landed = await callback.received;
  const query = Object.fromEntries(landed.searchParams);
  expect(query.code, `the callback carries no code: ${query.error}`);
  expect(query.state === state, 'the callback carries another state');
  expect(query.iss === new URL(base).origin, `the callback names the issuer ${query.iss}`);
  expect(!landed.href.includes(apiKey), 'the API key is in the callback URL');
  await page.close();
  // Enough of the code to see that it is an opaque handle, and no more.
  const code = `${query.code.slice(0, 6)}… (${query.code.length} characters)`;
  return { refusal: refusal.replace(/\s+/g, ' ').trim(), callback: { ...query, code } };
}

/** The limits that a person can set: readable in light, dark and on a small phone; a contradiction is said and kept. */
async function walkLimits() {
  const client = await register();
  const page = await openPage({ width: 1280, height: 900 });
  await page.goto(await authorizeUrl(client, 'limits'), { waitUntil: 'load' });
  await page.fill('input[name="api_key"]', apiKey);
  await decide(page, 'check');
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(screenshots, `limits-${colorScheme}.png`), fullPage: true, animations: 'disabled' });
  }
  await page.emulateMedia({ colorScheme: 'light' });

  const inboxes = page.getByRole('group', { name: 'Which inboxes' });
  const box = inboxes.getByRole('checkbox').nth(1);
  await box.check();
  await page.getByLabel('Only answer people').check();
  expectedConsole = /status of 4\d\d/;
  await decide(page, 'approve');
  expectedConsole = undefined;
  const refusal = await page.locator('[role="alert"]').first().innerText();
  expect(refusal.includes('Which inboxes'), `the contradiction is not said: ${refusal}`);
  expect(await box.isChecked(), 'the ticked inbox is forgotten');
  expect(await page.getByLabel('Only answer people').isChecked(), 'the ticked limit is forgotten');
  await inboxes.getByLabel('Only those ticked here').check();
  await page.setViewportSize({ width: 320, height: 640 });
  await page.screenshot({ path: join(screenshots, 'limits-320.png'), fullPage: true, animations: 'disabled' });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow <= 0, `the consent page is ${overflow} px wider than a 320 px phone`);
  const seen = { refusal: refusal.replace(/\s+/g, ' ').trim(), boxes: await inboxes.getByRole('checkbox').count() };
  await page.close();
  return seen;
}

/** What the script says of each combination of limits, and what the server says of the same: one sentence. */
async function walkSentences() {
  const client = await register();
  const page = await openPage({ width: 1280, height: 900 });
  await page.goto(await authorizeUrl(client, 'sentences'), { waitUntil: 'load' });
  await page.fill('input[name="api_key"]', apiKey);
  await decide(page, 'check');
  const sentence = () => page.locator('[data-summary]').innerText();
  const seen = new Set();
  for (const access of ['full', 'no_texting', 'read_only']) {
    for (const switches of [0, 1, 2, 3]) {
      for (const [texts, ticked] of [['1', 0], ['7', 0], ['7', 1], ['200', 2]]) {
        await page.selectOption('[name="choice_access"]', access);
        await page.locator('[name="choice_reply_only"]').setChecked((switches & 1) !== 0);
        await page.locator('[name="choice_confirm_many"]').setChecked((switches & 2) !== 0);
        await page.fill('[name="choice_texts_per_day"]', texts);
        await page.locator(`[name="choice_inboxes"][value="${ticked ? 'some' : 'all'}"]`).check();
        const boxes = page.locator('[name^="choice_inboxes."]');
        for (let index = 0; index < 2; index++) await boxes.nth(index).setChecked(index < ticked);
        const live = await sentence();
        // The button is there for those without scripts.
        await Promise.all([
          page.waitForNavigation({ waitUntil: 'load' }),
          page.locator('[name="decision"][value="check"]').evaluate((button) => button.click()),
        ]);
        expect((await sentence()) === live, `the script says "${live}", the server "${await sentence()}"`);
        seen.add(live);
      }
    }
  }
  // What was chosen last is read out once, when it was chosen.
  await page.selectOption('[name="choice_access"]', 'full');
  const announcer = page.locator('#announcer');
  await announcer.filter({ hasText: 'and to send up to 200 texts a day' }).waitFor({ state: 'attached' });
  await page.close();
  return seen.size;
}

/** A page that expires says so in time, and its button leads to a new one. */
async function walkExpiry() {
  const client = await register();
  const page = await openPage({ width: 1280, height: 900 });
  await page.clock.install();
  const url = await authorizeUrl(client, 'expiry');
  await page.goto(url, { waitUntil: 'load' });
  const region = page.locator('[data-expires]');
  expect((await region.innerText()).trim() === '', 'a fresh page speaks of its end');
  await page.clock.runFor(9 * 60 * 1000 + 6000);
  expect((await region.innerText()).includes('expires in a minute'), 'the page does not warn before it expires');
  await page.clock.runFor(60 * 1000);
  expect((await region.innerText()).includes('This page has expired'), 'the page does not say that it has expired');
  await decide(page, 'restart');
  const asked = new URL(page.url()).searchParams;
  for (const [name, value] of new URL(url).searchParams) {
    expect(asked.get(name) === value, `the new page asks for another ${name}`);
  }
  expect(await page.locator('input[name="api_key"]').isVisible(), 'the new page has no form');
  await page.close();
}

async function decide(page, decision) {
  await Promise.all([
    page.waitForNavigation({ waitUntil: 'load' }),
    page.click(`button[name="decision"][value="${decision}"]`),
  ]);
}

async function approve(page, key) {
  await page.fill('input[name="api_key"]', key);
  await decide(page, 'approve');
}

/** A new page whose complaints are collected. */
async function openPage(viewport) {
  const page = await browser.newPage();
  await page.setViewportSize(viewport);
  await page.exposeFunction('reportCspViolation', (violation) => violations.push(`CSP: ${violation}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.reportCspViolation(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    if (!expectedConsole?.test(message.text())) violations.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => violations.push(`exception: ${error.message}`));
  page.on('requestfailed', (request) => {
    violations.push(`request: ${new URL(request.url()).pathname} ${request.failure()?.errorText}`);
  });
  return page;
}

/** RFC 7591 registration with this script's own redirect URI. */
async function register() {
  const response = await fetch(new URL('/register', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Browser walk',
      redirect_uris: [callback.url],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    }),
  });
  expect(response.status === 201, `/register answered ${response.status}: ${await response.clone().text()}`);
  return response.json();
}

async function authorizeUrl(client, state) {
  const metadata = await (await fetch(new URL('/.well-known/oauth-authorization-server', base))).json();
  const url = new URL(metadata.authorization_endpoint);
  const challenge = createHash('sha256').update(randomBytes(32).toString('base64url')).digest('base64url');
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: callback.url,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: new URL('/mcp', base).href,
  });
  return url.href;
}

/** Listens on a free loopback port; `received` is the first callback's URL. */
function listenForCallback() {
  return new Promise((ready, failed) => {
    let received;
    const arrival = new Promise((resolve) => (received = resolve));
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><link rel="icon" href="data:,"><title>done</title>');
      const url = new URL(request.url, `http://${request.headers.host}`);
      if (url.pathname === '/callback') received(url);
    });
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () =>
      ready({
        url: `http://127.0.0.1:${server.address().port}/callback`,
        received: arrival,
        close: () => server.close(() => {}).closeAllConnections(),
      }),
    );
  });
}

function expect(condition, message) {
  if (!condition) throw new Error(message);
}
