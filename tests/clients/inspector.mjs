// Drives the command line of the MCP Inspector: from a 401 to a delivered text, and from a revocation to the next login,
// over Streamable HTTP or HTTP+SSE. `--mode` is what it calls the protocol's era.
//
// Every call is a run of its own, which finds the registration and the tokens where the one before left them. Runs that
// may sign in print where to consent, and listen for the answer on a loopback port; those with `--stored-auth-only` say
// that they would have to. It has a way to end its connection itself (RFC 7009), `--relogin`, but version 2.12 looks for the
// endpoint where a login of the command line does not leave it, and sends nothing: the driver revokes as for the others.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { driverArguments, look, printReport, revoke, textSomebody } from './journey.mjs';
import { approve } from './person.mjs';
import { areRenewed, SPOILED } from './provider.mjs';

/** What the command line exits with when a tool says `isError`: its result is printed all the same. */
const TOOL_ERROR = 5;

const journey = driverArguments(['legacy', 'auto']);
const home = journey.credentials ?? mkdtempSync(join(tmpdir(), 'inspector-'));
mkdirSync(home, { recursive: true });
const launcher = fileURLToPath(new URL('node_modules/.bin/mcp-inspector', import.meta.url));
// A document names where its client listens; this path is that of Claude Code.
const path = journey.clientMetadataUrl ? '//localhost:PORT/callback' : '//127.0.0.1:PORT/oauth/callback';
const callback = `http:${path.replace('PORT', await freePort())}`;

let consents = 0;
try {
  const { protocolVersion } = (await inspect(['--method', 'initialize'])).result;
  const stored = commandLine(['--stored-auth-only']);
  const report = await textSomebody(
    { name: '@modelcontextprotocol/inspector', client: stored, protocolVersion, tokens: { spoilAccessToken } },
    journey,
  );
  if (consents !== 1) throw new Error(`the person consented ${consents} times, and not once`);

  const metadata = await (await fetch(new URL('/.well-known/oauth-authorization-server', journey.url))).json();
  await revoke(metadata.revocation_endpoint, { clientId: idOfClient(), refreshToken: tokens().refresh_token });
  const refusal = await look(stored, journey).then(() => undefined, (error) => error);
  if (refusal?.code !== 'auth_required') throw refusal ?? new Error('a revoked connection was let in');
  await look(commandLine([]), journey);
  printReport({ ...report, afterRevocation: refusal.code, consents });
} finally {
  if (!journey.credentials) rmSync(home, { recursive: true, force: true });
}

/** The command line as a client, as far as the journey needs one; `options` are those of every run. */
function commandLine(options) {
  return {
    listTools: async () => (await inspect(['--method', 'tools/list', '--strict', ...options])).result,
    callTool: async ({ name, arguments: input }) => {
      const call = ['--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(input)];
      return (await inspect([...call, ...options])).result;
    },
  };
}

/** One run. Returns what it prints; throws what it says is wrong, with its code. */
async function inspect(options) {
  const run = spawn(
    process.execPath,
    [
      launcher,
      ...['--cli', journey.url.href, '--transport', journey.transport, '--protocol-era', journey.mode],
      ...['--callback-url', callback, '--format', 'json'],
      ...(journey.clientMetadataUrl ? ['--client-metadata-url', journey.clientMetadataUrl] : []),
      ...options,
    ],
    {
      // It finds no browser to open, no keychain, and nobody at a terminal but is told that there is somebody.
      env: { HOME: home, PATH: home, MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const said = [];
  const coming = [];
  createInterface({ input: run.stderr }).on('line', (line) => {
    said.push(line);
    const url = line.split(' ').at(-1);
    if (URL.canParse(url) && new URL(url).searchParams.get('response_type') === 'code') coming.push(comeBack(url));
  });
  const [printed, status] = await Promise.all([text(run.stdout), new Promise((done) => run.on('close', done))]);
  await Promise.all(coming);
  if (status === 0 || (status === TOOL_ERROR && printed !== '')) return JSON.parse(printed);
  const { error } = said.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)).at(-1) ?? {};
  throw Object.assign(new Error(said.join('\n')), { code: error?.code });
}

/** Consents, and goes where the browser would be sent: to the port on which the run listens. */
async function comeBack(authorizeUrl) {
  consents += 1;
  const landing = await fetch(await approve(authorizeUrl, journey.apiKey));
  if (!landing.ok) throw new Error(`the redirect was answered with ${landing.status}: ${await landing.text()}`);
}

/** Its tokens, as they are in its file of secrets. */
function tokens() {
  const [value] = tokenEntries(JSON.parse(readFileSync(secretsFile(), 'utf8')));
  return JSON.parse(value[1]);
}

/** As the provider's: every run reads the file. */
function spoilAccessToken() {
  const before = tokens();
  const secrets = JSON.parse(readFileSync(secretsFile(), 'utf8'));
  for (const [name] of tokenEntries(secrets)) {
    secrets.secrets[name] = JSON.stringify({ ...before, access_token: SPOILED });
  }
  writeFileSync(secretsFile(), JSON.stringify(secrets));
  return () => areRenewed(before, tokens());
}

function tokenEntries({ secrets }) {
  return Object.entries(secrets).filter(([name]) => name.includes(':tokens'));
}

function secretsFile() {
  return join(home, readdirSync(home, { recursive: true }).find((file) => file.endsWith('secrets.json')));
}

/** The id that it registered, or that of its document. */
function idOfClient() {
  if (journey.clientMetadataUrl) return journey.clientMetadataUrl;
  const file = readdirSync(home, { recursive: true }).find((name) => name.endsWith('oauth.json'));
  return /"client_id": "([^"]+)"/.exec(readFileSync(join(home, file), 'utf8'))[1];
}

/** A port of which nobody else makes use just now: tests run side by side, and its default is one for all. */
async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}
