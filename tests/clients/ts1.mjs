// Drives the TypeScript SDK v1 (`@modelcontextprotocol/sdk`, the initialize era): from a 401 to a delivered text over
// the transport given. `ts1-http.mjs` and `ts1-sse.mjs` are the programs.
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { driverArguments, textSomebody } from './journey.mjs';
import { PersonProvider } from './provider.mjs';

/** `Transport` is one of the SDK's client transports, `name` what the report calls it. */
export async function drive(Transport, name) {
  const journey = driverArguments();
  const provider = new PersonProvider(journey.apiKey, 'TypeScript SDK v1');
  const connection = () => ({
    client: new Client({ name: 'typescript-sdk-v1', version: '1.0.0' }),
    transport: new Transport(journey.url, { authProvider: provider }),
  });

  const refused = connection();
  const refusal = await refused.client.connect(refused.transport).catch((error) => error);
  if (!(refusal instanceof UnauthorizedError)) throw refusal ?? new Error('a client without a token was let in');
  await refused.transport.finishAuth(provider.callback.get('code'));

  const { client, transport } = connection();
  await client.connect(transport);
  // The SDK hands the negotiated version to its transport; the HTTP+SSE one keeps it private.
  const protocolVersion = transport.protocolVersion ?? transport._protocolVersion;
  const report = await textSomebody(client, provider, journey);
  console.log(JSON.stringify({ client: '@modelcontextprotocol/sdk', transport: name, protocolVersion, ...report }));
  await client.close();
}
