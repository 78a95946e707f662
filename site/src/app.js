// The page's frame: header, notices, files dropped on the window; ties state, engine and page together.
// SPDX-License-Identifier: MIT
/** @import { Engine, FitRange, Json, Memory, Result, Values } from './types.js' */
/** @import { Store } from './state.js' */
import { html, nothing } from 'lit';
import { LocalizedElement } from './elements/localized-element.js';
import { fitOf, fitRange } from './fit.js';
import { currentLanguage, loadMoreTexts, setLanguage, t, tOr } from './i18n/index.js';
import { LOGO, THEME_ICONS } from './icons.js';
import { ImportError, readConfigText, readModelFile } from './import-model.js';
import { scenarioName } from './pages/language-page.js';
import { isSlider, layoutOf } from './pages/language-layout.js';
import { fromHash, tabInHash, toHash } from './permalink.js';
import { applyTheme, savePreferences, THEMES } from './preferences.js';
import { chosen, flatten, readAt, toScenario } from './scenario.js';
import { afterPaint, createScheduler, debounce, whenIdle } from './schedule.js';
import { FIRST_TAB, loadTab, TABS } from './tabs.js';

const HASH_DELAY_MS = 300;
const TOAST_MS = 3500;
/** Sliders worked out in one go: a few milliseconds on a slow phone. */
const PAINTED_AT_ONCE = 3;
/** A scenario is part of the history once it has been looked at for this long. */
const RECORD_DELAY_MS = 1500;

/** @typedef {{ kind: 'error' | 'info', text: string }} Notice */

export class CalculatorApp extends LocalizedElement {
  static properties = {
    result: { state: true },
    fits: { state: true },
    theme: { state: true },
    notice: { state: true },
    toast: { state: true },
    isDropping: { state: true },
    isPasting: { state: true },
    tab: { state: true },
    hasLibrary: { state: true },
    hasCharts: { state: true },
  };

  constructor() {
    super();
    /** @type {Result | null} */
    this.result = null;
    /** @type {Readonly<Record<string, FitRange | null>>} */
    this.fits = {};
    /** @type {import('./preferences.js').Theme} */
    this.theme = 'auto';
    /** @type {Notice | null} */
    this.notice = null;
    this.toast = '';
    this.isDropping = false;
    this.isPasting = false;
    /** The tab in view: its code and texts are here. @type {import('./tabs.js').Tab} */
    this.tab = FIRST_TAB;
    /** The dialog of presets, history, import and export: brought when it is first asked for. */
    this.hasLibrary = false;
    this.hasCharts = false;
    /** @type {import('./shelf.js').Shelf | null} */
    this.history = null;
    /** @type {import('./shelf.js').Shelf | null} */
    this.comparison = null;
    this.record = debounce(() => this.recordNow(), RECORD_DELAY_MS);
    /** The memory at the last committed state: the ghost while something is dragged. @type {Memory | null} */
    this.settledMemory = null;
    this.isPainting = false;
    this.recompute = createScheduler(() => this.compute());
    this.writeHash = debounce(() => this.writeHashNow(), HASH_DELAY_MS);
    this.hideToast = debounce(() => (this.toast = ''), TOAST_MS);
  }

  /** @param {{ engine: Engine, store: Store, theme: import('./preferences.js').Theme, rejected: readonly string[] }} parts */
  start({ engine, store, theme, rejected }) {
    this.engine = engine;
    this.store = store;
    this.theme = theme;
    this.tell(rejected);
    store.subscribe(() => this.recompute.request());
    this.compute();
    void this.openTab(tabInHash(location.hash));
    afterPaint(() =>
      whenIdle(() => {
        void this.loadShelves();
        void this.loadCharts();
      }),
    );
  }

