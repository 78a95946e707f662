// The page's frame: header, tabs, notices, dialogs; ties workspaces, engine and pages together.
// SPDX-License-Identifier: MIT
/** @import { Engine, FirstEngine, FitRange, Memory, Result, Values } from './types.js' */
/** @import { Tab } from './tabs.js' */
import { html, nothing } from 'lit';
import { createFitPainter } from './app/fit-painter.js';
import { createModelIntake } from './app/model-intake.js';
import { createShelves } from './app/shelves.js';
import { createWorkspaces, linkedValues } from './app/workspaces.js';
import { LANGUAGE } from './calculators/language.js';
import { newProblem } from './checks.js';
import { LocalizedElement } from './elements/localized-element.js';
import { fitOf } from './fit.js';
import { currentLanguage, loadMoreTexts, setLanguage, t, tOr } from './i18n/index.js';
import { LOGO, THEME_ICONS } from './icons.js';
import { scenarioName } from './names.js';
import './pages/calculator-page.js';
import { tabInHash, toHash } from './permalink.js';
import { applyTheme, savePreferences, THEMES } from './preferences.js';
import { flatten, toScenario } from './scenario.js';
import { afterPaint, createPause, createScheduler, debounce, whenIdle } from './schedule.js';
import { FIRST_TAB, isCalculator, loadTab, TABS } from './tabs.js';

const HASH_DELAY_MS = 300;
const TOAST_MS = 3500;
/** A drag that stands still this long lets everything beyond its answer follow. */
const PAUSE_MS = 100;
/** What is asked before the engine is here is answered when it is. @type {Result} */
const PENDING = Object.freeze({ issues: [], isPending: true });

/** @typedef {{ kind: 'error' | 'info', text: string }} Notice */

export class CalculatorApp extends LocalizedElement {
  static properties = {
    fits: { state: true },
    theme: { state: true },
    notice: { state: true },
    toast: { state: true },
    isDropping: { state: true },
    dialog: { state: true },
    tab: { state: true },
    hasMore: { state: true },
  };

  constructor() {
    super();
    /** The last answer and what it was asked with; see `result`. @type {{ facts: FirstEngine | null, values: Values | null, language: string, result: Result }} */
    this.answered = { facts: null, values: null, language: '', result: PENDING };
    /** @type {Readonly<Record<string, FitRange | null>>} */
    this.fits = {};
    /** @type {import('./preferences.js').Theme} */
    this.theme = 'auto';
    /** @type {Notice | null} */
    this.notice = null;
    this.toast = '';
    this.isDropping = false;
    /** Dialogs that have been asked for: their code is here. @type {ReadonlySet<'library' | 'model'>} */
    this.dialog = new Set();
    /** The tab in view: its code and texts are here. @type {Tab} */
    this.tab = FIRST_TAB;
    /** The tab that is on its way; until it is here the address stays as it is. @type {object | null} */
    this.turn = null;
    /** What comes after the first result is here. */
    this.hasMore = false;
    /** The memory at the last committed state: the ghost while something is dragged. @type {Memory | null} */
    this.settledMemory = null;
    /** What the page is drawn from until the engine is here. @type {FirstEngine | null} */
    this.facts = null;
    /** @type {Engine | null} */
    this.engine = null;
    /** @type {Promise<Engine>} */
    this.whole = new Promise((done) => (this.onEngine = done));
    this.recompute = createScheduler(() => this.compute());
    this.pause = createPause(() => this.showAll(), PAUSE_MS);
    this.writeHash = debounce(() => void (this.turn ?? this.writeHashNow()), HASH_DELAY_MS);
    this.hideToast = debounce(() => (this.toast = ''), TOAST_MS);
    this.workspaces = createWorkspaces(() => this.recompute.request());
    this.shelves = createShelves({
      entry: () => this.entry(),
      isWorthy: () => Boolean(this.result?.memory) && !this.store?.isPreview,
    });
    this.intake = createModelIntake({
      readHeader: (prefix, fileBytes) => {
        if (!this.engine) throw new Error('the engine is not there yet');
        return this.engine.readTensorFile(prefix, fileBytes);
      },
      take: (model) => this.takeModel(model),
      tell: (text) => (this.notice = { kind: 'error', text }),
      clear: () => (this.notice = null),
      ready: this.whole,
      drop: (isOver) => (this.isDropping = isOver),
    });
  }

