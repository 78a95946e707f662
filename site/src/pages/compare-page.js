// Up to four scenarios side by side, what differs marked.
// SPDX-License-Identifier: MIT
/** @import { Engine, Field, Json, Result } from '../types.js' */
/** @import { Entry, Shelf } from '../shelf.js' */
import { css, html, nothing } from 'lit';
import { settingRows, smallest, termRows } from '../comparison.js';
import { LocalizedElement } from '../elements/localized-element.js';
import '../elements/memory-bar.js';
import { setProps } from '../elements/set-props.js';
import { baseStyles, panelStyles, tableStyles } from '../elements/shared-styles.js';
import { verdictOf } from '../verdict.js';
import { fmt, t, tOr } from '../i18n/index.js';
import { fromHash, tabInHash } from '../permalink.js';
import { toScenario } from '../scenario.js';
import { termColour } from '../terms.js';
import { pageStyles } from './page-styles.js';

const COLOURS = Object.freeze(
  /** @type {Record<string, string>} */ ({
    fits: 'ok',
    tight: 'warn',
    probable: 'warn',
    improbable: 'bad',
    over: 'bad',
    error: 'bad',
  }),
);

export class ComparePage extends LocalizedElement {
  static properties = {
    engine: { attribute: false },
    shelf: { attribute: false },
    current: { attribute: false },
    isEverything: { state: true },
  };

  static styles = [
    baseStyles,
    panelStyles,
    tableStyles,
    pageStyles,
    css`
      main { max-width: 1500px; }
      .top { display: flex; flex-wrap: wrap; gap: 10px 18px; align-items: end; justify-content: space-between; }
      .scroll { overflow-x: auto; border-radius: var(--radius) var(--radius) 0 0; }
      table { min-width: calc(150px + var(--columns) * 190px); table-layout: fixed; }
      thead td { width: 178px; }
      thead td, th[scope='row'] { position: sticky; left: 0; z-index: 1; background: var(--panel); }
      @media (max-width: 700px) { thead td { width: 124px; } }
      thead th { vertical-align: top; padding-top: 12px; white-space: normal; overflow-wrap: anywhere; }
      thead strong { display: block; color: var(--ink); font-size: 14px; font-weight: 600; }
      .links { display: flex; gap: 14px; margin-top: 6px; font-size: 12.5px; }
      tbody th { border-bottom: 1px solid var(--line); font-weight: 400; vertical-align: baseline; }
      tbody td { overflow-wrap: anywhere; vertical-align: baseline; }
      tr.head th { padding-top: 18px; color: var(--ink); font-weight: 600; }
      tr[data-differs] td { background: color-mix(in srgb, var(--warn) 9%, transparent); font-weight: 600; }
      tr.total td { font-size: 19px; font-weight: 650; letter-spacing: -.01em; }
      .swatch { display: inline-block; width: 10px; height: 10px; margin-right: 8px; border-radius: 3px; background: var(--c); }
      .least { margin-left: 8px; font-size: 12px; font-weight: 600; color: var(--ok); }
      label { display: flex; gap: 7px; align-items: center; color: var(--ink-2); }
      .key { display: inline-block; width: 12px; height: 12px; margin-right: 6px; border-radius: 3px; background: color-mix(in srgb, var(--warn) 22%, transparent); vertical-align: -1px; }
      .buttons { display: flex; gap: 8px; margin-top: 12px; }
    `,
  ];

  constructor() {
    super();
    /** @type {Engine | null} */
    this.engine = null;
    /** @type {Shelf | null} */
    this.shelf = null;
    /** What the calculator shows now. @type {Entry | null} */
    this.current = null;
    this.isEverything = false;
    /** @type {(() => void) | undefined} */
    this.unsubscribe = undefined;
  }

  connectedCallback() {
    super.connectedCallback();
    this.unsubscribe = this.shelf?.subscribe(() => this.requestUpdate());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.unsubscribe?.();
  }

  render() {
    const { engine, shelf } = this;
    if (!engine || !shelf) return nothing;
    const entries = shelf.entries;
    const results = entries.map((entry) => engine.estimate(toScenario(fromHash(entry.hash, engine.fields).values)));
    const canAdd = this.current !== null && !shelf.isFull;
    return html`<main>
      <section class="panel card top" aria-label=${t('compare.title')}><div><h1>${t('compare.title')}</h1><p class="lead">${t('compare.lead')}</p></div>
        <div class="buttons"><button type="button" ?disabled=${!canAdd} @click=${() => this.add()}>${t('compare.add')}</button>
        ${entries.length > 0 ? html`<button type="button" @click=${() => shelf.clear()}>${t('library.clear')}</button>` : nothing}</div></section>
      ${entries.length === 0 ? html`<section class="panel card" aria-label=${t('compare.table')}><p class="lead">${t('compare.empty')}</p></section>` : this.renderTable(engine, entries, results)}
    </main>`;
  }

