// Drives `mcp-remote`, the bridge by which a client that knows only stdio reaches a remote server: from a 401 to a
// delivered text over Streamable HTTP or HTTP+SSE. Behind it stands the TypeScript SDK v2, as a desktop client would.
//
// The bridge prints where its user has to consent and waits for the browser on a loopback port. Here the person reads
// that line, and what would be the browser follows the redirect. The bridge keeps its tokens in files; it is given a
// folder of its own for them, and an environment in which it finds no browser to open.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { driverArguments, textSomebody } from './journey.mjs';
import { approve } from './person.mjs';
import { areRenewed, SPOILED } from './provider.mjs';

const journey = driverArguments();
const home = mkdtempSync(join(tmpdir(), 'mcp-remote-'));
const transport = new StdioClientTransport({
  command: process.execPath,
  args: [
    fileURLToPath(import.meta.resolve('mcp-remote/dist/proxy.js')),
    journey.url.href,
    '--transport',
    `${journey.transport}-only`,
  ],
  env: { HOME: home, PATH: home, MCP_REMOTE_CONFIG_DIR: home },
  stderr: 'pipe',
});
// Also when the driver fails: a bridge that waits for its user would not end with it.
process.on('exit', () => {
  try {
    if (transport.pid) process.kill(transport.pid);
  } catch {
    // It has ended by itself.
  }
  rmSync(home, { recursive: true, force: true });
});

let consents = 0;
// What is thrown in here ends the driver: nothing catches it.
createInterface({ input: transport.stderr }).on('line', async (line) => {
  console.error(line);
  if (!isAuthorizeUrl(line)) return;
  consents += 1;
  if (consents > 1) throw new Error('the person was asked to consent a second time');
  await comeBack(line);
});
const client = new Client({ name: 'behind-mcp-remote', version: '1.0.0' });
await client.connect(transport);
if (consents === 0) throw new Error('a client without a token was let in');

const protocolVersion = client.getNegotiatedProtocolVersion();
await textSomebody({ name: 'mcp-remote', client, protocolVersion, tokens: { spoilAccessToken } }, journey);
await client.close();

function isAuthorizeUrl(line) {
  return URL.canParse(line) && new URL(line).searchParams.get('response_type') === 'code';
}

/** Consents, and goes where the browser would be sent: to the bridge's own port. */
async function comeBack(authorizeUrl) {
  const redirect = await approve(authorizeUrl, journey.apiKey);
  const landing = await fetch(redirect);
  if (!landing.ok) throw new Error(`the bridge answered its redirect with ${landing.status}: ${await landing.text()}`);
}

/** As the provider's: the bridge reads its file of tokens before every request. */
function spoilAccessToken() {
  const [name] = readdirSync(home, { recursive: true }).filter((file) => file.endsWith('_tokens.json'));
  const read = () => JSON.parse(readFileSync(join(home, name), 'utf8'));
  const before = read();
  writeFileSync(join(home, name), JSON.stringify({ ...before, access_token: SPOILED }));
  return () => areRenewed(before, read());
}
