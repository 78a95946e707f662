// One choice out of a few, all in view: native radio buttons side by side.
// SPDX-License-Identifier: MIT
import { css, html } from 'lit';
import { emitField, LocalizedElement } from './localized-element.js';
import { baseStyles } from './shared-styles.js';

export class SegmentedControl extends LocalizedElement {
  static properties = { path: {}, label: {}, value: {}, choices: { attribute: false } };

  static styles = [
    baseStyles,
    css`
      fieldset { display: flex; gap: 2px; margin: 0; padding: 3px; border: 0; border-radius: 9px; background: var(--sunken); }
      label { position: relative; flex: 1; padding: 5px 6px; border-radius: 7px; color: var(--ink-2); font-weight: 500; text-align: center; white-space: nowrap; cursor: pointer; }
      label:hover { color: var(--ink); }
      label:has(:checked) { background: var(--panel); color: var(--ink); box-shadow: var(--shadow); }
      label:has(:focus-visible) { outline: 2px solid var(--accent); }
      input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
      @media (pointer: coarse) { label { padding: 10px 6px; } }
    `,
  ];

  constructor() {
    super();
    this.path = '';
    this.label = '';
    this.value = '';
    /** @type {ReadonlyArray<{ value: string, text: string }>} */
    this.choices = [];
  }

  focus() {
    /** @type {HTMLInputElement | null} */ (this.renderRoot.querySelector('input:checked'))?.focus();
  }

  render() {
    return html`<fieldset><legend class="visually-hidden">${this.label}</legend>
      ${this.choices.map(({ value, text }) => html`<label><input type="radio" name="choice" value=${value} .checked=${value === this.value} @change=${() => emitField(this, 'field-change', this.path, value)}>${text}</label>`)}
    </fieldset>`;
  }
}

customElements.define('segmented-control', SegmentedControl);
