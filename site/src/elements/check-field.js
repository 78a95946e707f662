// Boxes to tick: one for a yes-or-no field, several for a field that is a list.
// SPDX-License-Identifier: MIT
import { css, html, nothing } from 'lit';
import { emitField, LocalizedElement } from './localized-element.js';
import { baseStyles } from './shared-styles.js';

export class CheckField extends LocalizedElement {
  static properties = {
    path: {},
    label: {},
    value: { attribute: false },
    choices: { attribute: false },
    severity: {},
    message: {},
  };

  static styles = [
    baseStyles,
    css`
      fieldset { margin: 0; padding: 0; border: 0; min-width: 0; }
      legend { padding: 0 0 4px; font-weight: 500; }
      .list { display: flex; flex-wrap: wrap; gap: 4px 14px; }
      label { display: inline-flex; align-items: center; gap: 7px; padding: 3px 0; cursor: pointer; }
      input { width: 16px; height: 16px; margin: 0; accent-color: var(--accent); }
      .message { margin: 4px 0 0; font-size: 12.5px; overflow-wrap: anywhere; }
      @media (pointer: coarse) { label { padding: 9px 0; } }
    `,
  ];

  constructor() {
    super();
    this.path = '';
    this.label = '';
    /** @type {boolean | readonly string[]} */
    this.value = false;
    /** The list's members; empty for a yes-or-no field. @type {ReadonlyArray<{ value: string, text: string }>} */
    this.choices = [];
    this.severity = '';
    this.message = '';
  }

  focus() {
    this.renderRoot.querySelector('input')?.focus();
  }

  render() {
    return html`${this.choices.length === 0 ? this.renderSwitch() : this.renderList()}
      ${this.message ? html`<p class="message ${this.severity === 'error' ? 'bad' : this.severity === 'warning' ? 'warn' : 'tip'}">${this.message}</p>` : nothing}`;
  }

  renderSwitch() {
    return html`<label><input type="checkbox" .checked=${this.value === true} @change=${this.onSwitch}>${this.label}</label>`;
  }

  renderList() {
    const chosen = Array.isArray(this.value) ? this.value : [];
    return html`<fieldset><legend>${this.label}</legend><div class="list">
      ${this.choices.map(({ value, text }) => html`<label><input type="checkbox" value=${value} .checked=${chosen.includes(value)} @change=${this.onTick}>${text}</label>`)}
    </div></fieldset>`;
  }

  /** @param {Event} event */
  onSwitch(event) {
    emitField(this, 'field-change', this.path, /** @type {HTMLInputElement} */ (event.target).checked);
  }

  onTick() {
    const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (this.renderRoot.querySelectorAll('input'));
    emitField(
      this,
      'field-change',
      this.path,
      [...boxes].filter((box) => box.checked).map((box) => box.value),
    );
  }
}

customElements.define('check-field', CheckField);
