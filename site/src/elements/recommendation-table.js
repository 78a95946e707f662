// Cards for this run, ranked by the engine, and why the others are left out; a row's card and layout are taken with one click.
// SPDX-License-Identifier: MIT
/** @import { GpuRow, LeftOut, Recommendation } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t, tOr } from '../i18n/index.js';
import { formStyles } from '../pages/page-styles.js';
import { shortGpuName } from '../verdict.js';
import { LocalizedElement } from './localized-element.js';
import { setProps } from './set-props.js';
import { baseStyles, panelStyles, tableStyles } from './shared-styles.js';

const CLASS = Object.freeze(
  /** @type {Record<string, string>} */ ({ excellent: 'ok', good: 'ok', near_limit: 'warn', oversized: 'warn' }),
);
const ROWS_AT_FIRST = 6;

export class RecommendationTable extends LocalizedElement {
  static properties = {
    rows: { attribute: false },
    leftOut: { attribute: false },
    gpus: { attribute: false },
    chosen: {},
    chosenCount: { type: Number },
    unit: {},
    vendor: {},
    isWhole: { state: true },
  };

  static styles = [
    baseStyles,
    panelStyles,
    tableStyles,
    formStyles,
    css`
      :host { contain: layout style; }
      .card { padding: 14px 16px 6px; }
      h2 { margin: 0; }
      .top { display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; justify-content: space-between; }
      .top label { display: block; width: 170px; max-width: 100%; }
      .level { font-size: 12px; font-weight: 600; white-space: nowrap; }
      .use { min-width: 90px; height: 7px; margin-top: 6px; border-radius: 4px; overflow: hidden; background: var(--sunken); }
      .use i { display: block; width: var(--w); height: 100%; background: currentColor; }
      tr[aria-current='true'] td { background: color-mix(in srgb, var(--accent) 8%, transparent); }
      td small { display: block; color: var(--ink-2); font-size: 12px; }
      .below { display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: baseline; padding: 9px 12px; border-top: 1px solid var(--line); color: var(--ink-2); font-size: 13px; }
      details { flex: 1; min-width: 0; }
      details[open] { flex-basis: 100%; }
      summary { cursor: pointer; }
      ul { margin: 8px 0 0; padding: 0; list-style: none; max-height: 320px; overflow: auto; }
      li { padding: 5px 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
      strong { font-weight: 500; color: var(--ink); }
      @media (max-width: 700px) { .optional { display: none; } .use { min-width: 46px; } td, th { padding-left: 8px; padding-right: 8px; } }
    `,
  ];

  constructor() {
    super();
    /** @type {readonly Recommendation[]} */
    this.rows = [];
    /** @type {readonly LeftOut[]} */
    this.leftOut = [];
    /** @type {readonly GpuRow[]} */
    this.gpus = [];
    /** The card of the scenario, and how many. */
    this.chosen = '';
    this.chosenCount = 1;
    /** What a second is counted in. @type {'tokens' | 'samples'} */
    this.unit = 'tokens';
    /** Whose cards are listed; empty: everybody's. */
    this.vendor = '';
    this.isWhole = false;
  }

  render() {
    const rows = this.isWhole ? this.rows : this.rows.slice(0, ROWS_AT_FIRST);
    const hasTime = rows.some((row) => row.run_seconds !== undefined);
    return html`<section class="panel" aria-label=${t('cards.title')}>
      <div class="card top"><h2>${t('cards.title')} <small>${t('cards.note')}</small></h2>
        <label><span class="visually-hidden">${t('cards.vendor')}</span><select data-vendor @change=${(/** @type {Event} */ event) => this.choose(/** @type {HTMLSelectElement} */ (event.target).value)}>
          ${['', ...new Set(this.gpus.map((gpu) => gpu.vendor))].map((vendor) => html`<option value=${vendor} .selected=${vendor === this.vendor}>${vendor || t('cards.every_vendor')}</option>`)}</select></label></div>
      ${rows.length > 0 ? this.renderTable(rows, hasTime) : html`<div class="below">${t('cards.none')}</div>`}
      ${this.rows.length > ROWS_AT_FIRST || this.leftOut.length > 0 ? this.renderBelow() : nothing}
    </section>`;
  }

