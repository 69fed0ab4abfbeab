// Walks from the consent page back to the client, in Chromium: through a chain of redirects that ends in an application's
// own scheme, without scripts, with a button pressed twice, with the same form sent twice, back and once more, and with a
// refusal. Prints one JSON line; exits 1 when something is not as it should be.
//
//   node tests/browser/redirects.mjs <upstream-url> <api-key> <certificate-folder> <screenshot-folder>
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
  console.error('usage: redirects.mjs <upstream-url> <api-key> <certificate-folder> <screenshot-folder>');
  process.exit(2);
}

/** Where the client goes on to; undefined: it is done, and says so. */
let onward;
/** The queries that came back to the client. */
const callbacks = [];
const APPLICATION = 'cursor://anysphere.cursor-mcp/oauth/callback';

const stage = await build({
  upstream,
  certificate,
  screenshots,
  hosts: {
    'app.example.com': (url, response) => {
      if (url.pathname === '/callback') callbacks.push(url.searchParams);
      if (onward) return response.writeHead(302, { location: `${onward}${url.search}` }).end();
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><link rel="icon" href="data:,"><title>done</title><h1>Connected</h1>');
    },
    // The hop that opens the application: as the callback of a large client does.
    'bounce.example.net': (url, response) =>
      response.writeHead(302, { location: `${APPLICATION}${url.search}` }).end(),
  },
});

await report(stage, async () => ({
  chain: await chain(),
  withoutScripts: await withoutScripts(),
  pressedTwice: await pressedTwice(),
  sentTwice: await sentTwice(),
  backAndAgain: await backAndAgain(),
  denied: await denied(),
}));

/** POST, 303 to https, 302 to another https origin, 302 to the application's scheme: nothing of ours stands in the way. */
async function chain() {
  const request = authorizationRequest();
  const { page, complaints } = await openPage(await newContext());
  const sought = await navigationsOf(page);
  await page.goto(request.url);
  onward = 'https://bounce.example.net/next';
  const before = stage.visits.length;
  await decide(page, apiKey);
  await until(() => sought.some((url) => url.startsWith(APPLICATION)), 'nobody asked for the application');
  onward = undefined;
  // Icons come when they come.
  const visited = stage.visits.slice(before).filter((visit) => !visit.startsWith(`GET ${SERVER}/`));
  expect(visited.includes(`GET ${CALLBACK}`), `the callback was not asked: ${visited}`);
  expect(visited.includes('GET https://bounce.example.net/next'), `the second hop was not asked: ${visited}`);
  await redeem(stage, { ...request, code: arrived(request) });
  await page.context().close();
  return { visited, application: sought.filter((url) => url.startsWith(APPLICATION)).length > 0, complaints };
}

/** A whole approval where no script runs. */
async function withoutScripts() {
  const request = authorizationRequest();
  const { page, complaints } = await openPage(await newContext({ javaScriptEnabled: false }));
  await page.goto(request.url);
  await page.fill('input[name="api_key"]', apiKey);
  await page.click('button[name="decision"][value="check"]');
  await page.waitForSelector('[role="status"]');
  await stage.picture(page, 'without-scripts');
  await page.click('button[name="decision"][value="approve"]');
  await page.waitForURL(`${CALLBACK}?**`);
  await redeem(stage, { ...request, code: arrived(request) });
  await page.context().close();
  return { complaints };
}

