// Drives the TypeScript SDK v1 (`@modelcontextprotocol/sdk`, the initialize era): from a 401 to a delivered text.
// A URL whose path ends in `/sse` is spoken to over HTTP+SSE (2024-11-05), any other over Streamable HTTP.
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { driverArguments, textSomebody } from './journey.mjs';
import { PersonProvider } from './provider.mjs';

const journey = driverArguments();
const overSse = journey.url.pathname.endsWith('/sse');
const provider = new PersonProvider(journey.apiKey, 'TypeScript SDK v1');

function connection() {
  const Transport = overSse ? SSEClientTransport : StreamableHTTPClientTransport;
  const transport = new Transport(journey.url, { authProvider: provider });
  return { client: new Client({ name: 'typescript-sdk-v1', version: '1.0.0' }), transport };
}

let { client, transport } = connection();
try {
  await client.connect(transport);
  throw new Error('the server let a client without a token in');
} catch (error) {
  if (!(error instanceof UnauthorizedError)) throw error;
  await transport.finishAuth(provider.callback.get('code'));
}
({ client, transport } = connection());
await client.connect(transport);
// The SDK hands the negotiated version to the transport, which sends it as a header; HTTP+SSE keeps it private.
const protocolVersion = transport.protocolVersion ?? transport._protocolVersion;
const report = await textSomebody(client, provider, journey);
console.log(
  JSON.stringify({
    client: '@modelcontextprotocol/sdk',
    transport: overSse ? 'sse' : 'streamable-http',
    protocolVersion,
    ...report,
  }),
);
await client.close();
