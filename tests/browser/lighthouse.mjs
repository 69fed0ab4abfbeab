// Lighthouse over the landing page of a public server and over its consent page, in Chromium behind the stage: every category
// that has a right answer is at 100; the speed of one machine has none and is only said. Prints one JSON line; exits 1 when
// a score is less. The folder of pictures gets the same as `lighthouse.txt`.
//
//   node tests/browser/lighthouse.mjs <sandbox-url> <public-url> <api-key> <other-key> <certificate-folder> <screenshot-folder>
//
// The arguments are those of proof.mjs. Lighthouse calls nobody: it sends neither reports nor errors unless it is asked to.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import lighthouse from 'lighthouse';

import { authorizationRequest, build, LIVE_SERVER } from './stage.mjs';

/** What is visited, and which categories have to be at 100. */
const VISITS = [
  { name: 'landing', url: `${LIVE_SERVER}/`, whole: ['accessibility', 'best-practices', 'seo'] },
  // Nobody is to find it: it has no `seo`.
  { name: 'consent', url: authorizationRequest({ server: LIVE_SERVER }).url, whole: ['accessibility', 'best-practices'] },
];

const [upstream, live, , , certificate, screenshots] = process.argv.slice(2);
if (!screenshots) {
  console.error('usage: lighthouse.mjs <sandbox-url> <public-url> <api-key> <other-key> <certificate> <screenshots>');
  process.exit(2);
}

const port = await freePort();
const stage = await build({ upstream, live, certificate, screenshots, args: [`--remote-debugging-port=${port}`] });
const problems = [];
const scores = {};
try {
  for (const visit of VISITS) await audit(visit);
  for (const problem of problems) console.error(`- ${problem}`);
  writeFileSync(join(screenshots, 'lighthouse.txt'), JSON.stringify({ scores, problems }, null, 2));
  console.log(JSON.stringify({ scores, problems }));
  if (problems.length > 0) process.exitCode = 1;
} finally {
  await stage.close();
}

async function audit({ name, url, whole }) {
  const { lhr } = await lighthouse(url, { port, output: 'json', logLevel: 'error', onlyCategories: [...whole, 'performance'] });
  if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`);
  const percent = ([category, { score }]) => [category, Math.round(100 * score)];
  scores[name] = Object.fromEntries(Object.entries(lhr.categories).map(percent));
  console.error(`${name}: ${JSON.stringify(scores[name])}`);
  for (const category of whole) {
    if (lhr.categories[category].score === 1) continue;
    const refs = lhr.categories[category].auditRefs.filter(({ id, weight }) => weight > 0 && (lhr.audits[id].score ?? 1) < 1);
    problems.push(`${name}: ${category} is at ${scores[name][category]}: ${refs.map(({ id }) => explain(lhr.audits[id])).join('; ')}`);
  }
}

function explain({ id, title, explanation, errorMessage, details }) {
  const items = (details?.items ?? []).slice(0, 5).map((item) => item.node?.snippet ?? item.url ?? JSON.stringify(item));
  return [`${id} (${title})`, explanation, errorMessage, ...items].filter(Boolean).join(' ').slice(0, 1_000);
}

/** A port on which nobody listens: bound once and let go. */
async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}
