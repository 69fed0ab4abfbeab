// What every TypeScript driver does once it is connected: list the tools, send one text, wait until it is
// delivered, and use a refreshed token on the way. Works on any SDK's client that has `listTools` and `callTool`.
import { setTimeout as sleep } from 'node:timers/promises';

const DELIVERY_DEADLINE_MS = 30_000;

/** The driver's arguments, or a usage message and exit code 2. */
export function driverArguments() {
  const [url, apiKey, to, text, from] = process.argv.slice(2);
  if (text === undefined) {
    console.error('usage: driver <mcp-or-sse-url> <api-key> <to-number> <text> [from-inbox]');
    process.exit(2);
  }
  return { url: new URL(url), apiKey, to, text, from };
}

/** `client` is connected. Returns the driver's report but for what only the driver knows (name, transport, version). */
export async function textSomebody(client, provider, { to, text, from }) {
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  const sent = await sendText(client, { to, content: text, ...(from && { from }) });

  const isRefreshed = provider.spoilAccessToken();
  await client.listTools();
  const refreshed = isRefreshed();

  const status = await waitUntilDelivered(client, sent, to, text);
  return { tools, messageId: sent.messageId, status, refreshed };
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
