// Walks the landing page in Chromium as visitors do: every tab, copy button, theme, address and recorded call, the search,
// links into the page, and all of it without scripts. Prints one JSON line; exits 1 when something is not as it should be.
//
//   node tests/browser/landing.mjs <base-url>
//
// The server must run with --sandbox. `playwright-core` comes from tests/clients, whose lock file pins it;
// MCP_TEST_CHROMIUM names a Chromium other than Debian's.
import { createRequire } from 'node:module';
import { expect, openPage } from './stage.mjs';

const require = createRequire(new URL('../clients/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [base] = process.argv.slice(2);
if (!base) {
  console.error('usage: landing.mjs <base-url>');
  process.exit(2);
}
const same = (found, wanted, what) => expect(found === wanted, `${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);

const browser = await chromium.launch({
  executablePath: process.env.MCP_TEST_CHROMIUM ?? '/usr/bin/chromium',
  // A container's root has no user namespace for Chromium's sandbox.
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const complaints = [];
try {
  const report = {};
  for (const [name, walk] of Object.entries({ tabs, firstTab, copying, themes, builder, playground, search, status, plain })) {
    report[name] = await walk();
  }
  console.log(JSON.stringify({ ...report, complaints }));
  same(complaints.join(' | '), '', 'the browser complained');
} catch (error) {
  console.error(error.stack);
  process.exitCode = 1;
} finally {
  await browser.close();
}

/** The page in a context of its own. */
async function open(path = '/', options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
  const opened = await openPage(context);
  await opened.page.goto(new URL(path, base).href);
  const close = async () => {
    complaints.push(...opened.complaints);
    await context.close();
  };
  return { page: opened.page, context, close };
}

/** Each tab shows its panel and no other, is in the URL, and is there again after a reload. */
async function tabs() {
  const { page, close } = await open();
  const names = await page.getByRole('tab').allInnerTexts();
  for (const name of names) {
    const tab = page.getByRole('tab', { name, exact: true });
    await tab.click();
    const panel = await tab.getAttribute('aria-controls');
    const visible = await page.locator('.tab-panel:visible').evaluateAll((panels) => panels.map(({ id }) => id));
    same(visible.join(), panel, `panels of ${name}`);
    same(new URL(page.url()).hash, `#${panel}`, `the URL of ${name}`);
    await page.reload();
    same(await tab.getAttribute('aria-selected'), 'true', `${name} after a reload`);
  }
  await page.getByRole('tab').first().focus();
  for (const [key, index] of [['End', -1], ['ArrowRight', 0], ['ArrowLeft', -1], ['Home', 0], ['ArrowRight', 1]]) {
    await page.keyboard.press(key);
    const focused = await page.evaluate(() => document.activeElement.textContent);
    same(focused, names.at(index), `the tab after ${key}`);
    same(await page.locator('[role=tab][aria-selected=true]').innerText(), names.at(index), `selected after ${key}`);
  }
  await close();
  return names;
}

/** The first tab is that of the app whose browser it is, else of the last visit, else the page's own idea. */
async function firstTab() {
  const seen = {};
  const selected = (page) => page.locator('[role=tab][aria-selected=true]').innerText();
  for (const agent of ['Claude/1.2', 'ChatGPT/1.2', 'Cursor/2.0 Code/1.9', 'Code/1.99', 'Firefox/150.0']) {
    const { page, close } = await open('/', { userAgent: `Mozilla/5.0 ${agent}` });
    seen[agent] = await selected(page);
    await close();
  }
  const { page, context, close } = await open();
  await page.getByRole('tab', { name: 'Codex' }).click();
  const again = await context.newPage();
  await again.goto(base);
  seen.remembered = await selected(again);
  await again.goto(new URL('/#gemini-cli', base).href);
  seen.linked = await selected(again);
  await close();
  return seen;
}

/** Every copy button copies what stands beside it, says so, and says its own name again. */
async function copying() {
  const { page, context, close } = await open();
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(base).origin });
  await page.locator('details').evaluateAll((all) => all.forEach((details) => (details.open = true)));
  let copied = 0;
  const names = await page.getByRole('tab').allInnerTexts();
  for (const name of names) {
    await page.getByRole('tab', { name, exact: true }).click();
    // What is outside of the tabs is looked at once.
    for (const box of await page.locator(name === names[0] ? '.codebox:visible' : '.tab-panel .codebox:visible').all()) {
      const button = box.locator('.copy');
      await button.click();
      same(await page.evaluate(() => navigator.clipboard.readText()), await box.locator('code').textContent(), 'the clipboard');
      same(await button.innerText(), 'Copied', 'the button');
      copied += 1;
    }
  }
  await page.locator('#announcer:has-text("Copied to the clipboard")').waitFor({ state: 'attached' });
  await page.locator('.copy', { hasText: 'Copied' }).first().waitFor({ state: 'detached' });

  // Where the clipboard is refused the old way helps, and where that fails, too, the text is selected.
  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); });
  const large = page.locator('.codebox.large');
  await large.locator('.copy').click();
  await large.locator('.copy', { hasText: 'Copied' }).waitFor();
  await page.evaluate(() => { document.execCommand = () => false; });
  await large.locator('.copy').click();
  await page.locator('#announcer:has-text("selected")').waitFor({ state: 'attached' });
  const selection = await page.evaluate(() => getSelection().toString());
  same(selection, await large.locator('code').innerText(), 'the selection');
  await close();
  return copied;
}

