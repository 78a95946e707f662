// Presets, history, import, export and logs: one dialog with five faces, brought when it is first asked for.
// SPDX-License-Identifier: MIT
/** @import { Engine, Result, Values } from '../types.js' */
/** @import { Entry, Shelf } from '../shelf.js' */
import { css, html, nothing } from 'lit';
import { savePicture, saveText } from '../charts/save.js';
import { memoryPicture, timelinePicture } from '../charts/picture.js';
import '../elements/log-reader.js';
import { TabbedDialog } from '../elements/tabbed-dialog.js';
import { exportersFor, exportWith } from '../exports/index.js';
import { markdownReport, scenarioJson, termsCsv } from '../exports/report.js';
import { currentLanguage, fmt, t, tOr } from '../i18n/index.js';
import { importText } from '../imports/index.js';
import { fromHash, tabInHash } from '../permalink.js';
import { PRESETS } from '../presets.js';
import { flatten } from '../scenario.js';

/** @typedef {'presets' | 'history' | 'import' | 'export' | 'log'} LibraryView */

/** @type {readonly LibraryView[]} */
export const LIBRARY_VIEWS = Object.freeze(['presets', 'history', 'import', 'export', 'log']);
const REPORTS = Object.freeze(/** @type {const} */ (['json', 'markdown', 'csv']));
const REPORT_FILES = Object.freeze({ json: 'scenario.json', markdown: 'report.md', csv: 'memory.csv' });

export class ScenarioLibrary extends TabbedDialog {
  static properties = {
    ...TabbedDialog.properties,
    engine: { attribute: false },
    result: { attribute: false },
    values: { attribute: false },
    history: { attribute: false },
    name: {},
    hash: {},
    format: { state: true },
    message: { state: true },
    pasted: { state: true },
    renamed: { state: true },
  };

  static styles = [
    ...TabbedDialog.styles,
    css`
      ul { margin: 0; padding: 0; list-style: none; }
      li { display: flex; gap: 10px; align-items: center; padding: 8px 0; border-bottom: 1px solid var(--line); }
      li:last-child { border-bottom: 0; }
      li .what { flex: 1; min-width: 0; overflow-wrap: anywhere; }
      li small { display: block; color: var(--ink-2); font-size: 12.5px; }
      .note { color: var(--warn); font-size: 13px; }
      pre { margin: 10px 0 0; padding: 10px 12px; max-height: 320px; overflow: auto; border: 1px solid var(--line); border-radius: var(--radius-s); background: var(--sunken); font: var(--mono); white-space: pre; }
      .rename { flex: 1; }
      @media (max-width: 600px) { li { flex-wrap: wrap; } }
    `,
  ];

  constructor() {
    super();
    /** @type {Engine | null} */
    this.engine = null;
    /** @type {Result | null} */
    this.result = null;
    /** @type {Values} */
    this.values = {};
    /** @type {Shelf | null} */
    this.history = null;
    this.name = '';
    /** The present scenario as a link's text. */
    this.hash = '';
    this.view = 'presets';
    this.format = '';
    /** @type {{ text: string, isBad: boolean } | null} */
    this.message = null;
    this.pasted = '';
    /** @type {Entry | null} */
    this.renamed = null;
  }

  /** @param {string} view */
  open(view) {
    this.view = view;
    this.message = null;
    this.renamed = null;
    this.show();
  }

  render() {
    return this.renderFrame(
      LIBRARY_VIEWS,
      'library',
      (view) => this.open(view),
      html`<div class="body"><h2 id="title">${t(`library.${this.view}`)}</h2>${this.renderView()}
        <p class="status ${this.message?.isBad ? 'bad' : ''}" role="status">${this.message?.text ?? ''}</p></div>`,
    );
  }

  renderView() {
    switch (this.view) {
      case 'presets':
        return this.renderPresets();
      case 'history':
        return this.renderHistory();
      case 'import':
        return this.renderImport();
      case 'log':
        return html`<log-reader .engine=${this.engine} .values=${this.values}></log-reader>`;
      default:
        return this.renderExport();
    }
  }

  /** @param {Values} values @param {string} [tab] the calculator they are for; left out: the one in front */
  take(values, tab) {
    this.dispatchEvent(new CustomEvent('take-values', { bubbles: true, composed: true, detail: { values, tab } }));
    this.close();
  }

