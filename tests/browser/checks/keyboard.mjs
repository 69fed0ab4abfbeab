// Pages by keyboard alone: Tab reaches everything in the order of the document, forth and back, each focus is seen and not
// under the header (WCAG 2.4.3, 2.4.7, 2.4.11); the skip link, the tabs, the theme and a whole consent work.
import { callback, codeOf, ON_PAGE, settle, state, submit } from '../pages.mjs';
import { authorizationRequest, redeem, SERVER } from '../stage.mjs';

/** More stops than a page has. */
const MOST_STOPS = 400;
const CONTEXT = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' };

const WALKED = ['landing', 'privacy', 'consent', 'consent, key checked', 'consent, unknown host', 'connections', 'connections, list', 'signed out'];

/** One entry for each page that is walked, and for each thing that is done. */
export const keyboard = [
  ...WALKED.map((name) => ({
    name: `keyboard: walk through ${name}`,
    context: CONTEXT,
    run: (page, cast) => walk(page, cast, state(name)),
  })),
  { name: 'keyboard: skip link', context: CONTEXT, run: skipLink },
  { name: 'keyboard: tabs', context: CONTEXT, run: tabs },
  { name: 'keyboard: theme', context: { ...CONTEXT, colorScheme: 'light' }, run: theme },
  { name: 'keyboard: consent at once', context: CONTEXT, run: (page, cast) => consent(page, cast, false) },
  { name: 'keyboard: consent with limits', context: CONTEXT, run: (page, cast) => consent(page, cast, true) },
];

/** Tab to the end of the page and Shift+Tab back to its start. */
export async function walk(page, cast, state) {
  await state.open(page, cast);
  await settle(page);
  // The pages may put the focus somewhere by themselves.
  await page.evaluate(() => document.activeElement.blur());
  const expected = await page.evaluate(mark);
  const forth = await stops(page, 'Tab');
  // Tab has left the page: back from where it was last.
  await page.evaluate(() => window.lastFocus?.focus());
  const back = await stops(page, 'Shift+Tab', forth.slice(-1));
  const problems = [...judge(forth, 1, 'Tab'), ...judge(back, -1, 'Shift+Tab')];
  for (const [key, stops] of [['Tab', forth], ['Shift+Tab', back]]) {
    const reached = new Set(stops.map(({ index }) => index));
    const missed = expected.filter(({ index }) => !reached.has(index));
    problems.push(...missed.map(({ what }) => `${key} never comes to ${what}`));
  }
  return problems;
}

/** In the page: numbers everything that can have the focus, and lists what Tab has to come to. */
function mark() {
  const candidates = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex]';
  const all = [...document.querySelectorAll(candidates)];
  all.forEach((element, index) => (element.walkIndex = index));
  return all
    .filter((element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ checkVisibilityCSS: true }))
    // Of a group of radio buttons Tab takes one.
    .filter((element) => element.type !== 'radio' || element.checked)
    .map((element) => ({ index: element.walkIndex, what: element.cloneNode(false).outerHTML.slice(0, 120) }));
}

/** Where the focus comes to, from `start` on, until it leaves the page or begins anew. */
async function stops(page, key, start = []) {
  const seen = [...start];
  while (seen.length < MOST_STOPS) {
    await page.keyboard.press(key);
    const stop = await page.evaluate(focus);
    if (!stop || seen.some(({ index }) => index === stop.index)) return seen;
    seen.push(stop);
  }
  return seen;
}

/** In the page: what has the focus, whether that is seen, and how much of it is. */
async function focus() {
  await new Promise(requestAnimationFrame);
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  window.lastFocus = element;
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
  const isOutlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && !/, 0\)$|transparent/.test(outlineColor);
  // Of a link over several lines, the longest.
  const rect = [...element.getClientRects()].toSorted((one, other) => other.width - one.width)[0];
  const [left, right] = [Math.max(rect.left, 0), Math.min(rect.right, innerWidth)];
  const [top, bottom] = [Math.max(rect.top, 0), Math.min(rect.bottom, innerHeight)];
  let seen = 0;
  const PARTS = [0.1, 0.3, 0.5, 0.7, 0.9];
  for (const across of PARTS) {
    for (const down of PARTS) {
      const hit = document.elementFromPoint(left + (right - left) * across, top + (bottom - top) * down);
      const isIt = hit && (element.contains(hit) || hit.closest('label')?.control === element);
      if (right > left && bottom > top && isIt) seen++;
    }
  }
  const what = `${element.cloneNode(false).outerHTML.slice(0, 120)} ${element.textContent.trim().slice(0, 30)}`;
  return { index: element.walkIndex, what, isOutlined, outline: `${outlineStyle} ${outlineWidth}`, seen: seen / PARTS.length ** 2 };
}