/** Three themes, each at once, remembered, and before the first paint. */
async function themes() {
  const { page, context, close } = await open('/', { colorScheme: 'light' });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  const dark = await ground();
  expect(dark !== light, 'the dark theme looks like the light one');
  const other = await context.newPage();
  await other.goto(new URL('/privacy', base).href);
  same(await other.evaluate(() => document.documentElement.dataset.theme), 'dark', 'the theme of the next page');
  same(await other.locator('[data-theme-choice=dark]').getAttribute('aria-pressed'), 'true', 'the button of the next page');
  await other.getByRole('button', { name: 'Light', exact: true }).click();
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  same(await ground(), light, 'light was chosen, whatever the system says');
  await page.getByRole('button', { name: 'As the system', exact: true }).click();
  same(await ground(), dark, 'the theme of the system');
  same(await page.evaluate(() => localStorage.getItem('theme')), null, 'nothing is kept of no choice');
  await close();
  return { light, dark };
}

/** The steps follow the form, links included; a fault is said beside its field; the button leads to the same as a page. */
async function builder() {
  const { page, close } = await open();
  await page.locator('#connect summary').click();
  const form = page.locator('#builder');
  const address = form.locator('[data-setup=address]');
  const addresses = [];
  const expectAddress = async (path) => {
    const wanted = new URL(path, base).href;
    await page.waitForFunction(
      ([wanted]) => document.querySelector('#builder [data-setup=address]').textContent === wanted,
      [wanted],
    );
    addresses.push(path);
    const texts = await page.locator('.tab-panel [data-setup]').evaluateAll((elements) =>
      elements.map((element) => {
        if (!element.href) return element.textContent;
        const url = new URL(element.href);
        const config = url.searchParams.get('config');
        if (!config) return url.searchParams.get('connectorUrl');
        return JSON.parse(config.startsWith('{') ? config : atob(config)).url;
      }),
    );
    for (const text of texts) expect(text.includes(wanted), `${text} does not hold ${wanted}`);
    expect(texts.length >= 12, `only ${texts.length} texts follow the form`);
  };
  await form.getByLabel('Only read').check();
  await expectAddress('/mcp/readonly');
  for (const name of ['Notes', 'Conversations', 'Tasks', 'Workspace', 'Contacts']) await form.getByLabel(name).uncheck();
  await expectAddress('/mcp/x/messaging,calls/readonly');
  const inbox = form.getByLabel('One inbox only');
  await inbox.fill('555');
  await form.locator('.error:visible').waitFor();
  same(await inbox.getAttribute('aria-invalid'), 'true', 'the wrong inbox');
  await inbox.fill('PNabc123');
  await expectAddress('/mcp/x/messaging,calls/readonly?inbox=PNabc123');
  await form.locator('.error').waitFor({ state: 'hidden' });
  const summary = await page.locator('[data-narrowed]').innerText();
  await form.getByRole('button', { name: 'Open these steps' }).click();
  await page.waitForURL('**/connect?**');
  same(await page.locator('.lead').innerText(), summary, 'the summary of the page');
  await expectAddress('/mcp/x/messaging,calls/readonly?inbox=PNabc123');
  await page.goBack();
  // What the browser put back into the form counts.
  await expectAddress('/mcp/x/messaging,calls/readonly?inbox=PNabc123');
  same(await address.textContent(), new URL(addresses.at(-1), base).href, 'the address');
  await close();
  // Chromium logs the refusal's status code, which is the right answer here.
  for (let at = complaints.length; at--; ) if (/status of 400/.test(complaints[at])) complaints.splice(at, 1);
  return { addresses, summary };
}

