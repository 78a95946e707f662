// What to change next: each proposal recomputed for this run by the engine, applied with one click.
// SPDX-License-Identifier: MIT
/** @import { Suggestion } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t, tOr } from '../i18n/index.js';
import { LocalizedElement } from './localized-element.js';
import { baseStyles, panelStyles } from './shared-styles.js';

export class SuggestionList extends LocalizedElement {
  static properties = { suggestions: { attribute: false } };

  static styles = [
    baseStyles,
    panelStyles,
    css`
      :host { contain: layout style; }
      section { height: 100%; }
      .one { display: grid; grid-template-columns: 1fr auto auto; gap: 2px 14px; align-items: center; padding: 9px 0; border-bottom: 1px solid var(--line); }
      .one:last-child { border: 0; padding-bottom: 2px; }
      p { grid-column: 1; margin: 0; color: var(--ink-2); font-size: 13px; }
      .saved { grid-row: 1; grid-column: 2; font-weight: 600; text-align: right; white-space: nowrap; }
      .time { grid-row: 2; grid-column: 2; color: var(--ink-3); font-size: 12.5px; text-align: right; white-space: nowrap; }
      button { grid-row: 1 / 3; grid-column: 3; }
    `,
  ];

  constructor() {
    super();
    /** @type {readonly Suggestion[]} */
    this.suggestions = [];
  }

  render() {
    if (this.suggestions.length === 0) return nothing;
    return html`<section class="panel card" aria-label=${t('advice.title')}><h2>${t('advice.title')} <small>${t('advice.note')}</small></h2>
      ${this.suggestions.map((suggestion) => this.renderOne(suggestion))}</section>`;
  }

  /** @param {Suggestion} suggestion */
  renderOne(suggestion) {
    const title = tOr(`suggestion.${suggestion.code}`, suggestion.message);
    const saved = suggestion.bytes_saved ?? 0;
    return html`<div class="one"><strong>${title}</strong>
      ${saved !== 0 ? html`<span class="saved num ${saved > 0 ? 'ok' : 'warn'}">${saved > 0 ? '−' : '+'}${fmt().gibShort(Math.abs(saved))} GiB</span>` : nothing}
      ${suggestion.time_factor !== undefined ? html`<span class="time num">${t('advice.time', { change: fmt().change(suggestion.time_factor) })}</span>` : nothing}
      <button type="button" aria-label=${t('advice.apply_this', { title })} @click=${() => this.apply(suggestion)}>${t('advice.apply')}</button>
      ${title === suggestion.message ? nothing : html`<p>${suggestion.message}</p>`}</div>`;
  }

  /** @param {Suggestion} suggestion */
  apply(suggestion) {
    this.dispatchEvent(
      new CustomEvent('apply-changes', { bubbles: true, composed: true, detail: { changes: suggestion.changes } }),
    );
  }
}

customElements.define('suggestion-list', SuggestionList);
