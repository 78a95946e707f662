// The terms of the peak: how much, why this much, and on what evidence.
// SPDX-License-Identifier: MIT
/** @import { Memory, Term } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t, tOr } from '../i18n/index.js';
import { inTermOrder, termColour } from '../terms.js';
import { showExactBytes } from './exact-bytes.js';
import { LocalizedElement } from './localized-element.js';
import { setProps } from './set-props.js';
import { baseStyles, panelStyles, tableStyles } from './shared-styles.js';

export class BreakdownTable extends LocalizedElement {
  static properties = { memory: { attribute: false }, opened: { state: true } };

  static styles = [
    baseStyles,
    panelStyles,
    tableStyles,
    css`
      :host { contain: layout style; }
      th { white-space: nowrap; }
      table { table-layout: fixed; } /* columns stand still while numbers move, and are not measured again */
      th { width: 168px; }
      th.why { width: auto; }
      th.evidence { width: 92px; text-align: center; }
      th.n { width: 92px; }
      td { vertical-align: baseline; }
      .name { white-space: nowrap; }
      .swatch { display: inline-block; width: 10px; height: 10px; margin-right: 8px; border-radius: 3px; background: var(--c); }
      .formula { color: var(--ink-2); font: var(--mono); overflow-wrap: anywhere; }
      .source { margin: 4px 0 0; color: var(--ink-2); font-size: 12.5px; font-family: inherit; overflow-wrap: anywhere; }
      .grade { min-height: 24px; padding: 1px 7px; border-radius: 6px; color: var(--ink-2); font-size: 12px; line-height: 1.3; }
      .grade[aria-expanded='true'] { border-color: var(--accent); color: var(--accent); }
      td.e { padding-top: 6px; padding-bottom: 6px; text-align: center; }
      tr.detail td { padding-top: 0; }
      tr.opened td { border-bottom: 0; }
      .held { margin: 0; padding: 7px 12px 9px; border-top: 1px solid var(--line); color: var(--ink-2); font-size: 12.5px; }
      @media (max-width: 700px) {
        th.why, td.why { display: none; }
        th { width: auto; }
        td, th { padding-left: 10px; padding-right: 10px; }
        .grade { min-height: 30px; min-width: 34px; }
      }
      @media (min-width: 701px) { tr.detail .formula { display: none; } }
    `,
  ];

  constructor() {
    super();
    /** @type {Memory | null} */
    this.memory = null;
    /** Terms whose source is shown. @type {ReadonlySet<string>} */
    this.opened = new Set();
  }

  render() {
    const memory = this.memory;
    if (!memory) return nothing;
    const terms = inTermOrder(memory.terms);
    return html`<section class="panel" aria-label=${t('breakdown.region')}><table @pointerover=${showExactBytes}>
      <thead><tr><th scope="col">${t('breakdown.component')}</th><th scope="col" class="why">${t('breakdown.why')}</th><th scope="col" class="evidence">${t('breakdown.evidence')}</th><th scope="col" class="n">GiB</th></tr></thead>
      <tbody>${terms.map((term) => this.renderTerm(term))}</tbody>
      <tfoot><tr><td>${t('breakdown.total')}</td><td class="why"></td><td></td><td class="n num"><data value=${memory.total_bytes}>${fmt().gib(memory.total_bytes)}</data></td></tr></tfoot>
    </table>${memory.evidence ? html`<p class="held">${evidenceText(memory.evidence)}</p>` : nothing}</section>`;
  }

  /** @param {Term} term */
  renderTerm(term) {
    const name = tOr(`term.${term.id}`, term.id);
    const isOpen = this.opened.has(term.id);
    const formula = term.formula ? html`<div class="formula">${term.formula}</div>` : nothing;
    return html`<tr class=${isOpen ? 'opened' : ''} data-term=${term.id}>
        <td class="name"><span class="swatch" ${setProps({ '--c': termColour(term.id) })}></span>${name}</td>
        <td class="why num">${formula}</td>
        <td class="e">${term.source || term.formula ? this.renderGrade(term, name, isOpen) : nothing}</td>
        <td class="n num"><data value=${term.bytes}>${fmt().gib(term.bytes)}</data></td>
      </tr>
      ${isOpen ? html`<tr class="detail"><td colspan="4">${formula}<p class="source">${this.sourceText(term)}</p></td></tr>` : nothing}`;
  }

  /** @param {Term} term @param {string} name @param {boolean} isOpen */
  renderGrade(term, name, isOpen) {
    return html`<button type="button" class="grade" aria-expanded=${isOpen ? 'true' : 'false'} aria-label=${t('breakdown.show_source', { term: name, grade: term.grade ?? '' })}
      @click=${() => this.toggle(term.id)}>${term.grade ?? '?'}</button>`;
  }

  /** @param {Term} term */
  sourceText(term) {
    const grade = term.grade ? tOr(`grade.${term.grade}`, term.grade) : '';
    return [
      grade,
      term.source ? t('breakdown.source', { source: term.source }) : '',
      t('bytes.exact', { bytes: fmt().count(term.bytes) }),
    ]
      .filter(Boolean)
      .join(' · ');
  }

  /** @param {string} id */
  toggle(id) {
    const next = new Set(this.opened);
    if (!next.delete(id)) next.add(id);
    this.opened = next;
  }
}

/** What the band rests on, in a sentence. @param {NonNullable<Memory['evidence']>} evidence */
function evidenceText({ of, own, values, median, p90 }) {
  const name = tOr(`value.framework.${of}`, tOr(`value.engine.${of}`, of));
  const places = {
    name,
    values: fmt().count(values),
    median: fmt().error(median),
    p90: fmt().error(p90),
  };
  return own ? t('breakdown.held', places) : t('breakdown.held_nearest', places);
}

customElements.define('breakdown-table', BreakdownTable);
