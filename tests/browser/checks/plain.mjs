// Pages where no script runs: everything is on the landing page, consent works from start to end, and so does a refusal.
import { callback, codeOf, ON_PAGE, settle, submit } from '../pages.mjs';
import { authorizationRequest, decide, redeem, SERVER } from '../stage.mjs';

const CONTEXT = { javaScriptEnabled: false };

/** One entry for each thing that is done. */
export const plain = [
  { name: 'no scripts: every panel of the landing page', context: CONTEXT, run: panels },
  { name: 'no scripts: approval', context: CONTEXT, run: approval },
  { name: 'no scripts: denial without a key', context: CONTEXT, run: denial },
  { name: 'no scripts: builder', context: CONTEXT, run: builder },
];

/** What is a panel where scripts run is all shown where they do not; and so is every button's purpose. */
export async function panels(page, { stage }) {
  const scripted = await stage.browser.newContext();
  const other = await scripted.newPage();
  await other.goto(`${SERVER}/`);
  await settle(other);
  const ids = await other.locator(ON_PAGE.panel).evaluateAll((panels) => panels.map(({ id }) => id));
  await scripted.close();
  await page.goto(`${SERVER}/`);
  const problems = ids.length > 1 ? [] : [`there are ${ids.length} panels`];
  for (const id of ids) {
    if (!(await page.locator(`[id="${id}"]`).isVisible())) problems.push(`the panel ${id} is not shown`);
  }
  return problems;
}

async function approval(page, { stage, apiKey }) {
  const request = authorizationRequest();
  await page.goto(request.url);
  await submit(page, () => decide(page, apiKey, 'check'));
  const arrived = callback(page);
  await decide(page, undefined);
  await redeem(stage, { ...request, code: codeOf((await arrived).url()) });
  return [];
}

async function denial(page) {
  const request = authorizationRequest();
  await page.goto(request.url);
  const arrived = callback(page);
  await decide(page, undefined, 'deny');
  const query = new URL((await arrived).url()).searchParams;
  const isDenied = query.get('error') === 'access_denied' && query.get('state') === request.state;
  return isDenied ? [] : [`the client was told ${query}`];
}

/** A form that is sent with GET: what was chosen is in the address, still chosen on the page that comes, and has its effect. */
async function builder(page) {
  await page.goto(`${SERVER}/`);
  const form = page.locator(ON_PAGE.builder);
  await page.locator(`details:has(${ON_PAGE.builder}) > summary`).click();
  const method = ((await form.getAttribute('method')) ?? 'get').toLowerCase();
  const problems = method === 'get' ? [] : [`the form is sent with ${method}`];
  const commands = () => page.locator('code').allInnerTexts();
  const before = await commands();
  const box = form.locator('input[type="checkbox"]').first();
  const [name, was] = [await box.getAttribute('name'), await box.isChecked()];
  await box.setChecked(!was);
  await submit(page, () => form.locator('button:not([type="button"])').first().click());
  const url = new URL(page.url());
  if (url.search === '') problems.push('what was chosen is not in the address');
  if ((await page.locator(`${ON_PAGE.builder} input[name="${name}"]`).first().isChecked()) === was) problems.push('what was chosen is forgotten');
  const after = await commands();
  if (after.join('\n') === before.join('\n')) problems.push('what was chosen changes no command and no address');
  return problems;
}
