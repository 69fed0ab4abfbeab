// What a page costs on the wire, with everything it asks for: bodies as they were sent, without the heads of the answers.
import { state } from '../pages.mjs';

/** Bytes that a first visit may cost. */
const LIMITS = [
  { name: 'landing', most: 25_000 },
  { name: 'landing of a public server', most: 25_000 },
  { name: 'consent', most: 14_000 },
];

/** One entry for each page with a limit. */
export const budget = LIMITS.map(({ name, most }) => ({
  name: `budget: ${name}`,
  run: async (page, cast, note) => {
    const answers = await bodiesOf(page, () => state(name).open(page, cast));
    const total = answers.reduce((sum, { bytes }) => sum + bytes, 0);
    const parts = answers.map(({ path, bytes }) => `${path} ${bytes}`).join(', ');
    note(`budget: ${name}: ${total} of ${most} bytes of bodies (${parts})`);
    return total <= most ? [] : [`${total} bytes, and ${most} is the most: ${parts}`];
  },
}));

/** The path and the body's encoded length of every answer until the page has loaded and the network is quiet. */
async function bodiesOf(page, visit) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const answers = new Map();
  session.on('Network.responseReceived', ({ requestId, response }) => {
    // By now the head has come, and nothing else.
    answers.set(requestId, { path: new URL(response.url).pathname, head: response.encodedDataLength, bytes: NaN });
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const answer = answers.get(requestId);
    if (answer) answer.bytes = encodedDataLength - answer.head;
  });
  await visit();
  await page.waitForLoadState('networkidle');
  return [...answers.values()];
}
