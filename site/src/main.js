// Starts the page: loads the engine, reads the link, hands over from the form that was there before the script.
// SPDX-License-Identifier: MIT
/** @import { Field } from './types.js' */
import { CalculatorApp } from './app.js';
import { firstEngine, loadEngine } from './engine.js';
import { UpdatePrompt } from './elements/update-prompt.js';
import { firstAnswer } from './first-answer.js';
import { setLanguage, t } from './i18n/index.js';
import { keepForReload, takeKept } from './kept-state.js';
import { keepOffline } from './offline.js';
import { fromHash, readValues } from './permalink.js';
import { applyTheme, loadPreferences } from './preferences.js';
import { afterPaint, whenIdle } from './schedule.js';
import { FIRST_TAB } from './tabs.js';
import { offerTools } from './tools.js';

/** The page does not wait longer than this for its first picture. */
const PATIENCE_MS = 250;

/** What was entered before the script came, as the text of a link. @param {readonly Field[]} fields */
function readBootForm(fields) {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('#boot-form'));
  const known = new Set(fields.map((field) => field.path));
  const entered = [...(form?.elements ?? [])].flatMap((control) => {
    const changed =
      control instanceof HTMLInputElement
        ? control.value !== control.defaultValue
        : control instanceof HTMLSelectElement
          ? !control.options[control.selectedIndex]?.defaultSelected
          : false;
    const { name, value } = /** @type {HTMLInputElement} */ (control);
    return changed && known.has(name) ? [`${name}=${encodeURIComponent(value.trim())}`] : [];
  });
  return fromHash(entered.join('&'), fields).values;
}

/** What an earlier visit kept is for a reload; asking storage takes a while. */
const isReload = () =>
  /** @type {PerformanceNavigationTiming | undefined} */ (performance.getEntriesByType('navigation')[0])?.type ===
  'reload';

/** The first calculator's place has no name. @param {string} id */
const nameOf = (id) => (id === FIRST_TAB ? '' : `-${id}`);

/** Once the first picture is on the screen; that of a page in the background never is. */
const seen = () =>
  new Promise((done) => {
    new PerformanceObserver(done).observe({ type: 'paint', buffered: true });
    setTimeout(done, PATIENCE_MS);
  });

async function start() {
  const { language, theme } = loadPreferences();
  applyTheme(theme);
  const loading = loadEngine(firstAnswer?.gpus);
  void loading.then((engine) => afterPaint(() => whenIdle(() => offerTools(engine)))).catch(() => {}); // told by the page
  const [facts] = await Promise.all([firstAnswer ? firstEngine(firstAnswer) : loading, setLanguage(language)]);
  await seen(); // what stands in the page as built, before something else takes its place
  const { values, rejected } = fromHash(location.hash, facts.fields);
  Object.assign(values, readBootForm(facts.fields)); // before the element takes the form's place
  const read = (/** @type {import("./types.js").Values} */ stored) => readValues(stored, facts.fields);
  customElements.define('calculator-app', CalculatorApp);
  const app = /** @type {CalculatorApp} */ (document.querySelector('calculator-app'));
  app.start({
    facts,
    engine: afterFirstPaint(loading),
    values,
    takeKept: (id) => (isReload() ? takeKept(read, undefined, nameOf(id)) : null),
    theme,
    rejected,
  });
  // Only the built page has a worker, and only where a browser lets one run: https, this machine, no file.
  if (import.meta.env.PROD && 'serviceWorker' in navigator) afterPaint(() => whenIdle(() => installWorker(app)));
}

/** The first answer is drawn first, and taking the engine is a task of its own. @template T @param {Promise<T>} promise @returns {Promise<T>} */
const afterFirstPaint = (promise) =>
  new Promise((done) => afterPaint(() => done(promise))).then(
    (engine) => new Promise((done) => setTimeout(() => done(engine))),
  );

/** @param {CalculatorApp} app */
function installWorker(app) {
  customElements.define('update-prompt', UpdatePrompt);
  const prompt = document.body.appendChild(/** @type {UpdatePrompt} */ (document.createElement('update-prompt')));
  const save = () => app.workspaces.keep((id, kept) => keepForReload(kept, undefined, nameOf(id)));
  keepOffline({
    container: navigator.serviceWorker,
    onUpdate: (update) => (prompt.take = update),
    reload: () => {
      save();
      location.reload();
    },
  }).catch((error) => console.info(`Without a network this page will not open: ${error}`));
}

start().catch((error) => {
  const message = document.querySelector('#boot-message');
  if (message)
    message.textContent = t('boot.failed', { reason: error instanceof Error ? error.message : String(error) });
  console.error(error);
});