  /** @param {readonly Recommendation[]} rows @param {boolean} hasTime */
  renderTable(rows, hasTime) {
    return html`<table>
      <thead><tr><th scope="col">${t('cards.gpu')}</th><th scope="col">${t('cards.fit')}</th><th scope="col">${t('cards.use')}</th>
        <th scope="col" class="n optional">${t(`cards.per_second_${this.unit}`)}</th>
        ${hasTime ? html`<th scope="col" class="n optional">${t('cards.time')}</th>` : nothing}
        <th scope="col" class="n">${hasTime ? t('cards.cost') : t('cards.cost_hour')}</th></tr></thead>
      <tbody>${rows.map((row) => this.renderRow(row, hasTime))}</tbody></table>`;
  }

  /** @param {Recommendation} row @param {boolean} hasTime */
  renderRow(row, hasTime) {
    const use = fmt().percent(row.utilization);
    const layout = this.layoutText(row);
    const [rent, owned] = hasTime
      ? [row.cost?.usd_total, row.cost?.buy?.usd_total]
      : [row.cost?.usd_per_hour, row.cost?.buy?.usd_per_hour];
    return html`<tr aria-current=${this.chosen === row.gpu && this.chosenCount === row.gpus ? 'true' : 'false'} data-gpu=${row.gpu}>
      <td><button type="button" class="link" @click=${() => this.take(row)}>${fmt().count(row.gpus)} × ${this.nameOf(row.gpu)}</button>${layout ? html`<small>${layout}</small>` : nothing}</td>
      <td class="level ${CLASS[row.level] ?? ''}">${tOr(`level.${row.level}`, row.level)}</td>
      <td class=${CLASS[row.level] ?? ''} title=${use}><div class="use" role="img" aria-label=${use}><i ${setProps({ '--w': `${Math.min(100, row.utilization * 100).toFixed(1)}%` })}></i></div></td>
      <td class="n num optional">${fmt().count(Number(row.tokens_per_second.toPrecision(2)))}</td>
      ${hasTime ? html`<td class="n num optional">${fmt().duration(row.run_seconds)}</td>` : nothing}
      <td class="n num">${fmt().usd(rent ?? owned)}${rent === undefined && owned !== undefined ? html`<small>${t('cards.owned')}</small>` : nothing}</td></tr>`;
  }

  /** The split that makes it fit: "tensor parallel 2, ZeRO stage 3". @param {Recommendation} row */
  layoutText(row) {
    const layout = /** @type {{ parallelism?: Record<string, number> }} */ (row.changes ?? {}).parallelism ?? {};
    return Object.entries(layout)
      .filter(([name, value]) => (name === 'zero_stage' ? value > 0 : value > 1))
      .map(([name, value]) => `${tOr(`field.parallelism.${name}`, name)} ${fmt().plain(value)}`)
      .join(t('list.join'));
  }

  renderBelow() {
    return html`<div class="below">
      ${this.rows.length > ROWS_AT_FIRST ? html`<button type="button" class="link" aria-expanded=${this.isWhole ? 'true' : 'false'} @click=${() => (this.isWhole = !this.isWhole)}>${this.isWhole ? t('cards.fewer') : t('cards.all', { count: fmt().count(this.rows.length) })}</button>` : nothing}
      ${this.leftOut.length > 0 ? html`<details><summary>${t('cards.left_out', { count: fmt().count(this.leftOut.length) })}</summary><ul tabindex="0" role="list" aria-label=${t('cards.left_out', { count: fmt().count(this.leftOut.length) })}>${this.leftOut.map(({ gpu, message }) => html`<li><strong>${this.nameOf(gpu)}</strong> ${message}</li>`)}</ul></details>` : nothing}
    </div>`;
  }

  /** @param {string} id */
  nameOf(id) {
    const gpu = this.gpus.find((row) => row.id === id);
    return gpu ? shortGpuName(gpu) : id;
  }

  /** @param {string} vendor */
  choose(vendor) {
    this.dispatchEvent(new CustomEvent('choose-vendor', { detail: { vendor } }));
  }

  /** @param {Recommendation} row */
  take(row) {
    this.dispatchEvent(
      new CustomEvent('apply-changes', { bubbles: true, composed: true, detail: { changes: row.changes } }),
    );
  }
}

customElements.define('recommendation-table', RecommendationTable);