  renderPresets() {
    return html`<p>${t('library.presets_lead')}</p><ul>${PRESETS.map(({ id, values, tab = 'language' }) => {
      const name = t(`preset.${id}`);
      return html`<li><span class="what">${name}<small>${String(values['model'])}, ${this.gpuName(String(values['hardware.gpu']))}${Number(values['hardware.gpus'] ?? 1) > 1 ? html` × ${fmt().count(Number(values['hardware.gpus']))}` : nothing}</small></span>
        <button type="button" aria-label=${t('library.use_this', { name })} @click=${() => this.take(values, tab)}>${t('library.use')}</button></li>`;
    })}</ul>`;
  }

  /** @param {string} id */
  gpuName(id) {
    return this.engine?.gpus.find((gpu) => gpu.id === id)?.name ?? id;
  }

  renderHistory() {
    const entries = this.history?.entries ?? [];
    if (entries.length === 0) return html`<p>${t('library.history_empty')}</p>`;
    const when = new Intl.DateTimeFormat(fmt().locale, { dateStyle: 'medium', timeStyle: 'short' });
    return html`<p>${t('library.history_lead')}</p><ul>${entries.map(
      (entry) =>
        html`<li>${
          this.renamed === entry
            ? html`<label class="rename"><span class="visually-hidden">${t('library.name')}</span><input .value=${entry.name} maxlength="120" @keydown=${(/** @type {KeyboardEvent} */ event) => this.onRename(event, entry)} @blur=${(/** @type {Event} */ event) => this.rename(event, entry)}></label>`
            : html`<span class="what">${entry.name}<small>${when.format(entry.at)}</small></span>`
        }
        <button type="button" aria-label=${t('library.use_this', { name: entry.name })} @click=${() => this.restore(entry)}>${t('library.use')}</button>
        <button type="button" class="link" aria-label=${t('library.rename_this', { name: entry.name })} @click=${() => this.startRename(entry)}>${t('library.rename')}</button>
        <button type="button" class="link" aria-label=${t('library.remove_this', { name: entry.name })} @click=${() => this.change(() => this.history?.remove(entry))}>${t('library.remove')}</button></li>`,
    )}</ul>
    <div class="buttons"><button type="button" @click=${() => this.change(() => this.history?.clear())}>${t('library.clear')}</button></div>`;
  }

  /** @param {Entry} entry */
  startRename(entry) {
    this.renamed = entry;
    void this.updateComplete.then(() => this.renderRoot.querySelector('input')?.select());
  }

  /** @param {() => void} work */
  change(work) {
    work();
    this.requestUpdate();
  }

  /** @param {Event} event @param {Entry} entry */
  rename(event, entry) {
    if (this.renamed !== entry) return;
    this.renamed = null;
    this.history?.rename(entry, /** @type {HTMLInputElement} */ (event.target).value);
  }

