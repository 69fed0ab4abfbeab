// Drives `mcp-remote`, the bridge by which a client that knows only stdio reaches a remote server: from a 401 to a
// delivered text, and from a revocation to the next login, over Streamable HTTP or HTTP+SSE. Behind it stands the TypeScript
// SDK v2, as a desktop client would.
//
// The bridge prints where its user has to consent and waits for the browser on a loopback port. Here the person reads
// that line, and what would be the browser follows the redirect. The bridge keeps its tokens in files; it is given a
// folder of its own for them (or that of `--credentials`), and an environment in which it finds no browser to open.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { driverArguments, look, printReport, revoke, textSomebody } from './journey.mjs';
import { approve } from './person.mjs';
import { areRenewed, SPOILED } from './provider.mjs';

/** Longest from the bridge's saying where to consent until it listens for the answer. */
const LISTEN_DEADLINE_MS = 10_000;
/** For a file of the bridge to be there, whole. */
const FILE_DEADLINE_MS = 10_000;

const journey = driverArguments();
const home = journey.credentials ?? mkdtempSync(join(tmpdir(), 'mcp-remote-'));
mkdirSync(home, { recursive: true });
let consents = 0;
const bridges = [];
// Also when the driver fails: a bridge that waits for its user would not end with it.
process.on('exit', () => {
  for (const { pid } of bridges) {
    try {
      if (pid) process.kill(pid);
    } catch {
      // It has ended by itself.
    }
  }
  if (!journey.credentials) rmSync(home, { recursive: true, force: true });
});

const client = await startBridge();
const protocolVersion = client.getNegotiatedProtocolVersion();
const report = await textSomebody({ name: 'mcp-remote', client, protocolVersion, tokens: { spoilAccessToken } }, journey);
if (consents !== 1) throw new Error(`the person consented ${consents} times, and not once`);

const clientId = await idOfClient();
const metadata = await (await fetch(new URL('/.well-known/oauth-authorization-server', journey.url))).json();
await revoke(metadata.revocation_endpoint, { clientId, refreshToken: kept('tokens').refresh_token });
// The bridge's way to be unauthorized is to ask the person again, within the same call.
if (journey.transport === 'http') {
  await look(client, journey);
  await client.close();
} else {
  // Over HTTP+SSE that call is lost: the open stream is bound to the grant that has ended. The bridge signs in all the
  // same, and the next one that the app starts has tokens.
  const lost = await look(client, journey).then(() => undefined, (error) => error);
  if (!lost) throw new Error('a stream outlived the grant that opened it');
  await client.close();
  const again = await startBridge();
  await look(again, journey);
  await again.close();
}
if ((await idOfClient()) !== clientId) throw new Error('a refused refresh led to a new registration');
printReport({ ...report, afterRevocation: 'consent', consents });

/** Starts the bridge as a desktop client does, and the client before it. */
async function startBridge() {
  const bridge = new StdioClientTransport({
    command: process.execPath,
    args: [
      fileURLToPath(import.meta.resolve('mcp-remote/dist/proxy.js')),
      journey.url.href,
      ...['--transport', `${journey.transport}-only`],
      // A document names where its client listens; this path is that of Claude Code.
      ...(journey.clientMetadataUrl
        ? ['--client-metadata-url', journey.clientMetadataUrl, '--callback-path', '/callback']
        : []),
    ],
    env: { HOME: home, PATH: home, MCP_REMOTE_CONFIG_DIR: home },
    stderr: 'pipe',
  });
  bridges.push(bridge);
  // What is thrown in here ends the driver: nothing catches it.
  createInterface({ input: bridge.stderr }).on('line', async (line) => {
    console.error(line);
    if (!isAuthorizeUrl(line)) return;
    consents += 1;
    if (consents > 2) throw new Error(`the person was asked to consent ${consents} times`);
    await comeBack(line);
  });
  const client = new Client({ name: 'behind-mcp-remote', version: '1.0.0' });
  await client.connect(bridge);
  return client;
}

function isAuthorizeUrl(line) {
  return URL.canParse(line) && new URL(line).searchParams.get('response_type') === 'code';
}

/** Consents, and goes where the browser would be sent: to the bridge's own port. */
async function comeBack(authorizeUrl) {
  const redirect = await approve(authorizeUrl, journey.apiKey);
  const landing = await openWhenListening(redirect);
  if (landing.status !== 200) throw new Error(`the bridge answered its redirect with ${landing.status}: ${landing.body}`);
}

/**
 * The bridge first says where to consent, then listens: a person is never as fast as this one. Not by `fetch`, which refuses
 * ports such as 4045: the bridge derives its own from the server's address, and gets one of them now and then.
 */
async function openWhenListening(redirect) {
  const deadline = Date.now() + LISTEN_DEADLINE_MS;
  for (;;) {
    try {
      const [response] = await once(get(redirect), 'response');
      return { status: response.statusCode, body: await text(response) };
    } catch (error) {
      if (error.code !== 'ECONNREFUSED' || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/**
 * The id that the bridge registered, or that of its document, of which it keeps nothing. On a slow machine, the bridge may be
 * at its file just then.
 */
async function idOfClient() {
  if (journey.clientMetadataUrl) return journey.clientMetadataUrl;
  const deadline = Date.now() + FILE_DEADLINE_MS;
  for (;;) {
    try {
      return kept('client_info').client_id;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/** What the bridge keeps in its file of that name. */
function kept(name) {
  return JSON.parse(readFileSync(fileOf(name), 'utf8'));
}

function fileOf(name) {
  const file = readdirSync(home, { recursive: true }).find((path) => path.endsWith(`_${name}.json`));
  if (!file) throw new Error(`the bridge keeps no file ${name}`);
  return join(home, file);
}

/** As the provider's: the bridge reads its file of tokens before every request. */
function spoilAccessToken() {
  const before = kept('tokens');
  writeFileSync(fileOf('tokens'), JSON.stringify({ ...before, access_token: SPOILED }));
  return () => areRenewed(before, kept('tokens'));
}
