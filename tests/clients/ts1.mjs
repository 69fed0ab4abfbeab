// Drives the TypeScript SDK v1 (`@modelcontextprotocol/sdk`, the initialize era): from a 401 to a delivered text, and from
// a revocation to the next login, over Streamable HTTP or over HTTP+SSE, the transport of 2024-11-05.
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { driverArguments, liveThrough } from './journey.mjs';
import { PersonProvider } from './provider.mjs';

const journey = driverArguments();
const Transport = { http: StreamableHTTPClientTransport, sse: SSEClientTransport }[journey.transport];
const provider = new PersonProvider(journey.apiKey, 'TypeScript SDK v1', journey);
await liveThrough(journey, {
  name: '@modelcontextprotocol/sdk',
  provider,
  Unauthorized: UnauthorizedError,
  open: () => ({
    client: new Client({ name: 'typescript-sdk-v1', version: '1.0.0' }),
    transport: new Transport(journey.url, { authProvider: provider }),
  }),
  finish: (refused) => refused.finishAuth(provider.callback.get('code')),
  // The SDK hands the negotiated version to its transport; the HTTP+SSE one keeps it private.
  version: (_, transport) => transport.protocolVersion ?? transport._protocolVersion,
});