  /** @param {{ facts: FirstEngine, engine: Promise<Engine>, values: Values, takeKept: (id: string) => import('./app/workspaces.js').Kept | null, theme: import('./preferences.js').Theme, rejected: readonly string[] }} parts `values` for the first calculator */
  start({ facts, engine, values, takeKept, theme, rejected }) {
    this.facts = facts;
    this.theme = theme;
    this.tell(rejected);
    const link = location.hash;
    const tab = tabInHash(link);
    this.workspaces.remember(takeKept);
    this.workspaces.open(LANGUAGE, isCalculator(tab) && tab !== FIRST_TAB ? {} : values);
    this.compute();
    if (tab !== '') void this.openTab(tab, isCalculator(tab) ? link : null);
    engine.then(
      (whole) => this.takeEngine(whole),
      (error) => {
        this.notice = { kind: 'error', text: t('boot.failed', { reason: String(error?.message ?? error) }) };
        console.error(error);
      },
    );
  }

  /** @param {Engine} engine */
  takeEngine(engine) {
    this.engine = engine;
    this.facts = engine;
    this.onEngine?.(engine);
    this.painter = createFitPainter({
      engine,
      ask: () => this.slidersToPaint(),
      show: (fits) => (this.fits = fits),
    });
    this.compute();
    afterPaint(() =>
      whenIdle(() => {
        engine.prepare();
        whenIdle(() => {
          this.requestUpdate(); // reading the catalog and drawing its lists are two tasks
          void this.shelves.load();
          void this.loadMore();
        });
      }),
    );
  }

  get store() {
    return this.workspaces.store;
  }

  createRenderRoot() {
    this.replaceChildren();
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    /** @type {Record<string, (detail: any) => void>} */
    const handlers = {
      'field-input': ({ path, value }) => this.store?.preview({ [path]: value }),
      'field-change': ({ path, value }) => this.store?.commit({ [path]: value }),
      'apply-changes': ({ changes }) => this.store?.commit(flatten(changes)),
      'take-values': ({ values, tab }) => void this.takeValues(values, tab ?? this.tab),
      'model-file': ({ file }) => void this.intake.file(file),
      'model-text': ({ text }) => void this.intake.text(text),
      'model-taken': ({ model, done }) => done(this.takeModel(model)),
      'page-action': ({ what }) => this.onAction(what),
      'view-change': () => this.painter?.request(), // another panel has other sliders
    };
    for (const [name, handle] of Object.entries(handlers))
      this.addEventListener(name, (event) => handle(/** @type {CustomEvent} */ (event).detail));
    window.addEventListener('hashchange', ({ newURL }) => void this.readHash(new URL(newURL).hash));
    window.addEventListener('keydown', (event) => this.onKey(event));
    window.addEventListener('paste', (event) => this.intake.onPaste(event));
    window.addEventListener('dragover', (event) => this.intake.onDrag(event));
    window.addEventListener('dragleave', (event) => this.intake.onDragLeave(event));
    window.addEventListener('drop', (event) => this.intake.onDrop(event));
  }

  // Numbers

  /** The answer to the values of now, so that neither is ever shown beside another's. */
  get result() {
    const { facts, store } = this;
    if (!facts || !store) return null;
    const [values, language] = [store.values, currentLanguage()];
    const known = this.answered;
    if (known.facts !== facts || known.values !== values || known.language !== language)
      this.answered = { facts, values, language, result: facts.estimate(toScenario(values)) ?? PENDING };
    return this.answered.result;
  }

  compute() {
    const { store, result } = this;
    if (!store || !result) return;
    if (store.isPreview) {
      if (this.page?.showAnswer(result, this.settledMemory)) this.pause.wait();
      else this.showAll();
      return;
    }
    this.settledMemory = result.memory ?? null;
    this.writeHash();
    this.shelves.record();
    this.showAll();
  }

  /** Draws the whole page anew. While something is dragged that is too much for a frame: then only the answer follows at once. */
  showAll() {
    this.pause.end();
    this.requestUpdate();
    this.painter?.request();
  }

  get page() {
    return /** @type {import('./pages/calculator-page.js').CalculatorPage | null} */ (
      this.querySelector('calculator-page')
    );
  }

  slidersToPaint() {
    const { store, result } = this;
    if (!store || !result || fitOf(result) === 'unknown') return null;
    return { values: store.values, sliders: this.page?.sliders ?? [] };
  }

  /** Only a model the engine can work with replaces the present one. @param {import('./types.js').Json} model @returns {string} what is wrong with it, or '' */
  takeModel(model) {
    const { engine, store } = this;
    if (!engine || !store) return t('verdict.error');
    const result = engine.estimate(toScenario({ ...store.committed, model }));
    const problem = newProblem(result, this.result);
    if (problem === '') store.commit({ model });
    return problem;
  }