  add() {
    if (this.current) this.shelf?.add(this.current);
  }

  /** @param {Engine} engine @param {readonly Entry[]} entries @param {readonly Result[]} results */
  renderTable(engine, entries, results) {
    const least = smallest(results);
    const columns = entries.length + 1;
    return html`<div class="panel">
      <div class="scroll" tabindex="0" role="region" aria-label=${t('compare.table')}><table ${setProps({ '--columns': String(entries.length) })}>
        <thead><tr><td></td>${entries.map(
          (entry) => html`<th scope="col"><strong>${entry.name}</strong><span class="links">
          <button type="button" class="link" aria-label=${t('compare.open_this', { name: entry.name })} @click=${() => this.open(entry)}>${t('compare.open')}</button>
          <button type="button" class="link" aria-label=${t('library.remove_this', { name: entry.name })} @click=${() => this.shelf?.remove(entry)}>${t('library.remove')}</button></span></th>`,
        )}</tr></thead>
        <tbody>
          <tr class="total"><th scope="row">${t('breakdown.total')}</th>${results.map((result, i) => html`<td class="num">${result.memory ? html`<data value=${result.memory.total_bytes}>${fmt().gibShort(result.memory.total_bytes)}</data> GiB` : '–'}${i === least ? html`<span class="least">${t('compare.least')}</span>` : nothing}</td>`)}</tr>
          <tr><th scope="row">${t('compare.verdict')}</th>${results.map((result) => html`<td>${this.renderVerdict(result)}</td>`)}</tr>
          <tr><th scope="row">${t('breakdown.region')}</th>${results.map((result) => html`<td>${result.memory ? html`<memory-bar compact .memory=${result.memory}></memory-bar>` : nothing}</td>`)}</tr>
          ${termRows(results).map(
            (
              row,
            ) => html`<tr ?data-differs=${row.differs && entries.length > 1}><th scope="row"><span class="swatch" ${setProps({ '--c': termColour(row.id) })}></span>${tOr(`term.${row.id}`, row.id)}</th>
              ${row.bytes.map((bytes) => html`<td class="num">${bytes === undefined ? '–' : html`${fmt().gib(bytes)} GiB`}</td>`)}</tr>`,
          )}
          <tr class="head"><th scope="colgroup" colspan=${columns}>${t('compare.settings')}</th></tr>
          ${settingRows(results, engine.fields, this.isEverything || entries.length === 1).map(
            (row) => html`<tr ?data-differs=${row.differs}><th scope="row">${tOr(`field.${row.path}`, row.path)}</th>
              ${row.values.map((value) => html`<td class="num">${this.show(row.path, value)}</td>`)}</tr>`,
          )}
        </tbody></table></div>
      <div class="card top"><span><i class="key" aria-hidden="true"></i>${t('compare.differs')}</span>
        <label><input type="checkbox" .checked=${this.isEverything} @change=${(/** @type {Event} */ event) => (this.isEverything = /** @type {HTMLInputElement} */ (event.target).checked)}>${t('compare.everything')}</label></div>
    </div>`;
  }

  /** @param {Result} result */
  renderVerdict(result) {
    const kind = verdictOf(result);
    const issue = result.issues.find(({ severity }) => severity === 'error');
    if (kind === 'error' && issue) return html`<span class="bad">${tOr(`issue.${issue.code}`, issue.message)}</span>`;
    if (kind === 'size' || kind === 'error') return '–';
    const chance = result.memory?.fit_probability;
    return html`<span class=${COLOURS[kind] ?? ''}>${t(`compare.verdict_${kind}`)}</span>${chance === undefined ? nothing : html`<br>${t('verdict.probability', { percent: fmt().probability(chance) })}`}`;
  }

  /** @param {string} path @param {Json | undefined} value */
  show(path, value) {
    if (value === undefined || value === null) return '–';
    const field = /** @type {Field | undefined} */ (this.engine?.fields.find((one) => one.path === path));
    const name = path.split('.').at(-1);
    const word = (/** @type {unknown} */ one) => tOr(`value.${name}.${one}`, tOr(`value.${one}`, String(one)));
    if (path === 'task') return t(`task.${value}`);
    if (path === 'hardware.gpu') return this.engine?.gpu(String(value))?.name ?? String(value);
    if (typeof value === 'boolean') return value ? t('compare.yes') : t('compare.no');
    if (typeof value === 'number') return fmt().plain(value);
    if (Array.isArray(value)) return value.map(word).join(t('list.join'));
    if (typeof value === 'object') return t('model.custom');
    return field?.values ? word(value) : value;
  }

  /** @param {Entry} entry */
  open(entry) {
    if (!this.engine) return;
    const { values } = fromHash(entry.hash, this.engine.fields);
    const tab = tabInHash(entry.hash) || 'language';
    this.dispatchEvent(new CustomEvent('take-values', { bubbles: true, composed: true, detail: { values, tab } }));
  }
}

customElements.define('compare-page', ComparePage);
