// Runs the suite's tests of an authorization server. The suite prints a link and waits for a person: here the person of
// the client tests follows it, answers the consent page, and goes where the answer sends them.
//
//   node authorization.mjs <issuer> <client-id> <api-key> <port of the suite's own callback> <output folder>
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { approve } from '../clients/person.mjs';

const [issuer, clientId, apiKey, port, output] = process.argv.slice(2);
if (output === undefined) {
  console.error('usage: authorization.mjs <issuer> <client-id> <api-key> <port> <output folder>');
  process.exit(2);
}
const resource = `${issuer}/mcp`;
const suite = spawn(
  process.execPath,
  ['node_modules/conformance-0.2/dist/index.js', 'authorization', '--url', issuer, '--client-id', clientId]
    .concat(['--resource', resource, '--port', port, '--output-dir', output]),
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
suite.on('exit', (code) => process.exit(code ?? 1));

let link;
for await (const line of createInterface({ input: suite.stdout })) {
  console.log(line);
  if (line.startsWith(`${issuer}/authorize?`)) link = new URL(line);
  // It listens for the answer from now on.
  if (link && line.startsWith('Callback server started')) {
    const callback = await approve(link, apiKey);
    link = undefined;
    const answer = await fetch(callback);
    console.log(`the suite's callback answered ${answer.status}`);
  }
}
