// Nothing moves while a page loads, and nothing flashes: no layout shift, and a remembered theme is there in the first frame.
// The script comes late and the page in pieces, as they do on a slow network or a busy machine: on a fast one a page that
// waits for its script, or moves as it grows, looks as good as one that does not.
import { ON_PAGE, settle, STATES } from '../pages.mjs';
import { altered, SERVER } from '../stage.mjs';

/** How late the script comes, in milliseconds: many frames. */
const LATE = 300;
/** Between two pieces of a page: more than a frame, so that each state of it is painted. */
const BETWEEN = 25;
/** Tags at each end of a page's body that come one by one: its header and its footer. What is between comes in as many pieces. */
const ONE_BY_ONE = 30;
/** The alteration of the stage that has scripts come late and pages in pieces. */
export const SLOWLY = 'slowly';

export async function slowly(answer) {
  if ((answer.headers['content-type'] ?? '').startsWith('text/html')) return { ...answer, pieces: piecesOf(`${answer.body}`), body: '' };
  if (!answer.path.endsWith('.js')) return answer;
  await new Promise((later) => setTimeout(later, LATE));
  // Every visit is a first one.
  return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-store' } };
}

/** The head, and when its script has come the body. Each piece ends with a tag: a word is not painted by halves. */
function piecesOf(text) {
  const start = text.indexOf('<body');
  const tags = text.slice(start).match(/[^>]*>/g);
  const main = tags.slice(ONE_BY_ONE, -ONE_BY_ONE);
  const many = Math.ceil(main.length / ONE_BY_ONE);
  const groups = Array.from({ length: ONE_BY_ONE }, (_, index) => main.slice(index * many, (index + 1) * many).join(''));
  const body = [...tags.slice(0, ONE_BY_ONE), ...groups, ...(main.length > 0 ? tags.slice(-ONE_BY_ONE) : tags.slice(ONE_BY_ONE))];
  return [[text.slice(0, start), 2 * LATE], ...body.map((piece) => [piece, BETWEEN])];
}

const VIEWPORTS = [
  { width: 1280, height: 900 },
  { width: 320, height: 640 },
];

/** One entry for each state, and one for the theme. */
export const shift = [
  ...STATES.map((state) => ({
    name: `shift: ${state.name}`,
    context: { ...altered(SLOWLY) },
    run: (page, cast) => shiftsOf(page, cast, state),
  })),
  {
    name: 'shift: remembered theme',
    context: { colorScheme: 'light', ...altered(SLOWLY) },
    run: (page) => themeOfFirstFrame(page),
  },
];

/** What moved in the state's page by itself. */
export async function shiftsOf(page, cast, state) {
  await page.addInitScript(() => {
    window.shifts = [];
    const keep = (list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries()) {
        const moved = sources.map(({ node }) => (node?.cloneNode(false).outerHTML ?? node?.nodeName ?? '?').slice(0, 100));
        if (!hadRecentInput) window.shifts.push({ value, moved: moved.join(' ') });
      }
    };
    window.observer = new PerformanceObserver(keep);
    window.observer.observe({ type: 'layout-shift', buffered: true });
    window.takeShifts = () => keep({ getEntries: () => window.observer.takeRecords() });
  });
  const found = [];
  for (const viewport of VIEWPORTS) {
    await page.setViewportSize(viewport);
    await state.open(page, cast);
    await settle(page);
    const shifts = await page.evaluate(() => {
      window.takeShifts();
      return window.shifts;
    });
    const sum = shifts.reduce((sum, { value }) => sum + value, 0);
    if (sum === 0) continue;
    const parts = shifts.map(({ value, moved }) => `${value.toFixed(4)} ${moved}`).join('; ');
    found.push(`${viewport.width} px: the layout shifts by ${sum.toFixed(4)}: ${parts}`);
  }
  return found;
}

/** The system is light, the person chose dark: every frame of the next visit is dark. */
export async function themeOfFirstFrame(page) {
  await page.goto(`${SERVER}/`);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.locator(ON_PAGE.darkTheme).click();
  await settle(page);
  const dark = await background();
  if (light === dark) return [`choosing dark changes nothing: ${dark}`];
  await page.addInitScript(() => {
    window.frames_seen = [];
    const keep = () => {
      // What a frame is about to show.
      if (document.body) window.frames_seen.push(getComputedStyle(document.body).backgroundColor);
      requestAnimationFrame(keep);
    };
    requestAnimationFrame(keep);
  });
  await page.goto(`${SERVER}/privacy`);
  await settle(page);
  const frames = await page.evaluate(() => window.frames_seen);
  if (frames.length === 0) return ['no frame was seen'];
  const others = [...new Set(frames)].filter((colour) => colour !== dark);
  return others.map((colour) => `a frame has the background ${colour}, and dark is ${dark}`);
}
