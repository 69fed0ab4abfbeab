// Takes pictures of the pages, at three widths, in light and dark; and of a few of them the windows that the documentation
// shows. Prints the path of each picture.
//
//   node tests/browser/screenshots.mjs <sandbox-url> <api-key> <certificate-folder> <picture-folder> [documentation-folder]
//
// The server simulates its workspace and is at https://mcp.example.com, as in stage.mjs.
import { statSync } from 'node:fs';
import { join } from 'node:path';

import { connect, consentChecked, consentOf, settle, state } from './pages.mjs';
import { build, expect } from './stage.mjs';

const WIDTHS = [360, 768, 1440];
const SCHEMES = ['light', 'dark'];
const HEIGHT = 900;
/** Most bytes of a picture in the documentation. */
const MOST_BYTES = 250_000;

/** What is taken: `open` brings a page there. */
const PICTURES = [
  { name: 'landing', open: (page, cast) => state('landing').open(page, cast) },
  { name: 'consent', open: (page, { claude }) => page.goto(consentOf(claude)) },
  { name: 'consent-checked', open: (page, cast) => consentChecked(page, cast, cast.claude) },
  { name: 'connections', open: (page, cast) => state('connections, list').open(page, cast) },
  { name: 'signed-out', open: (page, cast) => state('signed out').open(page, cast) },
];

/** What the documentation shows, by file. */
const DOCUMENTED = {
  'landing.png': { name: 'landing', width: 1440, scheme: 'light' },
  'landing-dark.png': { name: 'landing', width: 1440, scheme: 'dark' },
  'landing-phone.png': { name: 'landing', width: 360, scheme: 'light' },
  'consent.png': { name: 'consent', width: 1440, scheme: 'light' },
};

const [upstream, apiKey, certificate, screenshots, documentation] = process.argv.slice(2);
if (!screenshots) {
  console.error('usage: screenshots.mjs <sandbox-url> <api-key> <certificate> <picture-folder> [documentation-folder]');
  process.exit(2);
}

const stage = await build({ upstream, certificate, screenshots });
try {
  const claude = await stage.register('https://claude.ai/api/mcp/auth_callback', 'Claude');
  await connect(stage, apiKey, claude);
  const cast = { stage, apiKey, claude };
  for (const picture of PICTURES) {
    for (const scheme of SCHEMES) await take(picture, scheme, cast);
  }
} finally {
  await stage.close();
}

/** One page in one scheme, at every width. */
async function take({ name, open }, scheme, cast) {
  const viewport = { width: WIDTHS[0], height: HEIGHT };
  const context = await stage.browser.newContext({ viewport, colorScheme: scheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await open(page, cast);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    await settle(page);
    await picture(page, join(screenshots, `${name}-${width}-${scheme}.png`), true);
    for (const [file, wanted] of Object.entries(documentation ? DOCUMENTED : {})) {
      if (wanted.name !== name || wanted.width !== width || wanted.scheme !== scheme) continue;
      const path = join(documentation, file);
      await picture(page, path, false);
      const { size } = statSync(path);
      expect(size <= MOST_BYTES, `${path} has ${size} bytes, and ${MOST_BYTES} is the most`);
    }
  }
  await context.close();
}

async function picture(page, path, fullPage) {
  await page.screenshot({ path, fullPage, animations: 'disabled' });
  console.log(path);
}
