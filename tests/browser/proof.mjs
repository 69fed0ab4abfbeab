// Holds every page of the server, in every state, against what a page of ours must be, in Chromium: the table is `CHECKS`,
// and each entry is made whatever became of those before. Prints every entry with its time, then all that is wrong at once,
// and last one JSON line; the folder of pictures gets the same as `proof.txt`. Exits 1 when anything is wrong.
//
//   node tests/browser/proof.mjs <sandbox-url> <public-url> <api-key> <other-key> <certificate-folder> <screenshot-folder> [words]
//
// The first server simulates its workspace and is at https://mcp.example.com, the second at https://live.example.com. `words`
// select the entries that have them in their names. The packages are those of this folder and of tests/clients.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { axe } from './checks/axe.mjs';
import { budget } from './checks/budget.mjs';
import { alterations, faults } from './checks/faults.mjs';
import { complaintsAboutHeaders } from './checks/headers.mjs';
import { keyboard } from './checks/keyboard.mjs';
import { plain } from './checks/plain.mjs';
import { shift } from './checks/shift.mjs';
import { size } from './checks/size.mjs';
import { prepare } from './pages.mjs';
import { build } from './stage.mjs';

/** Every check: its name, what the browser context is made with, and from a page to what is wrong with it. */
const CHECKS = [...axe, ...size, ...shift, ...keyboard, ...plain, ...budget, ...faults];
/** Entries under way at once: one waits for the server while another has the browser at work. */
const WORKERS = 3;
/** Longest that a thing on a page may take to come. */
const PATIENCE = 15_000;

const [upstream, live, apiKey, otherKey, certificate, screenshots, ...words] = process.argv.slice(2);
if (!screenshots) {
  console.error('usage: proof.mjs <sandbox-url> <public-url> <api-key> <other-key> <certificate> <screenshots> [words]');
  process.exit(2);
}

const stage = await build({
  upstream,
  live,
  certificate,
  screenshots,
  alterations,
  hosts: {
    'app.example.com': (_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>done</title><h1>Connected</h1>');
    },
  },
});
const wrong = [];
/** What is reported and breaks nothing; each once. */
const notes = new Set();
/** All that was printed: a test that passes shows none of it. */
const said = [];
try {
  const cast = await prepare(stage, { apiKey, otherKey });
  const selected = CHECKS.filter(({ name }) => words.every((word) => name.includes(word)));
  const waiting = [...selected];
  const work = async () => {
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) await make(entry, cast);
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  for (const line of notes) say(`note: ${line}`);
  for (const { name, problems } of wrong) {
    say(`\nFAILED ${name}`);
    for (const problem of problems) say(`   - ${problem}`);
  }
  writeFileSync(join(screenshots, 'proof.txt'), said.join('\n'));
  console.log(JSON.stringify({ made: selected.length, failed: wrong.map(({ name }) => name), notes: [...notes] }));
  if (wrong.length > 0 || selected.length === 0) process.exitCode = 1;
} finally {
  await stage.close();
}

function say(line) {
  said.push(line);
  console.error(line);
}

/** Makes one entry in a browser context of its own. */
async function make(entry, cast) {
  const started = performance.now();
  const problems = await problemsOf(entry, cast);
  const verdict = problems.length === 0 ? 'ok' : `${problems.length} wrong`;
  say(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${entry.name}: ${verdict}`);
  if (problems.length > 0) wrong.push({ name: entry.name, problems });
}

async function problemsOf({ context: options, run, about }, cast) {
  const context = await stage.browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  const headers = new Set();
  context.on('response', (response) => complaintsAboutHeaders(response).forEach((complaint) => headers.add(complaint)));
  try {
    const page = await context.newPage();
    const found = await run(page, cast, (note) => notes.add(note));
    const problems = [...found, ...headers];
    return about ? about(problems) : problems;
  } catch (error) {
    return [error.stack];
  } finally {
    await context.close();
  }
}