  createRenderRoot() {
    this.replaceChildren();
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.addEventListener('field-input', (event) => this.onField(/** @type {CustomEvent} */ (event), false));
    this.addEventListener('field-change', (event) => this.onField(/** @type {CustomEvent} */ (event), true));
    this.addEventListener('apply-changes', (event) =>
      this.store?.commit(flatten(/** @type {CustomEvent} */ (event).detail.changes)),
    );
    this.addEventListener(
      'model-file',
      (event) => void this.importFile(/** @type {CustomEvent} */ (event).detail.file),
    );
    this.addEventListener('take-values', (event) =>
      this.store?.replace(/** @type {CustomEvent} */ (event).detail.values),
    );
    this.addEventListener('page-action', (event) => this.onAction(/** @type {CustomEvent} */ (event).detail.what));
    window.addEventListener('hashchange', () => this.readHash());
    window.addEventListener('keydown', (event) => this.onKey(event));
    window.addEventListener('paste', (event) => this.onPaste(event));
    window.addEventListener('dragover', (event) => this.onDrag(event));
    window.addEventListener(
      'dragleave',
      (event) => (this.isDropping = event.relatedTarget !== null && this.isDropping),
    );
    window.addEventListener('drop', (event) => this.onDrop(event));
  }

  // State and numbers

  /** @param {CustomEvent<{ path: string, value: Json }>} event @param {boolean} isSettled */
  onField(event, isSettled) {
    const { path, value } = event.detail;
    if (isSettled) this.store?.commit({ [path]: value });
    else this.store?.preview({ [path]: value });
  }

  compute() {
    const { engine, store } = this;
    if (!engine || !store) return;
    const result = engine.estimate(toScenario(store.values));
    this.result = result;
    this.requestUpdate();
    if (!store.isPreview) {
      this.settledMemory = result.memory ?? null;
      this.writeHash();
      this.record();
    }
    this.paintFits();
  }

  /** How far each slider may go: worked out when the frame's own work is done, a few at a time, so that a drag never waits for it. */
  paintFits() {
    if (this.isPainting) return;
    this.isPainting = true;
    whenIdle(() => this.paintSome(this.fieldsToPaint(), {}, this.store?.values));
  }

  /** Those in view before those behind "more". @returns {string[]} */
  fieldsToPaint() {
    const { engine, store } = this;
    if (!engine || !store || !this.result || fitOf(this.result) === 'unknown') return [];
    const text = (/** @type {string} */ path) =>
      String(chosen(store.values, path) ?? readAt(this.result?.scenario, path) ?? '');
    const layout = layoutOf(engine.fields, text('task'), text('training.method'), text('training.stage'));
    const sliders = new Set(engine.fields.filter(isSlider).map((field) => field.path));
    return [...layout.rows.flat(), ...layout.advanced, ...layout.parallelism].filter((path) => sliders.has(path));
  }

  /** A pass is finished even when the values have moved on; then another follows. @param {readonly string[]} left @param {Record<string, FitRange | null>} fits @param {Values | undefined} values */
  paintSome(left, fits, values) {
    const { engine, store } = this;
    if (!engine || !store || !values) return;
    const now = left.slice(0, PAINTED_AT_ONCE);
    if (now.length > 0) {
      for (const range of engine.fitRanges({ scenario: toScenario(values), fields: now }))
        fits[range.field] = fitRange(range);
      whenIdle(() => this.paintSome(left.slice(PAINTED_AT_ONCE), fits, values));
      return;
    }
    this.isPainting = false;
    if (JSON.stringify(fits) !== JSON.stringify(this.fits)) this.fits = fits;
    if (values !== store.values) this.paintFits();
  }

  /** @param {string} what */
  onAction(what) {
    const { store } = this;
    if (what === 'undo') store?.undo();
    else if (what === 'redo') store?.redo();
    else if (what === 'reset') store?.replace({});
    else if (what === 'paste-model') this.openPaste();
    else if (what === 'compare') void this.addToComparison();
    else if (what === 'embed') void this.openEmbed();
    else void this.openLibrary(what);
  }

  // History, comparison, presets, files

  async loadCharts() {
    await Promise.all([import('./charts/what-if-chart.js'), loadMoreTexts()]);
    this.hasCharts = true;
  }