function judge(stops, direction, key) {
  const problems = [];
  if (stops.length === 0 || stops.length >= MOST_STOPS) problems.push(`${key} stops ${stops.length} times`);
  stops.forEach(({ index, what, isOutlined, outline, seen }, place) => {
    const before = stops[place - 1];
    if (!isOutlined) problems.push(`${key}: the focus is not seen (outline ${outline}) on ${what}`);
    if (seen < 0.5) problems.push(`${key}: ${Math.round(100 * (1 - seen))} % is hidden of ${what}`);
    if (before && (index - before.index) * direction <= 0) problems.push(`${key}: out of order: ${what} after ${before.what}`);
  });
  return problems;
}

/** Presses Tab until the focus is on what `selector` finds. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < MOST_STOPS; presses++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return;
  }
  throw new Error(`Tab never comes to ${selector}`);
}

async function skipLink(page) {
  await page.goto(`${SERVER}/`);
  await page.keyboard.press('Tab');
  const first = await page.evaluate(focus);
  const problems = [];
  if (!(await page.evaluate((selector) => document.activeElement.matches(selector), ON_PAGE.skipLink))) {
    problems.push(`the first stop is ${first?.what}`);
  } else if (first.seen < 0.5) problems.push('the skip link is not seen when it has the focus');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  const isInside = await page.evaluate((selector) => Boolean(document.activeElement.closest(selector)), ON_PAGE.main);
  if (!isInside) problems.push(`after the skip link, Tab comes to ${(await page.evaluate(focus))?.what}`);
  return problems;
}

/** The arrows, Home and End, round at both ends; the chosen tab's panel is the one that is shown, and Tab goes into it. */
async function tabs(page) {
  await page.goto(`${SERVER}/`);
  await tabTo(page, ON_PAGE.tab);
  const count = await page.locator(ON_PAGE.tab).count();
  const problems = count > 1 ? [] : [`there are ${count} tabs`];
  const steps = [
    ['ArrowRight', 1],
    ['ArrowRight', 2 % count],
    ['ArrowLeft', 1],
    ['End', count - 1],
    ['ArrowRight', 0],
    ['ArrowLeft', count - 1],
    ['Home', 0],
  ];
  for (const [key, expected] of steps) {
    await page.keyboard.press(key);
    const now = await page.evaluate(({ tab, panel }) => {
      const all = [...document.querySelectorAll(tab)];
      const shown = [...document.querySelectorAll(panel)].filter((panel) => panel.checkVisibility());
      return {
        focused: all.indexOf(document.activeElement),
        chosen: all.flatMap((tab, index) => (tab.getAttribute('aria-selected') === 'true' ? [index] : [])),
        shown: shown.map(({ id }) => all.findIndex((tab) => tab.getAttribute('aria-controls') === id)),
      };
    }, { tab: ON_PAGE.tab, panel: ON_PAGE.panel });
    const wanted = { focused: expected, chosen: [expected], shown: [expected] };
    if (JSON.stringify(now) !== JSON.stringify(wanted)) {
      problems.push(`after ${key}: ${JSON.stringify(now)} and not ${JSON.stringify(wanted)}`);
    }
  }
  await page.keyboard.press('Tab');
  const isInside = await page.evaluate((panel) => Boolean(document.activeElement.closest(panel)), ON_PAGE.panel);
  if (!isInside) problems.push('Tab does not go from the tab into its panel');
  return problems;
}

async function theme(page) {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.goto(`${SERVER}/`);
  const before = await background();
  await tabTo(page, ON_PAGE.darkTheme);
  await page.keyboard.press('Enter');
  await settle(page);
  const after = await background();
  await page.reload();
  const remembered = await background();
  const problems = [];
  if (after === before) problems.push(`Enter on the theme changes nothing: ${before}`);
  if (remembered !== after) problems.push(`the theme is forgotten: ${remembered} after ${after}`);
  return problems;
}

/** From the opened page to a code that is worth tokens. */
async function consent(page, { stage, apiKey }, withLimits) {
  const request = authorizationRequest();
  await page.goto(request.url);
  await tabTo(page, ON_PAGE.key);
  await page.keyboard.type(apiKey);
  const problems = [];
  if (withLimits) {
    await tabTo(page, ON_PAGE.decision('check'));
    await submit(page, () => page.keyboard.press('Enter'));
    await tabTo(page, ON_PAGE.choice);
    const isChecked = () => page.evaluate(() => document.activeElement.checked);
    const before = await isChecked();
    await page.keyboard.press('Space');
    if ((await isChecked()) === before) problems.push('Space does not tick a box');
    await page.keyboard.press('Space');
  }
  await tabTo(page, ON_PAGE.decision('approve'));
  const arrived = callback(page);
  await page.keyboard.press('Enter');
  await redeem(stage, { ...request, code: codeOf((await arrived).url()) });
  return problems;
}