  // Actions

  /** @param {string} what */
  onAction(what) {
    if (what === 'undo') this.store?.undo();
    else if (what === 'redo') this.store?.redo();
    else if (what === 'reset') this.workspaces.reset();
    else if (what === 'compare') void this.addToComparison();
    else if (what === 'embed') void this.openEmbed();
    else if (what === 'paste-model') void this.openDialog('model', what);
    else void this.openDialog('library', what);
  }

  /** Charts, tables and texts beyond the first result. */
  async loadMore() {
    await Promise.all([import('./elements/deep-results.js'), loadMoreTexts()]);
    this.hasMore = true;
  }

  async addToComparison() {
    const now = this.entry(); // not what it may be when the shelf is here
    await this.shelves.load();
    const { code, name } = this.shelves.compare(now);
    this.say(code === 'incomplete' ? t('link.incomplete') : t(`compare.${code}`, { name }));
  }

  /** The code and the texts of a dialog come when it is first asked for. @param {'library' | 'model'} name @param {string} view */
  async openDialog(name, view) {
    const load = {
      library: () => import('./pages/scenario-library.js'),
      model: () => import('./pages/model-dialog.js'),
    };
    try {
      await Promise.all([load[name](), loadMoreTexts(), this.shelves.load(), this.whole]);
      this.dialog = new Set([...this.dialog, name]);
      await this.updateComplete;
      /** @type {any} */ (this.querySelector(`[data-dialog="${name}"]`))?.open(view);
    } catch (error) {
      this.notice = { kind: 'error', text: t('tab.failed', { name: t(`action.${view}`) }) };
      console.error(error);
    }
  }

