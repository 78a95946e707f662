// What to change next: each proposal recomputed for this run by the engine, applied with one click and taken back with another;
// where the run does not fit, the fewest changes that make it fit come first.
// SPDX-License-Identifier: MIT
/** @import { Advice, Suggestion, Values } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t } from '../i18n/index.js';
import { LocalizedElement } from './localized-element.js';
import { baseStyles, panelStyles } from './shared-styles.js';

const ROWS_AT_FIRST = 5;
const RISK_CLASS = Object.freeze({ none: 'ok', low: '', medium: 'warn', high: 'bad' });

export class SuggestionList extends LocalizedElement {
  static properties = {
    advice: { attribute: false },
    values: { attribute: false },
    applied: { state: true },
    isWhole: { state: true },
  };

  static styles = [
    baseStyles,
    panelStyles,
    css`
      :host { contain: layout style; }
      .one { display: grid; grid-template-columns: minmax(0, 1fr) auto auto; gap: 2px 14px; align-items: center; padding: 9px 0; border-bottom: 1px solid var(--line); }
      .one:last-of-type { border: 0; padding-bottom: 2px; }
      .set { margin: 0 -6px 4px; padding: 10px 12px; border: 1px solid var(--accent); border-radius: var(--radius-s); background: color-mix(in srgb, var(--accent) 6%, transparent); }
      p { margin: 0; grid-column: 1; overflow-wrap: anywhere; }
      p + p { margin-top: 3px; }
      .stake { grid-column: 1; color: var(--ink-2); font-size: 12.5px; }
      .saved { grid-row: 1; grid-column: 2; font-weight: 600; text-align: right; white-space: nowrap; }
      .time { grid-row: 2; grid-column: 2; color: var(--ink-2); font-size: 12.5px; text-align: right; white-space: nowrap; }
      .one > button { grid-row: 1 / 3; grid-column: 3; }
      strong { font-weight: 600; }
      button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
      .below, .applied { display: flex; flex-wrap: wrap; gap: 4px 14px; margin-top: 8px; font-size: 13px; }
      .applied { margin: 0 0 8px; color: var(--ink-2); }
    `,
  ];

  constructor() {
    super();
    /** @type {Advice | null} */
    this.advice = null;
    /** The committed values. @type {Values} */
    this.values = {};
    /** What was applied last, as long as nothing else was changed since. */
    this.applied = '';
    this.isApplying = false;
    this.isWhole = false;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!changed.has('values')) return;
    if (!this.isApplying) this.applied = '';
    this.isApplying = false;
  }

  render() {
    const { suggestions = [], smallest_set: set } = this.advice ?? {};
    if (suggestions.length === 0 && !set && this.applied === '') return nothing;
    const rows = this.isWhole ? suggestions : suggestions.slice(0, ROWS_AT_FIRST);
    const title = set ? t('advice.title_over') : t('advice.title');
    return html`<section class="panel card" aria-label=${title}><h2>${title} <small>${t('advice.note')}</small></h2>
      ${this.applied === '' ? nothing : html`<div class="applied" role="status"><span>${t('advice.applied', { title: this.applied })}</span><button type="button" class="link" @click=${this.undo}>${t('history.undo')}</button></div>`}
      ${set ? this.renderSet(set) : nothing}
      ${rows.map((suggestion) => this.renderOne(suggestion))}
      ${suggestions.length > ROWS_AT_FIRST ? html`<div class="below"><button type="button" class="link" aria-expanded=${this.isWhole ? 'true' : 'false'} @click=${() => (this.isWhole = !this.isWhole)}>${this.isWhole ? t('advice.fewer') : t('advice.all', { count: fmt().count(suggestions.length) })}</button></div>` : nothing}
    </section>`;
  }

  /** @param {NonNullable<Advice['smallest_set']>} set */
  renderSet({ found, codes = [], changes, total_bytes, usable_bytes, time_factor, risk }) {
    if (!found || !changes) return html`<p class="set">${t('advice.no_set')}</p>`;
    const messages = codes.map((code) => this.messageOf(code));
    const parts = [
      total_bytes && usable_bytes
        ? t('advice.set_total', { total: fmt().gibShort(total_bytes), usable: fmt().gibShort(usable_bytes) })
        : '',
      timeText(time_factor),
      risk ? t(`advice.risk_${risk}`) : '',
    ];
    return html`<div class="one set"><div><p><strong>${t('advice.set')}</strong></p>${messages.map((message) => html`<p>${message}</p>`)}</div>
      <span class="stake num">${parts.filter(Boolean).join(t('list.join'))}</span>
      <button type="button" class="primary" aria-label=${t('advice.apply_this', { title: t('advice.set') })} @click=${() => this.apply(changes, messages.join(' '))}>${t('advice.apply')}</button></div>`;
  }

  /** The sentence of a change; of one that alone does not help, its code. @param {string} code */
  messageOf(code) {
    return this.advice?.suggestions?.find((one) => one.code === code)?.message ?? code.replaceAll('_', ' ');
  }

  /** @param {Suggestion} suggestion */
  renderOne({ message, bytes_saved: saved, time_factor, risk, fits, changes }) {
    const isWayOut = fits && this.advice?.smallest_set;
    return html`<div class="one"><p>${message}</p>
      ${saved === 0 ? nothing : html`<span class="saved num ${saved > 0 ? 'ok' : 'warn'}">${saved > 0 ? '−' : '+'}${fmt().gibShort(Math.abs(saved))} GiB</span>`}
      <span class="stake">${isWayOut ? html`<b class="ok">${t('advice.fits')}</b> · ` : nothing}<span class=${RISK_CLASS[risk] ?? ''}>${t(`advice.risk_${risk}`)}</span></span>
      <span class="time num">${timeText(time_factor)}</span>
      <button type="button" aria-label=${t('advice.apply_this', { title: message })} @click=${() => this.apply(changes, message)}>${t('advice.apply')}</button></div>`;
  }

  /** @param {Suggestion['changes']} changes @param {string} title */
  apply(changes, title) {
    this.isApplying = true;
    this.applied = title;
    this.dispatchEvent(new CustomEvent('apply-changes', { bubbles: true, composed: true, detail: { changes } }));
  }

  undo() {
    this.dispatchEvent(new CustomEvent('page-action', { bubbles: true, composed: true, detail: { what: 'undo' } }));
  }
}

/** "+31% time"; nothing where it stays the same. @param {number | undefined} factor */
function timeText(factor) {
  return factor === undefined || Math.abs(factor - 1) < 0.005 ? '' : t('advice.time', { change: fmt().change(factor) });
}

customElements.define('suggestion-list', SuggestionList);