  async loadShelves() {
    if (this.history && this.comparison) return;
    const { compareShelf, historyShelf } = await import('./shelf.js');
    this.history = historyShelf();
    this.comparison = compareShelf();
    this.record();
  }

  /** The committed scenario as a named entry; null when its model is too large for a link. */
  entry() {
    if (!this.engine || !this.store) return null;
    const { hash, complete } = toHash(this.store.committed, this.engine.fields);
    return complete ? { name: this.scenarioName(), hash, at: Date.now() } : null;
  }

  async recordNow() {
    const entry = this.entry();
    if (!this.history || !entry || !this.result?.memory || this.store?.isPreview) return;
    const { remember } = await import('./shelf.js');
    remember(this.history, entry);
  }

  scenarioName() {
    return scenarioName(this.store?.committed ?? {}, this.result, this.engine ?? null);
  }

  async addToComparison() {
    await this.loadShelves();
    const entry = this.entry();
    if (!this.comparison || !entry) {
      this.toast = t('link.incomplete');
    } else if (this.comparison.isFull) {
      this.toast = t('compare.full');
    } else {
      this.comparison.add(entry);
      this.toast = t('compare.added', { name: entry.name });
    }
    this.hideToast();
  }

  /** @param {string} view */
  async openLibrary(view) {
    try {
      const [{ LIBRARY_VIEWS }] = await Promise.all([
        import('./pages/scenario-library.js'),
        loadMoreTexts(),
        this.loadShelves(),
      ]);
      const known = LIBRARY_VIEWS.find((name) => name === view);
      this.hasLibrary = true;
      await this.updateComplete;
      const library = /** @type {import('./pages/scenario-library.js').ScenarioLibrary | null} */ (
        this.querySelector('scenario-library')
      );
      if (known) library?.open(known);
    } catch (error) {
      this.notice = { kind: 'error', text: t('tab.failed', { name: t(`action.${view}`) }) };
      console.error(error);
    }
  }

  async openEmbed() {
    try {
      await Promise.all([import('./elements/embed-dialog.js'), loadMoreTexts()]);
      const dialog =
        document.querySelector('embed-dialog') ?? document.body.appendChild(document.createElement('embed-dialog'));
      const scenario = toScenario(this.store?.committed ?? {});
      await /** @type {import('./elements/embed-dialog.js').EmbedDialog} */ (dialog).open(scenario);
    } catch (error) {
      this.notice = { kind: 'error', text: t('tab.failed', { name: t('embed.open') }) };
      console.error(error);
    }
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const target = event.composedPath()[0];
    const isText =
      target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type === 'text');
    if (isText || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    const what = key === 'z' ? (event.shiftKey ? 'redo' : 'undo') : key === 'y' ? 'redo' : '';
    if (what === '') return;
    event.preventDefault();
    this.onAction(what);
  }

  // Tabs

  /** The first tab is here from the start; the others bring their code and texts when they are opened. @param {string} name */
  async openTab(name) {
    const tab = TABS.find((known) => known === name) ?? FIRST_TAB;
    try {
      if (tab !== FIRST_TAB) await Promise.all([loadMoreTexts(), loadTab(tab), this.loadShelves()]);
    } catch (error) {
      this.notice = { kind: 'error', text: t('tab.failed', { name: t(`tab.${tab}`) }) };
      console.error(error);
      return;
    }
    if (tab === this.tab) return;
    this.tab = tab;
    this.writeHash();
    scrollTo(0, 0);
  }

  // The link

  writeHashNow() {
    if (!this.engine || !this.store) return { complete: true };
    const { hash, complete } = toHash(this.store.committed, this.engine.fields, this.tab === FIRST_TAB ? '' : this.tab);
    try {
      history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
    } catch {
      // Browsers limit how often an address may be changed; the next change writes it.
    }
    return { complete };
  }

