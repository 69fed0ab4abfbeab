// What the drivers in JavaScript have in common: their arguments, the way from a 401 to a connection, what happens once
// connected (list the tools, send one text, wait until it is delivered with a token that had to be refreshed), and what
// happens when the connection is revoked. Works on any SDK's client that has `listTools` and `callTool`.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const DELIVERY_DEADLINE_MS = 30_000;
/** What a report calls each `--transport`. */
const TRANSPORTS = { http: 'streamable-http', sse: 'sse' };

/** The driver's arguments, or a usage message and exit code 2. `modes` are those of `--mode`, the default first. */
export function driverArguments(modes = []) {
  const options = {
    transport: { type: 'string', default: 'http' },
    credentials: { type: 'string' },
    'behind-balancer': { type: 'boolean', default: false },
    'client-metadata-url': { type: 'string' },
    ...(modes.length > 0 && { mode: { type: 'string', default: modes[0] } }),
  };
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const [url, apiKey, to, text, from, ...tooMany] = positionals;
    if (text === undefined || tooMany.length > 0) throw new Error('four arguments or five are needed');
    if (!Object.hasOwn(TRANSPORTS, values.transport)) throw new Error(`no such transport: ${values.transport}`);
    if (values.mode && !modes.includes(values.mode)) throw new Error(`no such mode: ${values.mode}`);
    const clientMetadataUrl = values['client-metadata-url'];
    return { ...values, clientMetadataUrl, url: new URL(url), apiKey, to, text, from };
  } catch (error) {
    const mode = modes.length > 0 ? ` [--mode ${modes.join('|')}]` : '';
    console.error(`${error.message}
usage: driver [--transport http|sse]${mode} [--credentials PATH] [--client-metadata-url URL] [--behind-balancer]
              <mcp-or-sse-url> <api-key> <to-number> <text> [from-inbox]`);
    process.exit(2);
  }
}

/**
 * Connects, which has to be refused with `Unauthorized` (the SDK's error), since there is no token yet; `finish` has the
 * SDK redeem what its person came back with; connects again. `open` makes a new client and its transport.
 */
async function connectFromNothing(open, { Unauthorized, finish }) {
  const refused = open();
  const refusal = await refused.client.connect(refused.transport).catch((error) => error);
  if (!(refusal instanceof Unauthorized)) throw refusal ?? new Error('a client without a token was let in');
  await finish(refused.transport);

  const accepted = open();
  await accepted.client.connect(accepted.transport);
  return accepted;
}

/**
 * The whole life of a connection on one of the SDKs: from nothing to a delivered text and a refreshed token; then its
 * grant is revoked, which the SDK's next call has to end with `Unauthorized`; then the person consents anew and the text is
 * still there. Prints the report. `version` tells the revision of a connection; `provider` is a `PersonProvider`.
 */
export async function liveThrough(journey, { name, open, version, provider, ...sdk }) {
  const { client, transport } = await connectFromNothing(open, sdk);
  const protocolVersion = version(client, transport);
  const report = await textSomebody({ name, client, protocolVersion, tokens: provider }, journey);
  if (provider.consents !== 1) throw new Error(`the person consented ${provider.consents} times, and not once`);

  const { client_id: clientId } = provider.clientInformation();
  const { revocation_endpoint: endpoint } = provider.discoveryState().authorizationServerMetadata;
  await revoke(endpoint, { clientId, refreshToken: provider.tokens().refresh_token });
  // Another instance than the one that was told refuses the refresh token at once, and the access token within two seconds.
  if (journey['behind-balancer']) provider.spoilAccessToken();
  const refusal = await look(client, journey).catch((error) => error);
  if (!(refusal instanceof sdk.Unauthorized)) throw refusal ?? new Error('a revoked connection was let in');
  await client.close();
  if (provider.clientInformation().client_id !== clientId) throw new Error('a refused refresh led to a new registration');

  await sdk.finish(transport);
  const again = open();
  await again.client.connect(again.transport);
  await look(again.client, journey);
  await again.client.close();
  printReport({ ...report, afterRevocation: refusal.constructor.name, consents: provider.consents });
}

/** Ends a connection as an app does when its user disconnects it (RFC 7009): none of the SDKs has a call for that. */
export async function revoke(endpoint, { clientId, refreshToken }) {
  const form = { token: refreshToken, token_type_hint: 'refresh_token', client_id: clientId };
  const answer = await fetch(endpoint, { method: 'POST', body: new URLSearchParams(form) });
  if (answer.status !== 200) throw new Error(`the revocation was answered with ${answer.status}: ${await answer.text()}`);
}

/** The last line of a driver's output. */
export function printReport(report) {
  console.log(JSON.stringify(report));
}

/**
 * Lists the tools, texts somebody, and has the token refreshed on the way. `client` is connected and `name` is what the
 * report calls it; `tokens` is what has `spoilAccessToken`, as `PersonProvider` does. Returns the report.
 */
export async function textSomebody({ name, client, protocolVersion, tokens }, journey) {
  const { transport, to, text, from } = journey;
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  const sent = await sendText(client, { to, content: text, ...(from && { from }) });
  // Where it was sent from is where to look for it, later as well.
  journey.sent = sent;
  const isRefreshed = tokens.spoilAccessToken();
  const status = await waitUntilDelivered(client, journey);
  return {
    client: name,
    transport: TRANSPORTS[transport],
    protocolVersion,
    tools,
    messageId: sent.messageId,
    status,
    refreshed: isRefreshed(),
  };
}

/**
 * Sends as a model would: where the answer says that an inbox must be chosen, takes the first that it names.
 * Returns the message's id and the inbox.
 */
async function sendText(client, input) {
  const result = await client.callTool({ name: 'send-message', arguments: input });
  if (!result.isError) return { messageId: result.structuredContent.messageId, inbox: input.from };
  const inbox = /\bPN[A-Za-z0-9]+/.exec(textOf(result))?.[0];
  if (input.from || !inbox) throw new Error(`send-message failed: ${textOf(result)}`);
  return sendText(client, { ...input, from: inbox });
}

async function waitUntilDelivered(client, journey) {
  const deadline = Date.now() + DELIVERY_DEADLINE_MS;
  for (;;) {
    const message = await look(client, journey);
    if (message?.status === 'delivered') return message.status;
    if (Date.now() > deadline) throw new Error(`the text is not delivered: ${message?.status ?? 'not found'}`);
    await sleep(200);
  }
}

/** The text that was sent, as the server has it now; undefined while it does not. */
export async function look(client, { sent: { messageId, inbox }, to, text }) {
  const result = await client.callTool({
    name: 'fetch-messages',
    arguments: { participantPhoneNumber: to, ...(inbox && { inbox }) },
  });
  if (result.isError) throw new Error(`fetch-messages failed: ${textOf(result)}`);
  const message = result.structuredContent.messages.find(({ id }) => id === messageId);
  if (message && message.text !== text) throw new Error(`the text arrived as ${JSON.stringify(message.text)}`);
  return message;
}

function textOf(result) {
  return result.content.filter((part) => part.type === 'text').map((part) => part.text).join('\n');
}
