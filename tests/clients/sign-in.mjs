// Signs in as a client does, with the TypeScript SDK v2's own discovery, registration and code exchange, and prints
// the access token: for programs that know no OAuth, such as the conformance suite.
//
//   node sign-in.mjs <mcp-url> <api-key>
import { auth } from '@modelcontextprotocol/client';
import { PersonProvider } from './provider.mjs';

const [serverUrl, apiKey] = process.argv.slice(2);
if (apiKey === undefined) {
  console.error('usage: sign-in.mjs <mcp-url> <api-key>');
  process.exit(2);
}
setTimeout(() => {
  console.error('the sign-in takes more than 30 seconds');
  process.exit(1);
}, 30_000).unref();

const provider = new PersonProvider(apiKey, 'Sign-in');
await auth(provider, { serverUrl });
const { code, iss } = Object.fromEntries(provider.callback);
const outcome = await auth(provider, { serverUrl, authorizationCode: code, iss });
if (outcome !== 'AUTHORIZED') throw new Error(`signed in, and yet: ${outcome}`);
console.log(provider.tokens().access_token);
