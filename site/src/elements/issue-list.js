// Errors, warnings and tips about the scenario; each leads to its field.
// SPDX-License-Identifier: MIT
import { css, html, nothing } from 'lit';
import { t } from '../i18n/index.js';
import { LocalizedElement } from './localized-element.js';
import { baseStyles, panelStyles } from './shared-styles.js';

const CLASS = Object.freeze({ error: 'bad', warning: 'warn', suggestion: 'tip' });

/** @typedef {{ severity: import('../types.js').Severity, text: string, path: string, field: string }} Check */

export class IssueList extends LocalizedElement {
  static properties = { checks: { attribute: false } };

  static styles = [
    baseStyles,
    panelStyles,
    css`
      :host { contain: layout style; }
      ul { margin: 0; padding: 0; list-style: none; }
      li { display: grid; grid-template-columns: 68px 1fr auto; gap: 2px 10px; padding: 8px 0; border-bottom: 1px solid var(--line); }
      li:last-child { border: 0; padding-bottom: 2px; }
      .text { min-width: 0; overflow-wrap: anywhere; }
      strong { font-weight: 500; }
      @media (max-width: 700px) { li { grid-template-columns: 1fr auto; } .text { grid-row: 2; grid-column: 1 / -1; } }
    `,
  ];

  constructor() {
    super();
    /** @type {readonly Check[]} */
    this.checks = [];
  }

  render() {
    if (this.checks.length === 0) return nothing;
    return html`<section class="panel card" aria-label=${t('checks.title')}><h2>${t('checks.title')}</h2><ul>
      ${this.checks.map(
        (check) => html`<li>
        <strong class=${CLASS[check.severity] ?? 'tip'}>${this.nameOf(check.severity)}</strong>
        <span class="text num">${check.text}</span>
        ${check.field ? html`<button type="button" class="link" @click=${() => this.jump(check.path)}>${t('checks.go', { field: check.field })}</button>` : nothing}
      </li>`,
      )}
    </ul></section>`;
  }

  /** @param {import('../types.js').Severity} severity */
  nameOf(severity) {
    return severity === 'error' ? t('checks.error') : severity === 'warning' ? t('checks.warning') : t('checks.tip');
  }

  /** @param {string} path */
  jump(path) {
    this.dispatchEvent(new CustomEvent('field-jump', { bubbles: true, composed: true, detail: { path } }));
  }
}

customElements.define('issue-list', IssueList);
