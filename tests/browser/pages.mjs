// Every page of the server in every state, and how a browser gets there; and the few selectors by which the checks find
// things on them. A page that is built anew changes here and nowhere else.
import { authorizationRequest, CALLBACK, decide, expect, LIVE_SERVER, redeem, SERVER } from './stage.mjs';

/** What the checks look for on a page. None of it is a matter of looks. */
export const ON_PAGE = {
  skipLink: 'a[href="#main"]',
  main: 'main',
  tab: '[role="tab"]',
  panel: '[role="tabpanel"]',
  accordion: 'details',
  key: 'input[name="api_key"]',
  choice: 'main form input[type="checkbox"]',
  decision: (value) => `button[name="decision"][value="${value}"]`,
  problem: '[role="alert"]',
  darkTheme: '[data-theme-choice="dark"]',
  builder: 'form#builder',
};

/** Callbacks of clients that register themselves: a host of many tenants, and a program on the person's own computer. */
const SHARED_CALLBACK = 'https://oauth.n8n.cloud/oauth2/callback';
const LOOPBACK_CALLBACK = 'http://127.0.0.1:49152/callback';

/**
 * The states. `open` brings a page there; `tabs` says that a page has tabs, each of which is a state of its own, and `twin`
 * that it differs from the one before in a few words. `cast` is what [`prepare`] returns.
 */
export const STATES = [
  { name: 'landing', open: (page) => page.goto(`${SERVER}/`), tabs: true },
  { name: 'landing of a public server', open: (page) => page.goto(`${LIVE_SERVER}/`), twin: true },
  { name: 'privacy', open: (page) => page.goto(`${SERVER}/privacy`) },
  { name: 'consent', open: (page) => page.goto(consentOf()) },
  { name: 'consent, wrong key', open: (page, cast) => consentWithWrongKey(page, cast) },
  { name: 'consent, key checked', open: (page, cast) => consentChecked(page, cast) },
  { name: 'consent, unknown host', open: (page, cast) => page.goto(consentOf(cast.shared)) },
  { name: 'consent, own computer', open: (page, cast) => page.goto(consentOf(cast.loopback)) },
  { name: 'connections', open: (page) => page.goto(`${SERVER}/connections`) },
  { name: 'connections, wrong key', open: (page, cast) => connections(page, `${cast.apiKey}-mistyped`) },
  { name: 'connections, list', open: (page, cast) => connections(page, cast.apiKey) },
  { name: 'connections, none', open: (page, cast) => connections(page, cast.otherKey) },
  { name: 'signed out', open: (page) => page.goto(`${SERVER}/signed-out`) },
  { name: 'signed out, one reason', open: (page) => page.goto(`${SERVER}/signed-out?reason=refresh_expired`) },
  { name: 'error', open: (page) => page.goto(`${SERVER}/authorize`) },
  { name: 'connect', open: (page) => page.goto(`${SERVER}/connect?readonly=true&toolset=messaging&inbox=PNabc123`), tabs: true },
  { name: 'connect, wrong inbox', open: (page) => page.goto(`${SERVER}/connect?inbox=555`), twin: true },
  { name: 'tools', open: (page) => page.goto(`${SERVER}/tools`) },
];

/** The state of this name. */
export function state(name) {
  const found = STATES.find((state) => state.name === name);
  expect(found, `there is no state "${name}"`);
  return found;
}

/** Makes what the states need: clients that are registered, and a connection that is listed. */
export async function prepare(stage, { apiKey, otherKey }) {
  const shared = await stage.register(SHARED_CALLBACK);
  const loopback = await stage.register(LOOPBACK_CALLBACK);
  await connect(stage, apiKey);
  return { stage, apiKey, otherKey, shared, loopback };
}

/** A whole sign-in: of `client`, or of the one for which the operator vouches. */
export async function connect(stage, apiKey, client) {
  const request = authorizationRequest(client);
  const context = await stage.browser.newContext();
  const page = await context.newPage();
  await page.goto(request.url);
  const arrived = callback(page, request.redirectUri);
  await decide(page, apiKey);
  await redeem(stage, { ...request, code: codeOf((await arrived).url()) });
  await context.close();
}

/** The request with which the browser comes back to the client. */
export function callback(page, redirectUri = CALLBACK) {
  return page.waitForRequest((sent) => sent.url().startsWith(`${redirectUri}?`));
}

/** The code that came to a callback. */
export function codeOf(url) {
  const code = new URL(url).searchParams.get('code');
  expect(code, `no code came to the callback: ${new URL(url).searchParams.get('error')}`);
  return code;
}

/** Opens every accordion, or closes it, and waits until nothing moves any more. */
export async function settle(page, { open } = {}) {
  if (open !== undefined) {
    await page.locator(ON_PAGE.accordion).evaluateAll((all, open) => all.forEach((details) => (details.open = open)), open);
  }
  await page.evaluate(async () => {
    await document.fonts.ready;
    const ends = document.getAnimations().filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ends.map((animation) => animation.finished));
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
  });
}

/** Presses a button whose answer is a page, and waits for it. */
export async function submit(page, press) {
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), press()]);
}

/** The address of the consent page of `client`. */
export function consentOf(client) {
  return authorizationRequest(client).url;
}

async function consentWithWrongKey(page, { apiKey }) {
  await page.goto(consentOf());
  await submit(page, () => decide(page, `${apiKey}-mistyped`));
  await page.locator(ON_PAGE.problem).first().waitFor();
}

/** The consent page of `client` once the key was found good: with the limits that can be set. */
export async function consentChecked(page, { apiKey }, client) {
  await page.goto(consentOf(client));
  await submit(page, () => decide(page, apiKey, 'check'));
  await page.locator(ON_PAGE.choice).first().waitFor();
}

async function connections(page, apiKey) {
  await page.goto(`${SERVER}/connections`);
  await page.fill(ON_PAGE.key, apiKey);
  await submit(page, () => page.locator(ON_PAGE.key).press('Enter'));
}
