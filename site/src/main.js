// Starts the page: loads the engine, reads the link, hands over from the form that was there before the script.
// SPDX-License-Identifier: MIT
/** @import { Field } from './types.js' */
import { CalculatorApp } from './app.js';
import { loadEngine } from './engine.js';
import { setLanguage, t } from './i18n/index.js';
import { fromHash } from './permalink.js';
import { applyTheme, loadPreferences } from './preferences.js';
import { createStore } from './state.js';

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

async function start() {
  const { language, theme } = loadPreferences();
  applyTheme(theme);
  const [engine] = await Promise.all([loadEngine(), setLanguage(language)]);
  const { values, rejected } = fromHash(location.hash, engine.fields);
  const store = createStore({ ...values, ...readBootForm(engine.fields) });
  customElements.define('calculator-app', CalculatorApp);
  /** @type {CalculatorApp} */ (document.querySelector('calculator-app')).start({ engine, store, theme, rejected });
}

start().catch((error) => {
  const message = document.querySelector('#boot-message');
  if (message)
    message.textContent = t('boot.failed', { reason: error instanceof Error ? error.message : String(error) });
  console.error(error);
});
