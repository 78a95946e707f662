// A labelled native select in the look of the page.
// SPDX-License-Identifier: MIT
import { css, html, nothing } from 'lit';
import { emitField, LocalizedElement } from './localized-element.js';
import { baseStyles } from './shared-styles.js';

/** @typedef {{ value: string, text: string, group?: string }} Choice */

export class ChoiceField extends LocalizedElement {
  static properties = {
    path: {},
    label: {},
    value: {},
    choices: { attribute: false },
    severity: {},
    message: {},
  };

  static styles = [
    baseStyles,
    css`
      .box { position: relative; display: block; border: 1px solid var(--line); border-radius: var(--radius-s); background: var(--panel); }
      .box:hover { border-color: var(--line-strong); }
      .box:focus-within { border-color: var(--accent); outline: 1px solid var(--accent); }
      .box[data-severity='error'] { border-color: var(--bad); }
      .box[data-severity='warning'] { border-color: var(--warn); }
      label { position: absolute; left: 10px; top: 5px; right: 24px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--ink-3); font-size: 11.5px; pointer-events: none; }
      select { appearance: none; width: 100%; padding: 21px 26px 5px 9px; border: 0; border-radius: inherit; outline: 0; background: var(--panel); color: var(--ink); font: inherit; text-overflow: ellipsis; cursor: pointer; }
      select:focus-visible { outline: none; }
      .box::after { content: ''; position: absolute; right: 11px; top: 50%; width: 6px; height: 6px; margin-top: -5px; border: solid var(--ink-2); border-width: 0 1.5px 1.5px 0; rotate: 45deg; pointer-events: none; }
      .message { margin: 4px 0 0; font-size: 12.5px; overflow-wrap: anywhere; }
    `,
  ];

  constructor() {
    super();
    this.path = '';
    this.label = '';
    this.value = '';
    /** @type {readonly Choice[]} */
    this.choices = [];
    this.severity = '';
    this.message = '';
  }

  focus() {
    this.renderRoot.querySelector('select')?.focus();
  }

  render() {
    return html`<span class="box" data-severity=${this.severity || nothing}>
        <select id="select" .value=${this.value} aria-describedby=${this.message ? 'note' : nothing} aria-invalid=${this.severity === 'error' ? 'true' : 'false'} @change=${this.onChange}>
          ${this.renderChoices()}
        </select>
        <label for="select">${this.label}</label>
      </span>
      ${this.message ? html`<p class="message ${this.severity === 'error' ? 'bad' : this.severity === 'warning' ? 'warn' : 'tip'}" id="note">${this.message}</p>` : nothing}`;
  }

  renderChoices() {
    return [...groupBy(this.choices)].map(([group, choices]) => {
      const options = choices.map(
        ({ value, text }) => html`<option value=${value} ?selected=${value === this.value}>${text}</option>`,
      );
      return group === '' ? options : html`<optgroup label=${group}>${options}</optgroup>`;
    });
  }

  /** @param {Event} event */
  onChange(event) {
    emitField(this, 'field-change', this.path, /** @type {HTMLSelectElement} */ (event.target).value);
  }
}

/** @param {readonly Choice[]} choices */
function groupBy(choices) {
  /** @type {Map<string, Choice[]>} */
  const groups = new Map();
  for (const choice of choices) {
    const group = groups.get(choice.group ?? '');
    if (group) group.push(choice);
    else groups.set(choice.group ?? '', [choice]);
  }
  return groups;
}

customElements.define('choice-field', ChoiceField);
