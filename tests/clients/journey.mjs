// What the drivers in JavaScript have in common: their arguments, the way from a 401 to a connection, and what happens
// once connected: list the tools, send one text, wait until it is delivered with a token that had to be refreshed.
// Works on any SDK's client that has `listTools` and `callTool`.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const DELIVERY_DEADLINE_MS = 30_000;
/** What a report calls each `--transport`. */
const TRANSPORTS = { http: 'streamable-http', sse: 'sse' };

/** The driver's arguments, or a usage message and exit code 2. `modes` are those of `--mode`, the default first. */
export function driverArguments(modes = []) {
  const options = {
    transport: { type: 'string', default: 'http' },
    ...(modes.length > 0 && { mode: { type: 'string', default: modes[0] } }),
  };
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const [url, apiKey, to, text, from, ...tooMany] = positionals;
    if (text === undefined || tooMany.length > 0) throw new Error('four arguments or five are needed');
    if (!Object.hasOwn(TRANSPORTS, values.transport)) throw new Error(`no such transport: ${values.transport}`);
    if (values.mode && !modes.includes(values.mode)) throw new Error(`no such mode: ${values.mode}`);
    return { ...values, url: new URL(url), apiKey, to, text, from };
  } catch (error) {
    const mode = modes.length > 0 ? ` [--mode ${modes.join('|')}]` : '';
    console.error(`${error.message}
usage: driver [--transport http|sse]${mode} <mcp-or-sse-url> <api-key> <to-number> <text> [from-inbox]`);
    process.exit(2);
  }
}

/**
 * Connects, which has to be refused with `Unauthorized` (the SDK's error), since there is no token yet; `finish` has the
 * SDK redeem what its person came back with; connects again. `open` makes a new client and its transport.
 */
export async function connectFromNothing(open, { Unauthorized, finish }) {
  const refused = open();
  const refusal = await refused.client.connect(refused.transport).catch((error) => error);
  if (!(refusal instanceof Unauthorized)) throw refusal ?? new Error('a client without a token was let in');
  await finish(refused.transport);

  const accepted = open();
  await accepted.client.connect(accepted.transport);
  return accepted;
}

/**
 * The rest of the way, and the report of it. `client` is connected and `name` is what the report calls it; `tokens` is
 * what has `spoilAccessToken`, as `PersonProvider` does; the second argument is the driver's.
 */
export async function textSomebody({ name, client, protocolVersion, tokens }, { transport, to, text, from }) {
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  const sent = await sendText(client, { to, content: text, ...(from && { from }) });
  const isRefreshed = tokens.spoilAccessToken();
  const status = await waitUntilDelivered(client, sent, to, text);
  const report = {
    client: name,
    transport: TRANSPORTS[transport],
    protocolVersion,
    tools,
    messageId: sent.messageId,
    status,
    refreshed: isRefreshed(),
  };
  console.log(JSON.stringify(report));
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

async function waitUntilDelivered(client, { messageId, inbox }, to, text) {
  const deadline = Date.now() + DELIVERY_DEADLINE_MS;
  for (;;) {
    const result = await client.callTool({
      name: 'fetch-messages',
      arguments: { participantPhoneNumber: to, ...(inbox && { inbox }) },
    });
    if (result.isError) throw new Error(`fetch-messages failed: ${textOf(result)}`);
    const message = result.structuredContent.messages.find(({ id }) => id === messageId);
    if (message && message.text !== text) throw new Error(`the text arrived as ${JSON.stringify(message.text)}`);
    if (message?.status === 'delivered') return message.status;
    if (Date.now() > deadline) throw new Error(`the text is not delivered: ${message?.status ?? 'not found'}`);
    await sleep(200);
  }
}

function textOf(result) {
  return result.content.filter((part) => part.type === 'text').map((part) => part.text).join('\n');
}
