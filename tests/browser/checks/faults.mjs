// That the checks are some: each is made once more on pages that the stage has broken on the way, and has to say so.
import { altered } from '../stage.mjs';
import { axe } from './axe.mjs';
import { keyboard } from './keyboard.mjs';
import { plain } from './plain.mjs';
import { shift, SLOWLY, slowly } from './shift.mjs';
import { size } from './size.mjs';

/** `made` is the name of the check, `alter` what the stage does to an answer, `said` what the check has to say; `whole`: its short
 * form would not see it. */
const FAULTS = [
  { made: 'axe: consent', fault: 'no label', alter: html((text) => text.replaceAll(' for="api_key"', '')), said: /label/ },
  { made: 'axe: privacy', fault: 'pale text', alter: css('p { color: #999 !important; background: #aaa !important }'), said: /color-contrast/ },
  { made: 'axe: landing', fault: 'pale panels', alter: css('[role="tabpanel"] p { color: #999 !important; background: #aaa !important }'), said: /tab .*color-contrast/ },
  { made: 'axe: signed out', fault: 'pale in the dark', whole: true, alter: css('@media (prefers-color-scheme: dark) { p { color: #333 !important; background: #444 !important } }'), said: /dark: color-contrast/ },
  { made: 'size: privacy', fault: 'too wide', alter: css('main { min-width: 400px !important }'), said: /wider than the window/ },
  { made: 'size: consent', fault: 'clipped', alter: css('main { max-height: 200px; overflow: hidden !important }'), said: /cut off/ },
  { made: 'size: consent', fault: 'small buttons', alter: css('button { all: unset !important; font-size: 10px !important; line-height: 1 !important }'), said: /a target under/ },
  { made: 'size: privacy', fault: 'fixed text', alter: css('* { font-size: 16px !important }'), said: /the person wants/ },
  { made: 'shift: privacy', fault: 'a late push', alter: css('main { animation: push 0.2s 0.1s both } @keyframes push { from { margin-top: 0 } to { margin-top: 300px } }'), said: /the layout shifts/ },
  { made: 'shift: remembered theme', fault: 'script deferred', alter: html((text) => text.replaceAll('<script ', '<script defer ')), said: /a frame has the background/ },
  { made: 'keyboard: walk through privacy', fault: 'no outline', alter: css(':focus, :focus-visible { outline: none !important }'), said: /the focus is not seen/ },
  { made: 'keyboard: walk through signed out', fault: 'tall header', alter: css('header { position: fixed !important; inset: 0 0 auto 0; height: 60vh; z-index: 99 } html { scroll-padding: 0 !important }'), said: /is hidden/ },
  { made: 'keyboard: walk through consent', fault: 'order', alter: html((text) => text.replace('<main', '<a href="/x" tabindex="5">x</a><main')), said: /out of order/ },
  { made: 'keyboard: skip link', fault: 'leads nowhere', alter: html((text) => text.replace('id="main"', 'id="other"')), said: /after the skip link/ },
  { made: 'keyboard: tabs', fault: 'all panels shown', alter: css('[role="tabpanel"][hidden] { display: block !important }'), said: /after ArrowRight/ },
  { made: 'no scripts: every panel of the landing page', fault: 'hidden panels', alter: html((text) => text.replaceAll(/<section class="tab-panel/g, '<section hidden class="tab-panel')), said: /is not shown/ },
  { made: 'axe: error', fault: 'a header less', alter: without('x-content-type-options'), said: /headers of .*x-content-type-options/ },
];

/** For the stage: what is done to answers, by name. */
export const alterations = {
  [SLOWLY]: slowly,
  ...Object.fromEntries(FAULTS.map(({ made, fault, alter }) => [name(made, fault), async (answer) => slowly(alter(answer))])),
};

const CHECKS = [...axe, ...size, ...shift, ...keyboard, ...plain];

/** One entry for each fault: it has nothing to say when the check did. */
export const faults = FAULTS.map(({ made, fault, said, whole }) => {
  const check = CHECKS.find((check) => check.name === made);
  return {
    name: name(made, fault),
    context: { ...check.context, ...altered(name(made, fault)) },
    run: (page, cast) => ((!whole && check.short) || check.run)(page, cast, () => {}),
    about: (problems) =>
      problems.some((problem) => said.test(problem)) ? [] : [`not noticed; what was said: ${problems.join(' | ') || 'nothing'}`],
  };
});

function name(made, fault) {
  return `fault: ${fault}: ${made}`;
}

function html(change) {
  return changed('text/html', change);
}

function css(rules) {
  return changed('text/css', (text) => `${text}\n${rules}`);
}

function changed(type, change) {
  return (answer) => {
    if (!(answer.headers['content-type'] ?? '').startsWith(type)) return answer;
    return { ...answer, body: change(answer.body.toString()) };
  };
}

function without(header) {
  return (answer) => {
    delete answer.headers[header];
    return answer;
  };
}