/** Every recorded call, as text and as data, is what `/tools.json` has. */
async function playground() {
  const { tools } = await (await fetch(new URL('/tools.json', base))).json();
  const { page, close } = await open();
  const stage = (name) => page.locator(`[data-stage=${name}]`);
  let played = 0;
  const shows = async (tool, example, data) => {
    const answer = data ? JSON.stringify(example.result, null, 2) : example.answer;
    await page.waitForFunction(
      ([wish, answer]) =>
        document.querySelector('[data-stage=wish]').textContent === wish &&
        document.querySelector('[data-stage=answer]').textContent === answer,
      [example.title, answer],
    );
    same(await stage('name').innerText(), tool.name, 'the tool');
    const call = JSON.parse(await stage('call').innerText());
    same(JSON.stringify(call), JSON.stringify({ name: tool.name, arguments: example.arguments }), 'the call');
    const bytes = new TextEncoder().encode(data ? JSON.stringify(example.result) : example.answer).length;
    const says = `${bytes.toLocaleString('en')} bytes, ${Math.ceil(bytes / 4).toLocaleString('en')} tokens`;
    same(await stage('size').innerText(), says, 'the size');
    played += 1;
  };
  for (const tool of tools) {
    const [first, second] = tool.examples;
    const wish = page.locator(`[data-play="${tool.name}"]`);
    same(await wish.innerText(), first.title, 'the wish');
    await wish.click();
    same(await wish.getAttribute('aria-current'), 'true', 'the chosen wish');
    await shows(tool, first, false);
    await page.getByRole('button', { name: 'Data', exact: true }).click();
    await shows(tool, first, true);
    await page.getByRole('button', { name: 'Another example' }).click();
    await shows(tool, second, true);
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await shows(tool, second, false);
  }
  // When the recordings do not come, the page says where they are.
  await page.reload();
  await page.route('**/tools.json', (route) => route.abort());
  await page.locator('[data-play]').first().click();
  await page.locator('[data-stage=trouble]:visible').waitFor();
  await page.unroute('**/tools.json');
  await page.locator('[data-play]').first().click();
  await page.locator('[data-stage=trouble]').waitFor({ state: 'hidden' });
  await close();
  for (let at = complaints.length; at--; ) if (/ERR_FAILED/.test(complaints[at])) complaints.splice(at, 1);
  return played;
}

/** Words of names, badges and texts find tools; a link into the page shows its tool whatever is searched. */
async function search() {
  const { page, close } = await open();
  const found = {};
  const field = page.getByLabel('Search the tools');
  for (const words of ['send-message', 'SENDS texts', 'voicemail', 'no such thing', '']) {
    await field.fill(words);
    const shown = await page.locator('.accordion:visible[id^=tool-]').count();
    const hidden = await page.locator('.tool-group:visible').evaluateAll((groups) => groups.filter((group) => !group.querySelector('details:not([hidden])')).length);
    same(hidden, 0, `empty groups for ${words}`);
    const says = await page.locator('[data-found]').innerText();
    if (words) expect(says.startsWith(`${shown} of `), `${words}: ${says}, but ${shown} are shown`);
    found[words] = shown;
  }
  await field.fill('no such thing');
  await page.evaluate(() => { location.hash = '#tool-list-tasks'; });
  await page.locator('#tool-list-tasks[open]').waitFor();
  await close();
  return found;
}

/** The status line follows `/status.json`; when that does not come, what the page says stays. */
async function status() {
  const { page, context, close } = await open();
  await page.locator('[data-of=server]', { hasText: 'Online' }).waitFor();
  const seen = { server: await page.locator('[data-of=server]').innerText(), upstream: await page.locator('[data-of=upstream]').innerText() };
  const other = await context.newPage();
  await other.route('**/status.json', (route) => route.fulfill({ json: { status: 'degraded', upstream: { status: 'down' } } }));
  await other.goto(base);
  await other.locator('[data-of=upstream]', { hasText: 'Does not answer' }).waitFor();
  seen.down = await other.locator('[data-of=server]').innerText();
  await other.unroute('**/status.json');
  await other.route('**/status.json', (route) => route.abort());
  await other.reload();
  seen.silent = await other.locator('[data-of=server]').innerText();
  await close();
  return seen;
}

/** Without scripts: all steps, the form as a page, the calls as a page, and no control that does nothing. */
async function plain() {
  const { page, close } = await open('/', { javaScriptEnabled: false });
  const panels = await page.locator('.tab-panel:visible').count();
  same(await page.locator('.copy:visible, .theme-switch:visible, .js-only:visible').count(), 0, 'controls that need a script');
  await page.locator('#connect summary').click();
  await page.getByLabel('Only read').check();
  await page.getByRole('button', { name: 'Open these steps' }).click();
  const address = await page.locator('#builder [data-setup=address]').textContent();
  same(address, new URL('/mcp/readonly', base).href, 'the address without scripts');
  await page.goBack();
  await page.locator('[data-play=list-tasks]').click();
  same(new URL(page.url()).pathname + new URL(page.url()).hash, '/tools#tool-list-tasks', 'where the call is');
  const calls = await page.locator('#tool-list-tasks .codebox').count();
  await close();
  return { panels, calls };
}
