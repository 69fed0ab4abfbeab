// Drives the TypeScript SDK v2 (`@modelcontextprotocol/client`) pinned to revision 2026-07-28, without initialize:
// from a 401 to a delivered text over Streamable HTTP.
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { driverArguments, textSomebody } from './journey.mjs';
import { PersonProvider } from './provider.mjs';

const journey = driverArguments();
const provider = new PersonProvider(journey.apiKey, 'TypeScript SDK v2');
const versionNegotiation = { mode: { pin: '2026-07-28' } };
const connection = () => ({
  client: new Client({ name: 'typescript-sdk-v2', version: '1.0.0' }, { versionNegotiation }),
  transport: new StreamableHTTPClientTransport(journey.url, { authProvider: provider }),
});

const refused = connection();
const refusal = await refused.client.connect(refused.transport).catch((error) => error);
if (!(refusal instanceof UnauthorizedError)) throw refusal ?? new Error('a client without a token was let in');
// The whole query, so that the SDK checks `iss` (RFC 9207) as well.
await refused.transport.finishAuth(provider.callback);

const { client, transport } = connection();
await client.connect(transport);
const report = await textSomebody(client, provider, journey);
console.log(
  JSON.stringify({
    client: '@modelcontextprotocol/client',
    transport: 'streamable-http',
    protocolVersion: client.getNegotiatedProtocolVersion(),
    ...report,
  }),
);
await client.close();
