// A pasted start log or out-of-memory message: what it says beside what was predicted, and its settings to take over.
// SPDX-License-Identifier: MIT
/** @import { Engine, Values } from '../types.js' */
/** @import { LogReading, LogRow } from '../log-rows.js' */
import { css, html, nothing } from 'lit';
import { currentLanguage, fmt, t, tOr } from '../i18n/index.js';
import { logRows } from '../log-rows.js';
import { formStyles } from '../pages/page-styles.js';
import { toScenario } from '../scenario.js';
import { dialogStyles } from './dialog-styles.js';
import { LocalizedElement } from './localized-element.js';
import { baseStyles, tableStyles } from './shared-styles.js';

/** The engine reads no longer text. */
const MAX_LOG = 4 * 2 ** 20;
/** Beyond this a prediction is marked as off. */
const CLOSE = 0.1;

export class LogReader extends LocalizedElement {
  static properties = { engine: { attribute: false }, values: { attribute: false }, text: { state: true } };

  static styles = [
    baseStyles,
    formStyles,
    dialogStyles,
    tableStyles,
    css`
      table { margin-top: 10px; }
      th, td { padding: 6px 8px; }
      small { display: block; color: var(--ink-2); }
      @media (max-width: 600px) { .optional { display: none; } }
    `,
  ];

  constructor() {
    super();
    /** @type {Engine | null} */
    this.engine = null;
    /** The committed values. @type {Values} */
    this.values = {};
    this.text = '';
  }

  /** @returns {LogReading | null} */
  get reading() {
    if (!this.engine || this.text.trim() === '') return null;
    return this.engine.readLog(this.text, { ...toScenario(this.values), language: currentLanguage() });
  }

  render() {
    const reading = this.reading;
    return html`<p>${t('log.lead')}</p>
      <label>${t('log.label')}<textarea rows="8" spellcheck="false" autocomplete="off" .value=${this.text} @input=${(/** @type {Event} */ event) => this.read(/** @type {HTMLTextAreaElement} */ (event.target).value)}></textarea></label>
      <div class="buttons"><label>${t('library.import_file')}<input type="file" accept=".log,.txt,text/plain" @change=${(/** @type {Event} */ event) => void this.readFile(event)}></label></div>
      ${reading ? this.renderReading(reading) : nothing}`;
  }

  /** @param {LogReading} reading */
  renderReading(reading) {
    const rows = logRows(reading);
    const changes = reading.changes;
    const hasChanges = changes !== null && typeof changes === 'object' && Object.keys(changes).length > 0;
    return html`<div role="status">${reading.issues.map(({ message, severity }) => html`<p class=${severity === 'error' ? 'bad' : 'warn'}>${message}</p>`)}</div>
      ${rows.length > 0 ? this.renderTable(rows) : nothing}
      ${hasChanges ? html`<div class="buttons"><button type="button" class="primary" @click=${() => this.apply(changes)}>${t('log.apply')}</button></div><p>${t('log.apply_note')}</p>` : nothing}`;
  }

  /** @param {readonly LogRow[]} rows */
  renderTable(rows) {
    return html`<table><thead><tr><th scope="col">${t('log.what')}</th><th scope="col" class="n">${t('log.measured')}</th><th scope="col" class="n">${t('log.predicted')}</th>
        <th scope="col" class="n">${t('log.error')}</th><th scope="col" class="n optional">${t('log.corrected')}</th></tr></thead>
      <tbody>${rows.map(
        (
          row,
        ) => html`<tr data-id=${row.id}><td>${tOr(row.key, row.id)}${row.isAtLeast ? html`<small>${t('log.at_least')}</small>` : nothing}</td>
          <td class="n num">${this.show(row, row.measured)}</td><td class="n num">${row.predicted === undefined ? '' : this.show(row, row.predicted)}</td>
          <td class="n num ${row.error === undefined ? '' : Math.abs(row.error) <= CLOSE ? 'ok' : 'warn'}">${row.error === undefined ? '' : fmt().change(1 + row.error)}</td>
          <td class="n num optional">${row.corrected === undefined ? '' : this.show(row, row.corrected)}</td></tr>`,
      )}</tbody></table>`;
  }

  /** @param {LogRow} row @param {number} value */
  show(row, value) {
    return row.isBytes ? fmt().bytes(value) : fmt().plain(value);
  }

  /** @param {string} text */
  read(text) {
    this.text = text.slice(0, MAX_LOG);
  }

  /** @param {Event} event */
  async readFile(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const file = input.files?.[0];
    if (file) this.read(await file.slice(0, MAX_LOG).text());
    input.value = '';
  }

  /** @param {LogReading['changes']} changes */
  apply(changes) {
    this.dispatchEvent(new CustomEvent('apply-changes', { bubbles: true, composed: true, detail: { changes } }));
  }
}

customElements.define('log-reader', LogReader);
