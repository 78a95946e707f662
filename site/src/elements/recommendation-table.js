// Cards for this run, ranked by the engine; a row's card is taken with one click.
// SPDX-License-Identifier: MIT
/** @import { GpuRow, Recommendation } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t, tOr } from '../i18n/index.js';
import { LocalizedElement } from './localized-element.js';
import { setProps } from './set-props.js';
import { baseStyles, panelStyles, tableStyles } from './shared-styles.js';
import { shortGpuName } from '../verdict.js';

const CLASS = Object.freeze(
  /** @type {Record<string, string>} */ ({
    excellent: 'ok',
    good: 'ok',
    acceptable: 'warn',
    oversized: 'warn',
    insufficient: 'bad',
  }),
);

export class RecommendationTable extends LocalizedElement {
  static properties = { rows: { attribute: false }, gpus: { attribute: false } };

  static styles = [
    baseStyles,
    panelStyles,
    tableStyles,
    css`
      :host { contain: layout style; }
      .level { font-size: 12px; font-weight: 600; }
      .use { min-width: 110px; height: 7px; margin-top: 6px; border-radius: 4px; overflow: hidden; background: var(--sunken); }
      .use i { display: block; width: var(--w); height: 100%; background: currentColor; }
      @media (max-width: 700px) { .optional { display: none; } .use { min-width: 52px; } td, th { padding-left: 8px; padding-right: 8px; } }
    `,
  ];

  constructor() {
    super();
    /** @type {readonly Recommendation[]} */
    this.rows = [];
    /** @type {readonly GpuRow[]} */
    this.gpus = [];
  }

  render() {
    const rows = this.rows;
    if (rows.length === 0) return nothing;
    const hasSpeed = rows.some((row) => row.tokens_per_second !== undefined);
    const hasTime = rows.some((row) => row.seconds !== undefined);
    const hasCost = rows.some((row) => row.usd_total !== undefined);
    return html`<section class="panel" aria-label=${t('cards.title')}><table>
      <thead><tr><th scope="col">${t('cards.gpu')}</th><th scope="col">${t('cards.fit')}</th><th scope="col">${t('cards.use')}</th>
        ${hasSpeed ? html`<th scope="col" class="n optional">${t('cards.speed')}</th>` : nothing}
        ${hasTime ? html`<th scope="col" class="n optional">${t('cards.time')}</th>` : nothing}
        ${hasCost ? html`<th scope="col" class="n">${t('cards.cost')}</th>` : nothing}</tr></thead>
      <tbody>${rows.map(
        (row) => html`<tr>
        <td><button type="button" class="link" @click=${() => this.take(row)}>${fmt().count(row.gpus)} × ${this.nameOf(row.gpu)}</button></td>
        <td class="level ${CLASS[row.level] ?? ''}">${tOr(`level.${row.level}`, row.level)}</td>
        <td class=${CLASS[row.level] ?? ''} title=${fmt().percent(row.utilization)}><div class="use" role="img" aria-label=${fmt().percent(row.utilization)}><i ${setProps({ '--w': `${Math.min(100, row.utilization * 100).toFixed(1)}%` })}></i></div></td>
        ${hasSpeed ? html`<td class="n num optional">${fmt().count(row.tokens_per_second)}</td>` : nothing}
        ${hasTime ? html`<td class="n num optional">${fmt().duration(row.seconds)}</td>` : nothing}
        ${hasCost ? html`<td class="n num">${fmt().usd(row.usd_total)}</td>` : nothing}</tr>`,
      )}</tbody>
    </table></section>`;
  }

  /** @param {string} id */
  nameOf(id) {
    const gpu = this.gpus.find((row) => row.id === id);
    return gpu ? shortGpuName(gpu) : id;
  }

  /** @param {Recommendation} row */
  take(row) {
    this.dispatchEvent(
      new CustomEvent('apply-changes', {
        bubbles: true,
        composed: true,
        detail: { changes: { hardware: { gpu: row.gpu, gpus: row.gpus } } },
      }),
    );
  }
}

customElements.define('recommendation-table', RecommendationTable);