  async openEmbed() {
    const scenario = toScenario(this.store?.committed ?? {});
    this.writeHashNow(); // the code holds the link
    try {
      await Promise.all([import('./elements/embed-dialog.js'), loadMoreTexts()]);
      const dialog =
        document.querySelector('embed-dialog') ?? document.body.appendChild(document.createElement('embed-dialog'));
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

  /** @param {string} text */
  say(text) {
    this.toast = text;
    this.hideToast();
  }

  // Tabs

  /**
   * Brings a tab's code and texts first; until they are here the page stays as it is. The tab asked for last is the one that opens.
   * @param {string} name @param {string | null} [link] text of a link whose values are for it @returns {Promise<boolean>} whether it is open now
   */
  async openTab(name, link = null) {
    const tab = TABS.find((known) => known === name) ?? FIRST_TAB;
    const turn = (this.turn = {});
    try {
      const isFirst = tab === FIRST_TAB;
      const [calculator] = await Promise.all([
        loadTab(tab),
        isFirst ? null : loadMoreTexts(),
        isFirst ? null : this.shelves.load(),
        isFirst ? null : this.whole,
      ]);
      if (this.turn !== turn) return false;
      if (calculator && this.facts) {
        if (!isFirst) this.engine?.prepare();
        const linked = link === null ? null : linkedValues(link, this.facts.fields, calculator);
        this.workspaces.open(calculator, linked?.values);
        if (linked) this.tell(linked.rejected);
      }
    } catch (error) {
      console.error(error);
      if (this.turn !== turn) return false;
      this.turn = null;
      this.notice = { kind: 'error', text: t('tab.failed', { name: t(`tab.${tab}`) }) };
      this.writeHash();
      return false;
    }
    this.turn = null;
    this.writeHash();
    if (tab !== this.tab) {
      this.tab = tab;
      scrollTo(0, 0);
    }
    return true;
  }

  /** Values from a preset, the history, a file: into the calculator they are for. @param {Values} values @param {string} tab */
  async takeValues(values, tab) {
    if (tab === this.tab || (await this.openTab(isCalculator(tab) ? tab : FIRST_TAB))) this.store?.replace(values);
  }

  // The link

  /** The name in a link of a tab; the first has none. @param {string} tab */
  linkName(tab) {
    return tab === FIRST_TAB ? '' : tab;
  }

  /** The calculator in front, as links name it. */
  get calculatorName() {
    return this.linkName(this.workspaces.calculator?.id ?? FIRST_TAB);
  }

  /** The committed scenario as a link's text. @param {string} tab */
  hashOf(tab) {
    return this.facts && this.store
      ? toHash(this.store.committed, this.facts.fields, tab)
      : { hash: '', complete: false };
  }

  writeHashNow() {
    const { hash, complete } = this.hashOf(this.linkName(this.tab));
    try {
      history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
    } catch {
      // Browsers limit how often an address may be changed; the next change writes it.
    }
    return { complete };
  }

  /** @param {string} link */
  async readHash(link) {
    if (!this.facts) return;
    const tab = tabInHash(link) || FIRST_TAB;
    if (isCalculator(tab)) return void (await this.openTab(tab, link));
    const { values, rejected } = linkedValues(link, this.facts.fields, LANGUAGE);
    this.tell(rejected);
    this.workspaces.open(LANGUAGE, values);
    await this.openTab(tab);
  }

  /** The committed scenario as a named entry; null when its model is too large for a link. */
  entry() {
    const { hash, complete } = this.hashOf(this.calculatorName);
    return complete ? { name: this.scenarioName(), hash, at: Date.now() } : null;
  }

  scenarioName() {
    return scenarioName(this.store?.committed ?? {}, this.result, this.facts);
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
      this.say(t('link.copied'));
    } catch {
      this.say(t('link.in_address_bar'));
    }
  }

  // Language and theme

  async toggleLanguage() {
    await setLanguage(currentLanguage() === 'en' ? 'zh' : 'en');
    savePreferences({ language: currentLanguage(), theme: this.theme });
    this.recompute.request(); // the engine's sentences, too
  }

  nextTheme() {
    this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? 'auto';
    applyTheme(this.theme);
    savePreferences({ language: currentLanguage(), theme: this.theme });
  }

  // Drawing

  render() {
    const { store, facts, workspaces } = this;
    if (!store || !facts) return nothing;
    return html`${this.renderHeader()} ${this.notice ? this.renderNotice(this.notice) : nothing}
      <calculator-page ?hidden=${!isCalculator(this.tab)} .calculator=${workspaces.calculator ?? LANGUAGE} .engine=${facts} .values=${store.values} .result=${this.result} .fits=${this.fits} .ghost=${store.isPreview ? this.settledMemory : null}
        .settled=${store.committed} .hasMore=${this.hasMore} .canUndo=${store.canUndo} .canRedo=${store.canRedo} .canReset=${workspaces.isMoved}></calculator-page>
      ${this.renderTab()}
      <footer class="site-footer"><p>${t('footer.local', { version: facts.version })}
        <button type="button" class="link" ?hidden=${location.protocol === 'file:'} @click=${() => this.onAction('embed')}>${t('embed.open')}</button></p></footer>
      ${this.isDropping ? html`<div class="drop-target">${t('import.drop_here')}</div>` : nothing}
      ${this.dialog.has('library') ? html`<scenario-library data-dialog="library" .engine=${this.engine} .result=${this.result} .values=${store.committed} .history=${this.shelves.history} .name=${this.scenarioName()} .hash=${this.hashOf(this.calculatorName).hash}></scenario-library>` : nothing}
      ${this.dialog.has('model') ? html`<model-dialog data-dialog="model" .engine=${this.engine}></model-dialog>` : nothing}
      <div role="status">${this.toast ? html`<div class="toast">${this.toast}</div>` : nothing}</div>`;
  }

  renderTab() {
    switch (this.tab) {
      case 'accuracy':
        return html`<accuracy-page></accuracy-page>`;
      case 'guide':
        return html`<guide-page></guide-page>`;
      case 'compare':
        return html`<compare-page .engine=${this.engine} .shelf=${this.shelves.comparison} .current=${this.entry()}></compare-page>`;
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
    const isEnglish = currentLanguage() === 'en';
    const theme = t('theme.label', { theme: t(`theme.${this.theme}`) });
    return html`<header class="site-header">
      <p class="brand">${LOGO}${t('brand')}</p>
      ${this.renderTabs()}
      <div class="tools">
        <button type="button" lang=${isEnglish ? 'zh-CN' : 'en'} @click=${() => void this.toggleLanguage()}>${isEnglish ? '中文' : 'English'}</button>
        <button type="button" aria-label=${theme} title=${theme} @click=${() => this.nextTheme()}>${THEME_ICONS[this.theme]}<span class="wide-only">${t(`theme.${this.theme}`)}</span></button>
        <button type="button" class="primary" @click=${() => void this.share()}>${t('link.share')}</button>
      </div></header>`;
  }

  /** @param {Notice} notice */
  renderNotice({ kind, text }) {
    return html`<div class="notice-area"><div class="notice ${kind}" role="alert"><p>${text}</p>
      <button type="button" class="link" @click=${() => (this.notice = null)}>${t('notice.close')}</button></div></div>`;
  }
}
