// axe over every state of every page, in light, dark and forced colours and on the narrowest phone: no rule of WCAG 2.2 AA
// or of axe's best practices is broken.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { ON_PAGE, settle, STATES } from '../pages.mjs';

const require = createRequire(new URL('../package.json', import.meta.url));
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const OPTIONS = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  // Off unless named: it is of WCAG 2.2.
  rules: { 'target-size': { enabled: true } },
  resultTypes: ['violations'],
};

/** The rules that look at colours: with others of them, only these can find another thing. */
const COLOURS = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }, resultTypes: ['violations'] };

const WIDE = { width: 1280, height: 900 };
const LOOKS = [
  { name: 'light', media: { colorScheme: 'light' } },
  { name: 'dark', media: { colorScheme: 'dark' }, options: COLOURS },
  { name: 'forced colours', media: { colorScheme: 'light', forcedColors: 'active' }, options: COLOURS },
  { name: '320 px', media: { colorScheme: 'light', forcedColors: 'none' }, size: { width: 320, height: 640 } },
];

/** One entry for each state. */
export const axe = STATES.map((state) => ({
  name: `axe: ${state.name}`,
  // The pages' own policy lets nothing in, axe neither; it is for this one context that it does not hold.
  context: { bypassCSP: true, reducedMotion: 'reduce', viewport: WIDE },
  run: (page, cast) => problemsOf(page, cast, state, state.twin ? LOOKS.slice(0, 1) : LOOKS),
  // Where one look is enough to see that it looks.
  short: (page, cast) => problemsOf(page, cast, state, LOOKS.slice(0, 1)),
}));

async function problemsOf(page, cast, state, looks) {
  await state.open(page, cast);
  await page.evaluate(AXE);
  const found = [];
  for (const look of looks) {
    await put(page, look);
    await settle(page, { open: true });
    found.push(...(await violations(page, look)));
  }
  if (state.tabs) found.push(...(await violationsOfPanels(page, looks)));
  return found;
}

/** The rest of the page is the same whichever tab is chosen, so that only the list of tabs and the panel are looked at. */
async function violationsOfPanels(page, looks) {
  const tabs = await page.locator(ON_PAGE.tab).all();
  if (tabs.length < 2) return [`there are ${tabs.length} tabs`];
  // It was looked at, and axe would go through it once more for each panel.
  await page.evaluate(({ tab, panel }) => {
    const kept = [...document.querySelectorAll(`${tab}, ${panel}`)];
    for (const part of document.body.querySelectorAll('*')) {
      if (!kept.some((one) => one.contains(part) || part.contains(one))) part.remove();
    }
  }, { tab: ON_PAGE.tab, panel: ON_PAGE.panel });
  const found = [];
  for (const look of looks) {
    await put(page, look);
    for (const tab of tabs.slice(1)) {
      await tab.click();
      await settle(page, { open: true });
      const name = (await tab.innerText()).trim();
      found.push(...(await violations(page, look, { tab: name, within: `${ON_PAGE.tab}, ${ON_PAGE.panel}` })));
    }
  }
  return found;
}

async function put(page, look) {
  await page.setViewportSize(look.size ?? WIDE);
  await page.emulateMedia(look.media);
}

async function violations(page, look, { tab, within } = {}) {
  const seen = await page.evaluate(([within, options]) => {
    const include = within ? [...document.querySelectorAll(within)].filter((part) => part.checkVisibility()) : [document];
    return window.axe.run(within ? { include } : document, options);
  }, [within, look.options ?? OPTIONS]);
  const where = tab ? `${look.name}, tab ${tab}` : look.name;
  return seen.violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(({ target, html, failureSummary }) => {
      const fix = failureSummary.replaceAll(/\s+/g, ' ');
      return `${where}: ${id} (${impact}): ${help}\n      ${target.join(' ')}\n      ${html.slice(0, 200)}\n      ${fix}`;
    }),
  );
}