  /** @param {KeyboardEvent} event @param {Entry} entry */
  onRename(event, entry) {
    if (event.key === 'Enter') this.rename(event, entry);
    else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.renamed = null;
    }
  }

  /** @param {Entry} entry */
  restore(entry) {
    if (this.engine) this.take(fromHash(entry.hash, this.engine.fields).values, tabInHash(entry.hash) || 'language');
  }

  renderImport() {
    return html`<p>${t('library.import_lead')}</p>
      <label>${t('library.import_label')}<textarea rows="10" spellcheck="false" autocomplete="off" .value=${this.pasted} @input=${(/** @type {Event} */ event) => (this.pasted = /** @type {HTMLTextAreaElement} */ (event.target).value)}></textarea></label>
      <div class="buttons"><button type="button" class="primary" ?disabled=${this.pasted.trim() === ''} @click=${() => this.importPasted()}>${t('library.use')}</button>
        <label>${t('library.import_file')}<input type="file" accept=".json,.yaml,.yml,.sh,.txt" @change=${(/** @type {Event} */ event) => void this.importFile(event)}></label></div>`;
  }

  /** @param {Event} event */
  async importFile(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const file = input.files?.[0];
    if (!file) return;
    // No such file comes near half a mebibyte; the reader refuses a longer text.
    this.pasted = await file.slice(0, 2 ** 20).text();
    input.value = '';
    this.importPasted();
  }

  importPasted() {
    const imported = importText(this.pasted);
    if (!imported || !this.engine) {
      this.message = { text: t('library.import_unknown'), isBad: true };
      return;
    }
    const { kind, ignored } = imported;
    const values = kind === 'scenario' ? flatten(imported.values) : imported.values;
    // The link's own reader decides what a field can hold.
    const asLink = Object.entries(values).map(
      ([path, value]) => `${path}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`,
    );
    const { values: read, rejected } = fromHash(asLink.join('&'), this.engine.fields);
    const known = new Set(this.engine.fields.map((field) => field.path));
    const left = [...ignored, ...rejected, ...Object.keys(values).filter((path) => !known.has(path))];
    this.dispatchEvent(
      new CustomEvent('take-values', {
        bubbles: true,
        composed: true,
        detail: { values: kind === 'scenario' ? read : { ...this.values, ...read } },
      }),
    );
    this.pasted = '';
    this.message = {
      text:
        left.length > 0
          ? t('library.imported_except', { kind: t(`library.kind_${kind}`), names: left.slice(0, 20).join(', ') })
          : t('library.imported', { kind: t(`library.kind_${kind}`) }),
      isBad: false,
    };
  }

  renderExport() {
    const result = this.result;
    if (!result?.memory) return html`<p>${t('library.export_error')}</p>`;
    const exporters = exportersFor(result);
    const ids = [...exporters.map(({ id }) => id), ...REPORTS];
    const id = ids.includes(this.format) ? this.format : (ids[0] ?? 'json');
    const { text, notes, file } = this.makeFile(id, result);
    return html`<label>${t('library.format')}<select @change=${(/** @type {Event} */ event) => (this.format = /** @type {HTMLSelectElement} */ (event.target).value)}>
        ${ids.map((one) => html`<option value=${one} .selected=${one === id}>${t(`export.${one}`)}</option>`)}</select></label>
      ${notes.map((note) => html`<p class="note">${t(`export.note_${note}`)}</p>`)}
      <pre tabindex="0" role="region" aria-label=${file}>${text}</pre>
      <div class="buttons"><button type="button" class="primary" @click=${() => void this.copy(text)}>${t('library.copy')}</button>
        <button type="button" @click=${() => saveText(file, text)}>${t('library.download', { file })}</button>
        <button type="button" @click=${() => void this.picture('memory', result)}>${t('library.picture_memory')}</button>
        ${(result.memory.timeline?.length ?? 0) > 1 ? html`<button type="button" @click=${() => void this.picture('timeline', result)}>${t('library.picture_timeline')}</button>` : nothing}</div>`;
  }

  /** @param {string} id @param {Result} result */
  makeFile(id, result) {
    const exporter = exportersFor(result).find((one) => one.id === id);
    if (exporter) return { ...exportWith(exporter, result), file: exporter.file };
    const kind = REPORTS.find((one) => one === id) ?? 'json';
    const link = `${location.origin}${location.pathname}#${this.hash}`;
    const text =
      kind === 'csv'
        ? termsCsv(result)
        : kind === 'markdown'
          ? markdownReport(result, { title: this.name, link, version: this.engine?.version ?? '' }, tOr)
          : scenarioJson(result);
    return { text, notes: [], file: REPORT_FILES[kind] };
  }

  /** @param {string} text */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.message = { text: t('library.copied'), isBad: false };
    } catch {
      this.message = { text: t('library.not_copied'), isBad: true };
    }
  }

  /** @param {'memory' | 'timeline'} which @param {Result} result */
  async picture(which, result) {
    const words = {
      title: this.name,
      term: (/** @type {string} */ id) => tOr(`term.${id}`, id),
      phase: (/** @type {string} */ id) => tOr(`phase.${id}`, id),
      bytes: fmt().bytes,
      usable: t('bar.usable', { usable: fmt().gibShort(result.memory?.usable_bytes) }),
    };
    const picture = which === 'memory' ? memoryPicture(result, words) : timelinePicture(result, words);
    try {
      await savePicture(`${which}-${currentLanguage()}.png`, picture);
    } catch (error) {
      this.message = { text: t('library.no_picture'), isBad: true };
      console.error(error);
    }
  }
}

customElements.define('scenario-library', ScenarioLibrary);
