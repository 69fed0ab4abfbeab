// Reflow (WCAG 1.4.10), text at twice the size (1.4.4) and the size of targets (2.5.8): no page scrolls sideways, no text is
// cut off, and whatever is pressed is at least 24 CSS pixels wide and high.
import { ON_PAGE, settle, STATES } from '../pages.mjs';

/** The smallest target, and what a button should have. */
const TARGET = 24;
const COMFORT = 44;
/** What a browser takes as the size of its text, and what a person who reads badly has set it to. */
const TEXT = { standard: 16, fixed: 13 };
const LARGE_TEXT = { standard: 32, fixed: 26 };

const SETTINGS = [
  { name: '320 px', viewport: { width: 320, height: 640 }, text: TEXT },
  { name: '1280 px, text at 200 %', viewport: { width: 1280, height: 900 }, text: LARGE_TEXT },
];

/** One entry for each state. */
export const size = STATES.map((state) => ({
  name: `size: ${state.name}`,
  context: { reducedMotion: 'reduce' },
  run: (page, cast, note) => problemsOf(page, cast, note, state),
}));

async function problemsOf(page, cast, note, state) {
  const session = await page.context().newCDPSession(page);
  await session.send('Page.enable');
  await state.open(page, cast);
  const problems = new Set();
  for (const setting of SETTINGS) {
    await page.setViewportSize(setting.viewport);
    await session.send('Page.setFontSizes', { fontSizes: setting.text });
    await settle(page, { open: true });
    for (const problem of await measure(page, setting, note)) problems.add(`${setting.name}: ${problem}`);
    await settle(page, { open: false });
    const tabs = page.locator(state.tabs ? ON_PAGE.tab : 'none');
    for (const tab of await tabs.all()) {
      await tab.click();
      await settle(page);
      const name = (await tab.innerText()).trim();
      for (const problem of await measure(page, setting, note)) problems.add(`${setting.name}, tab ${name}: ${problem}`);
    }
  }
  return [...problems];
}

async function measure(page, setting, note) {
  const { sideways, cut, small, tight, textSize } = await page.evaluate(look, { TARGET, COMFORT });
  for (const button of tight) note(`at ${setting.name} a button is under ${COMFORT} px: ${button}`);
  const problems = [];
  if (sideways > 0) problems.push(`the page is ${sideways} px wider than the window`);
  problems.push(...cut.map((what) => `cut off: ${what}`), ...small.map((what) => `a target under ${TARGET} px: ${what}`));
  // Else nothing was tried.
  const grown = setting.text.standard / TEXT.standard;
  if (textSize < 14 * grown) problems.push(`the text is ${textSize} px, where the person wants ${setting.text.standard}`);
  return problems;
}

/** In the page: what sticks out, what is cut off, and which targets are small. */
function look({ TARGET, COMFORT }) {
  const root = document.documentElement;
  const describe = (element) => element.cloneNode(false).outerHTML.slice(0, 120);
  const isShown = (element) => element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
  /** Kept for those who hear the page: a clipped pixel. */
  const isForReaders = (element) => element.closest('.visually-hidden') || element.getBoundingClientRect().width <= 1;

  /** How far `rect` is out of what shows it: a box that clips, or the window, before a box that scrolls. */
  const hidden = (rect, from) => {
    for (let box = from; box && box !== root; box = box.parentElement) {
      const { overflowX, overflowY, position } = getComputedStyle(box);
      if (overflowX === 'auto' || overflowX === 'scroll') return 0;
      const frame = box.getBoundingClientRect();
      const clips = (overflow) => overflow === 'hidden' || overflow === 'clip';
      const sideways = clips(overflowX) ? Math.max(frame.left - rect.left, rect.right - frame.right) : 0;
      const upright = clips(overflowY) ? Math.max(frame.top - rect.top, rect.bottom - frame.bottom) : 0;
      if (Math.max(sideways, upright) > 1) return Math.round(Math.max(sideways, upright));
      if (position === 'fixed') break;
    }
    const out = Math.max(-rect.left, rect.right - root.clientWidth);
    return out > 1 ? Math.round(out) : 0;
  };

  const cut = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !isShown(parent) || isForReaders(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const worst = Math.max(0, ...[...range.getClientRects()].map((rect) => hidden(rect, parent)));
    if (worst > 0) cut.push(`${worst} px of “${node.data.trim().slice(0, 60)}” in ${describe(parent)}`);
  }
  for (const control of document.querySelectorAll('input, select, textarea, button, img, svg')) {
    if (!isShown(control) || isForReaders(control)) continue;
    const worst = hidden(control.getBoundingClientRect(), control.parentElement);
    if (worst > 0) cut.push(`${worst} px of ${describe(control)}`);
  }

  const small = [];
  const tight = [];
  const targets = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [role="tab"]';
  for (const target of document.querySelectorAll(targets)) {
    if (!isShown(target) || isForReaders(target) || isInSentence(target)) continue;
    // A press on its label is a press on the box.
    const area = target.closest('label') ?? target;
    const { width, height } = area.getBoundingClientRect();
    const side = Math.min(width, height);
    const measure = `${Math.round(width)} x ${Math.round(height)}`;
    const words = target.textContent.trim().slice(0, 30);
    if (side < TARGET) small.push(`${measure} ${describe(target)} ${words}`);
    else if (side < COMFORT && target.matches('button, a.button')) tight.push(`${measure} “${words || target.title}”`);
  }
  return {
    sideways: root.scrollWidth - root.clientWidth,
    cut,
    small,
    tight,
    textSize: parseFloat(getComputedStyle(document.body).fontSize),
  };

  /** A link whose line has other words: its height is the line's (WCAG 2.5.8, inline). */
  function isInSentence(target) {
    if (!target.matches('a') || getComputedStyle(target).display !== 'inline') return false;
    let block = target.parentElement;
    while (getComputedStyle(block).display === 'inline') block = block.parentElement;
    return block.textContent.trim() !== target.textContent.trim();
  }
}
