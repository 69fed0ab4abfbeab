// Drives the TypeScript SDK v2 (`@modelcontextprotocol/client`): from a 401 to a delivered text, and from a revocation to
// the next login, over Streamable HTTP or HTTP+SSE. `--mode` is how it finds the revision: `legacy` (the SDK's default)
// initializes, `auto` asks for `server/discover` first, and a revision is what it is pinned to.
import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { driverArguments, liveThrough } from './journey.mjs';
import { PersonProvider } from './provider.mjs';

const journey = driverArguments(['legacy', 'auto', '2026-07-28']);
const Transport = { http: StreamableHTTPClientTransport, sse: SSEClientTransport }[journey.transport];
const mode = ['legacy', 'auto'].includes(journey.mode) ? journey.mode : { pin: journey.mode };
const provider = new PersonProvider(journey.apiKey, 'TypeScript SDK v2', journey);
await liveThrough(journey, {
  name: '@modelcontextprotocol/client',
  provider,
  Unauthorized: UnauthorizedError,
  open: () => ({
    client: new Client({ name: 'typescript-sdk-v2', version: '1.0.0' }, { versionNegotiation: { mode } }),
    transport: new Transport(journey.url, { authProvider: provider }),
  }),
  // The whole query, so that the SDK checks `iss` (RFC 9207) as well.
  finish: (refused) => refused.finishAuth(provider.callback),
  version: (client) => client.getNegotiatedProtocolVersion(),
});