/** Approve pressed again before the first press is answered: both forms arrive, and the one connection works. */
async function pressedTwice() {
  const request = authorizationRequest();
  const { page, complaints } = await openPage(await newContext());
  await page.goto(request.url);
  await page.fill('input[name="api_key"]', apiKey);
  // By place and not by name: Playwright would wait for the first press to lead somewhere.
  const approve = page.locator('button[name="decision"][value="approve"]');
  await approve.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await approve.boundingBox();
  const before = stage.visits.length;
  const submitted = () => stage.visits.slice(before).filter((visit) => visit === `POST ${SERVER}/authorize`).length;
  let release;
  stage.holdAnswers(new Promise((resolve) => (release = resolve)));
  for (const times of [1, 2]) {
    await page.mouse.click(x + width / 2, y + height / 2);
    await until(() => submitted() === times, `the form did not arrive at press ${times}`);
  }
  stage.holdAnswers(undefined);
  release();
  // Not by waiting for a navigation: the second press has broken off the first one, which Playwright may hear of only now.
  await until(() => page.url().startsWith(`${CALLBACK}?`), 'the client was not reached');
  await redeem(stage, { ...request, code: arrived(request) });
  await page.context().close();
  return { submitted: submitted(), complaints };
}

/** The same form twice, byte for byte, as a reload or a flaky network would: both answers are whole. */
async function sentTwice() {
  const request = authorizationRequest();
  const context = await newContext();
  const { page } = await openPage(context);
  await page.goto(request.url);
  const cookie = (await context.cookies(SERVER)).map(({ name, value }) => `${name}=${value}`).join('; ');
  const form = { transaction: await transactionOf(page), api_key: apiKey, decision: 'approve' };
  const codes = [];
  for (let time = 0; time < 2; time += 1) {
    const answer = await stage.post('/authorize', form, { cookie, origin: SERVER });
    expect(answer.status === 303, `the form was answered with ${answer.status} at time ${time + 1}`);
    codes.push(new URL(answer.headers.location).searchParams.get('code'));
  }
  for (const code of codes) await redeem(stage, { ...request, code });
  await context.close();
  return { different: codes[0] !== codes[1] };
}

/** Back from the client, and once more: a page that says what it is, and a connection that works. */
async function backAndAgain() {
  const request = authorizationRequest();
  const { page, complaints } = await openPage(await newContext());
  await page.goto(request.url);
  const first = await transactionOf(page);
  await decide(page, apiKey);
  await page.waitForURL(`${CALLBACK}?**`);
  await redeem(stage, { ...request, code: arrived(request) });
  await page.goBack();
  await page.waitForSelector('input[name="api_key"]');
  expect((await page.inputValue('input[name="api_key"]')) === '', 'the key is still in the form');
  await stage.picture(page, 'back-after-approval');
  const isNew = (await transactionOf(page)) !== first;
  const before = callbacks.length;
  await decide(page, apiKey);
  await until(() => callbacks.length > before, 'the second approval led nowhere');
  await redeem(stage, { ...request, code: arrived(request) });
  await page.context().close();
  return { isNew, complaints };
}

/** Deny needs no key, and the client is told. */
async function denied() {
  const request = authorizationRequest();
  const { page, complaints } = await openPage(await newContext());
  await page.goto(request.url);
  await stage.picture(page, 'before-denial');
  await decide(page, undefined, 'deny');
  await page.waitForURL(`${CALLBACK}?**`);
  expect((await heading(page)) === 'Connected', 'the client does not have its user back');
  const query = Object.fromEntries(callbacks.at(-1));
  expect(query.state === request.state, 'the refusal carries another state');
  await page.context().close();
  return { query: Object.keys(query).sort(), error: query.error, iss: query.iss, complaints };
}

function newContext(options = {}) {
  return stage.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
}

/** The code of the last callback, which has to answer this request. */
function arrived({ state }) {
  const query = callbacks.at(-1);
  expect(query.get('state') === state, 'the callback carries another state');
  expect(query.get('iss') === SERVER, `the callback names the issuer ${query.get('iss')}`);
  return query.get('code');
}

/** Collects where the page is sent, also where nobody answers: an application's scheme is no request. */
async function navigationsOf(page) {
  const sought = [];
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', ({ request }) => sought.push(request.url));
  return sought;
}

async function until(condition, message) {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    expect(Date.now() < deadline, message);
    await new Promise((later) => setTimeout(later, 20));
  }
}
