// A stage for the walks of this folder: headless Chromium, and an internet of a few hosts, all of them here.
//
// The server is at https://mcp.example.com: TLS ends on the stage and is passed on to where the server listens. Clients and
// attackers are further hosts, each a function. Chromium finds every name at this one port and takes its certificate;
// it reaches nothing else. A second server may be at https://live.example.com. What a server answers can be altered on
// the way, for the browser contexts that ask for it, to see that a check catches what is broken.
// `playwright-core` comes from tests/clients, whose lock file pins it.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const require = createRequire(new URL('../clients/package.json', import.meta.url));
const { chromium } = require('playwright-core');

/** Where Chromium sees the server. */
export const SERVER = 'https://mcp.example.com';
/** Where Chromium sees the second server, if there is one. */
export const LIVE_SERVER = 'https://live.example.com';
/** The client's redirect URI, for which the operator vouches (`--clients`). */
export const CALLBACK = 'https://app.example.com/callback';
const CLIENT_ID = 'app';
/** The request header by which a browser context says what is to be done to the answers for it. */
const ALTERATION = 'x-stage-alteration';

/**
 * Builds the stage. `upstream` is where the server listens, `certificate` a folder with `cert.pem` and `key.pem`,
 * `screenshots` where pictures go; `hosts` answer for their names: functions of a request's URL and of the response.
 * `live` is where the second server listens, `args` are further ones for Chromium, and `alterations` are functions by
 * name: from an answer's `{path, status, headers, body}` to what the browser gets instead. What an answer has as `pieces` comes
 * before its body, each with the milliseconds that follow it.
 */
export async function build({ upstream, live, certificate, screenshots, hosts = {}, alterations = {}, args = [] }) {
  mkdirSync(screenshots, { recursive: true });
  /** Every request of a page: `METHOD https://host/path`, without the query. Chromium's own calls to its maker are none. */
  const visits = [];
  /** What answers of the server to a POST wait for. */
  let hold;
  const tls = { cert: readFileSync(join(certificate, 'cert.pem')), key: readFileSync(join(certificate, 'key.pem')) };
  const listener = createServer(tls, (request, response) => {
    const url = new URL(request.url, `https://${request.headers.host}`);
    const host = hosts[url.host];
    const server = { [SERVER]: upstream, [LIVE_SERVER]: live }[url.origin];
    if (host === undefined && server === undefined) return response.writeHead(404).end();
    visits.push(`${request.method} ${url.origin}${url.pathname}`);
    if (host) return host(url, response);
    const alter = alterations[request.headers[ALTERATION]];
    if (alter) return passOnAltered(server, request, response, alter);
    passOn(server, request, response, request.method === 'POST' ? hold : undefined);
  });
  await new Promise((listening) => listener.listen(0, '127.0.0.1', listening));

  const browser = await chromium.launch({
    executablePath: process.env.MCP_TEST_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      `--host-resolver-rules=MAP * 127.0.0.1:${listener.address().port}`,
      '--ignore-certificate-errors',
      // A container's root has no user namespace for Chromium's sandbox.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      // Without these Chromium calls its maker at every start.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
  return {
    browser,
    visits,
    picture: (page, name) =>
      page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true, animations: 'disabled' }),
    /** Holds what the server answers to forms until `until` resolves. */
    holdAnswers: (until) => (hold = until),
    /** Sends a form to the server as a program does, not as Chromium: status, headers, body. */
    post: (path, form, headers = {}) => post(upstream, path, new URLSearchParams(form).toString(), headers),
    /** Registers a client, as it does by itself: returns what its authorization requests are made of. */
    register: async (redirectUri, name = 'Example app') => {
      const client = { client_name: name, redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' };
      const headers = { 'content-type': 'application/json' };
      const answer = await post(upstream, '/register', JSON.stringify(client), headers);
      expect(answer.status === 201, `the registration was answered with ${answer.status}: ${answer.body}`);
      return { clientId: JSON.parse(answer.body).client_id, redirectUri };
    },
    close: async () => {
      await browser.close();
      listener.close(() => {}).closeAllConnections();
    },
  };
}

/** What a browser context is made with, so that the answers for it are altered in the way of that name. */
export function altered(name) {
  return { extraHTTPHeaders: { [ALTERATION]: name } };
}

/** A page of `context`, and a list of what the browser complained of: CSP, console, exceptions. */
export async function openPage(context) {
  const page = await context.newPage();
  const complaints = [];
  // A violation of a policy is an error on the console, with the directive in it.
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  return { page, complaints };
}

/** An authorization request: its URL, and what the client keeps for the redemption. */
export function authorizationRequest({ server = SERVER, clientId = CLIENT_ID, redirectUri = CALLBACK } = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const url = new URL('/authorize', server);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: `${server}/mcp`,
  });
  return { url: url.href, state, verifier, clientId, redirectUri };
}

/** Redeems a code as the client does; throws unless there are tokens for it. */
export async function redeem(stage, { code, verifier, clientId = CLIENT_ID, redirectUri = CALLBACK }) {
  const answer = await stage.post('/token', {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  const { access_token: token } = JSON.parse(answer.body);
  expect(answer.status === 200 && token, `the code was answered with ${answer.status}: ${answer.body}`);
}

/** Types the key and presses the button. */
export async function decide(page, apiKey, decision = 'approve') {
  if (apiKey) await page.fill('input[name="api_key"]', apiKey);
  await page.click(`button[name="decision"][value="${decision}"]`);
}

/** The sealed transaction of the form that a page shows. */
export function transactionOf(page) {
  return page.locator('input[name="transaction"]').inputValue();
}

/** What a person reads in the page's heading. */
export async function heading(page) {
  return (await page.locator('h1').first().innerText()).trim();
}

export function expect(condition, message) {
  if (!condition) throw new Error(message);
}

/** Prints what `walk` returns; says what is wrong and has the script fail. */
export async function report(stage, walk) {
  try {
    console.log(JSON.stringify(await walk()));
  } catch (error) {
    console.error(`${error.stack}\nvisits:\n${stage.visits.join('\n')}`);
    process.exitCode = 1;
  } finally {
    await stage.close();
  }
}

function passOn(upstream, request, response, hold) {
  const { method, headers, url } = request;
  const onward = httpRequest(new URL(url, upstream), { method, headers }, async (answer) => {
    await hold;
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

/** As [`passOn`], but the whole answer goes through `alter` first. */
function passOnAltered(upstream, request, response, alter) {
  const { method, url } = request;
  const { [ALTERATION]: _, 'accept-encoding': __, ...headers } = request.headers;
  const onward = httpRequest(new URL(url, upstream), { method, headers }, async (answer) => {
    const path = new URL(url, SERVER).pathname;
    const given = { path, status: answer.statusCode, headers: { ...answer.headers }, body: await buffer(answer) };
    const altered = await alter(given);
    delete altered.headers['content-length'];
    response.writeHead(altered.status, altered.headers);
    for (const [piece, milliseconds] of altered.pieces ?? []) {
      response.write(piece);
      await pause(milliseconds);
    }
    response.end(altered.body);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

async function post(upstream, path, body, headers) {
  const answer = await new Promise((answered, failed) => {
    const options = {
      method: 'POST',
      headers: { host: new URL(SERVER).host, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    };
    httpRequest(new URL(path, upstream), options, answered).on('error', failed).end(body);
  });
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}