  readHash() {
    if (!this.engine || !this.store) return;
    const { values, rejected } = fromHash(location.hash, this.engine.fields);
    this.tell(rejected);
    this.store.replace(values);
    void this.openTab(tabInHash(location.hash));
  }

  /** @param {readonly string[]} rejected */
  tell(rejected) {
    if (rejected.length > 0)
      this.notice = {
        kind: 'info',
        text: t('link.rejected', { fields: rejected.map((path) => tOr(`field.${path}`, path)).join(', ') }),
      };
  }

  async share() {
    const { complete } = this.writeHashNow();
    if (!complete) {
      this.notice = { kind: 'info', text: t('link.incomplete') };
      return;
    }
    try {
      await navigator.clipboard.writeText(location.href);
      this.toast = t('link.copied');
    } catch {
      this.toast = t('link.in_address_bar');
    }
    this.hideToast();
  }

  // A model from a file

  /** @param {File} file */
  async importFile(file) {
    try {
      this.takeModel(await readModelFile(file));
    } catch (error) {
      this.refuse(error, file.name);
    }
  }

  /** @param {string} text */
  importText(text) {
    try {
      this.takeModel(readConfigText(text, t('import.pasted_name')));
    } catch (error) {
      this.refuse(error, t('import.pasted_name'));
    }
  }

  /** Only a model the engine can work with replaces the present one. @param {import('./import-model.js').ImportedModel} imported */
  takeModel({ model, name }) {
    const { engine, store } = this;
    if (!engine || !store) return;
    const result = engine.estimate(toScenario({ ...store.committed, model }));
    const known = this.result?.issues ?? [];
    const problem = result.issues.find(
      (issue) =>
        issue.severity === 'error' && !known.some(({ code, field }) => code === issue.code && field === issue.field),
    );
    if (problem) {
      this.notice = {
        kind: 'error',
        text: t('import.rejected', {
          name,
          message: tOr(`issue.${problem.code}`, problem.message, {
            value: JSON.stringify(problem.value ?? ''),
            field: problem.field,
          }),
        }),
      };
      return;
    }
    this.notice = null;
    store.commit({ model });
  }

  /** @param {unknown} error @param {string} name */
  refuse(error, name) {
    const code = error instanceof ImportError ? error.code : 'unreadable';
    const details = error instanceof ImportError ? error.details : {};
    this.notice = { kind: 'error', text: t(`import.${code}`, { name, ...details }) };
  }

  /** @param {ClipboardEvent} event */
  onPaste(event) {
    const target = event.composedPath()[0];
    const text = event.clipboardData?.getData('text') ?? '';
    if (
      target instanceof HTMLInputElement ||
      target instanceof HTMLTextAreaElement ||
      !text.trimStart().startsWith('{')
    )
      return;
    event.preventDefault();
    this.importText(text);
  }

  /** @param {DragEvent} event */
  onDrag(event) {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.isDropping = true;
  }

  /** @param {DragEvent} event */
  onDrop(event) {
    this.isDropping = false;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    void this.importFile(file);
  }

  openPaste() {
    this.isPasting = true;
    void this.updateComplete.then(() =>
      /** @type {HTMLDialogElement | null} */ (this.querySelector('#paste-dialog'))?.showModal(),
    );
  }

  /** @param {boolean} isTaken */
  closePaste(isTaken) {
    const text = /** @type {HTMLTextAreaElement | null} */ (this.querySelector('#paste-text'))?.value ?? '';
    /** @type {HTMLDialogElement | null} */ (this.querySelector('#paste-dialog'))?.close();
    this.isPasting = false;
    if (isTaken) this.importText(text);
  }

  // Language and theme

  async toggleLanguage() {
    await setLanguage(currentLanguage() === 'en' ? 'zh' : 'en');
    savePreferences({ language: currentLanguage(), theme: this.theme });
  }

  nextTheme() {
    this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? 'auto';
    applyTheme(this.theme);
    savePreferences({ language: currentLanguage(), theme: this.theme });
  }

  // Drawing

