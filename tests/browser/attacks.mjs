// Two browsers, an attacker's and a victim's, in Chromium: the attacker has a consent page of its own and wants the victim's
// browser to act on it. Prints one JSON line; exits 1 when an attack gets anywhere.
//
//   node tests/browser/attacks.mjs <upstream-url> <api-key> <certificate-folder> <screenshot-folder>
import {
  authorizationRequest,
  build,
  CALLBACK,
  decide,
  expect,
  heading,
  openPage,
  redeem,
  report,
  SERVER,
  transactionOf,
} from './stage.mjs';

const [upstream, apiKey, certificate, screenshots] = process.argv.slice(2);
if (!screenshots) {
  console.error('usage: attacks.mjs <upstream-url> <api-key> <certificate-folder> <screenshot-folder>');
  process.exit(2);
}

/** What the attacker's host has on its one page. */
let bait = '';
/** The queries that came to the client. */
const callbacks = [];

const stage = await build({
  upstream,
  certificate,
  screenshots,
  hosts: {
    'app.example.com': (url, response) => {
      callbacks.push(url.searchParams);
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><link rel="icon" href="data:,"><title>done</title><h1>Connected</h1>');
    },
    'evil.example': (_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><link rel="icon" href="data:,"><title>A prize</title>${bait}`);
    },
  },
});

await report(stage, async () => {
  const seen = {
    foreign: await foreignTransaction(),
    posted: await postedFromElsewhere(),
    framed: await framed(),
    tampered: await tampered(),
  };
  expect(callbacks.length === 0, `a code came to the client: ${callbacks.length}`);
  return { ...seen, honest: await honest() };
});

/** The confused deputy: the attacker's transaction in the form of the victim, who types the key and approves. */
async function foreignTransaction() {
  const attackers = await attackersTransaction();
  const victim = await openPage(await newContext());
  await victim.page.goto(authorizationRequest().url);
  await victim.page.locator('input[name="transaction"]').evaluate((field, value) => (field.value = value), attackers);
  return refusal(victim, 'foreign-transaction', () => decide(victim.page, apiKey));
}

/** The attacker's page sends the form by itself, with its own transaction and the key it has. */
async function postedFromElsewhere() {
  const attackers = await attackersTransaction();
  const victim = await openPage(await newContext());
  // The victim has a page of its own open, and so a cookie of this server.
  await victim.page.goto(authorizationRequest().url);
  bait = `<form method="post" action="${SERVER}/authorize">
    <input name="transaction" value="${attackers}"><input name="api_key" value="${apiKey}">
    <input name="decision" value="approve"></form><script>document.forms[0].submit()</script>`;
  return refusal(victim, 'posted-from-elsewhere', () => victim.page.goto('https://evil.example/'));
}

/** The attacker's page has the consent page in a frame, for the victim to click on what it does not see. */
async function framed() {
  const victim = await openPage(await newContext());
  bait = `<h1>Click here</h1><iframe src="${authorizationRequest().url.replaceAll('&', '&amp;')}"></iframe>`;
  await victim.page.goto('https://evil.example/', { waitUntil: 'load' });
  const frame = victim.page.frames().find((frame) => frame !== victim.page.mainFrame());
  const shown = await frame.locator('form').count();
  await stage.picture(victim.page, 'framed');
  await victim.page.context().close();
  return { formsShown: shown, complaints: victim.complaints };
}

/** A transaction of which one character is another: what a page shows that is not valid any more. */
async function tampered() {
  const victim = await openPage(await newContext());
  await victim.page.goto(authorizationRequest().url);
  await victim.page.locator('input[name="transaction"]').evaluate((field) => {
    const middle = Math.floor(field.value.length / 2);
    const other = field.value[middle] === 'A' ? 'B' : 'A';
    field.value = field.value.slice(0, middle) + other + field.value.slice(middle + 1);
  });
  return refusal(victim, 'tampered-transaction', () => decide(victim.page, apiKey));
}

/** The same stage lets an honest person through: else nothing above would prove anything. */
async function honest() {
  const request = authorizationRequest();
  const { page } = await openPage(await newContext());
  await page.goto(request.url);
  await decide(page, apiKey);
  await page.waitForURL(`${CALLBACK}?**`);
  await redeem(stage, { ...request, code: callbacks.at(-1).get('code') });
  await page.context().close();
  return { callbacks: callbacks.length };
}

/** What the attacker has from opening the consent page in its own browser. */
async function attackersTransaction() {
  const { page } = await openPage(await newContext());
  await page.goto(authorizationRequest().url);
  const transaction = await transactionOf(page);
  await page.context().close();
  return transaction;
}

/** The status and the page with which the server answers the form that `act` has the victim's browser send. */
async function refusal({ page }, picture, act) {
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await act();
  const response = await answered;
  await page.waitForLoadState('load');
  await page.waitForURL(`${SERVER}/authorize`);
  const said = { status: response.status(), heading: await heading(page) };
  expect(!(await page.content()).includes(apiKey), 'the page echoes the key');
  await stage.picture(page, picture);
  await page.context().close();
  return said;
}

function newContext() {
  return stage.browser.newContext({ viewport: { width: 1280, height: 900 } });
}