  render() {
    const { store, engine } = this;
    if (!store || !engine) return nothing;
    return html`${this.renderHeader()} ${this.notice ? this.renderNotice(this.notice) : nothing}
      <language-page ?hidden=${this.tab !== FIRST_TAB} .engine=${engine} .values=${store.values} .result=${this.result} .fits=${this.fits} .ghost=${store.isPreview ? this.settledMemory : null}
        .settled=${store.committed} .hasCharts=${this.hasCharts} .canUndo=${store.canUndo} .canRedo=${store.canRedo} .canReset=${Object.keys(store.values).length > 0}></language-page>
      ${this.renderTab()}
      <footer class="site-footer"><p>${t('footer.local', { version: engine.version })}
        <button type="button" class="link" ?hidden=${location.protocol === 'file:'} @click=${() => this.onAction('embed')}>${t('embed.open')}</button></p></footer>
      ${this.isDropping ? html`<div class="drop-target">${t('import.drop_here')}</div>` : nothing}
      ${this.hasLibrary ? html`<scenario-library .engine=${engine} .result=${this.result} .values=${store.committed} .history=${this.history} .name=${this.scenarioName()}></scenario-library>` : nothing}
      ${this.isPasting ? this.renderPaste() : nothing}
      <div role="status">${this.toast ? html`<div class="toast">${this.toast}</div>` : nothing}</div>`;
  }

  renderTab() {
    switch (this.tab) {
      case 'accuracy':
        return html`<accuracy-page></accuracy-page>`;
      case 'guide':
        return html`<guide-page></guide-page>`;
      case 'compare':
        return html`<compare-page .engine=${this.engine} .shelf=${this.comparison} .current=${this.entry()} @open-tab=${() => void this.openTab(FIRST_TAB)}></compare-page>`;
      default:
        return nothing;
    }
  }

  renderTabs() {
    return html`<nav class="tabs" aria-label=${t('tab.region')}>${TABS.map(
      (name) =>
        html`<button type="button" data-tab=${name} aria-current=${name === this.tab ? 'page' : 'false'} @click=${() => void this.openTab(name)}>${t(`tab.${name}`)}</button>`,
    )}</nav>`;
  }

  renderHeader() {
    const other = currentLanguage() === 'en' ? '中文' : 'English';
    return html`<header class="site-header">
      <p class="brand">${LOGO}${t('brand')}</p>
      ${this.renderTabs()}
      <div class="tools">
        <button type="button" lang=${currentLanguage() === 'en' ? 'zh-CN' : 'en'} @click=${() => void this.toggleLanguage()}>${other}</button>
        <button type="button" aria-label=${t('theme.label', { theme: t(`theme.${this.theme}`) })} title=${t('theme.label', { theme: t(`theme.${this.theme}`) })} @click=${() => this.nextTheme()}>${THEME_ICONS[this.theme]}<span class="wide-only">${t(`theme.${this.theme}`)}</span></button>
        <button type="button" class="primary" @click=${() => void this.share()}>${t('link.share')}</button>
      </div></header>`;
  }

  /** @param {Notice} notice */
  renderNotice({ kind, text }) {
    return html`<div class="notice-area"><div class="notice ${kind}" role="alert"><p>${text}</p>
      <button type="button" class="link" @click=${() => (this.notice = null)}>${t('notice.close')}</button></div></div>`;
  }

  renderPaste() {
    return html`<dialog id="paste-dialog" aria-labelledby="paste-title" @cancel=${() => (this.isPasting = false)}>
      <h2 id="paste-title">${t('import.paste_title')}</h2>
      <label for="paste-text">${t('import.paste_label')}</label>
      <textarea id="paste-text" rows="14" spellcheck="false" autocomplete="off" placeholder='{ "model_type": "llama", … }'></textarea>
      <div class="buttons"><button type="button" @click=${() => this.closePaste(false)}>${t('dialog.cancel')}</button>
        <button type="button" class="primary" @click=${() => this.closePaste(true)}>${t('import.use')}</button></div>
    </dialog>`;
  }
}
