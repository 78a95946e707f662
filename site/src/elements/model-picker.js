// Combobox over the model catalog: type to search, arrows to walk, Enter to take.
// SPDX-License-Identifier: MIT
/** @import { ModelRow } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t } from '../i18n/index.js';
import { searchModels } from '../model-search.js';
import { emitField, LocalizedElement } from './localized-element.js';
import { baseStyles } from './shared-styles.js';

export class ModelPicker extends LocalizedElement {
  static properties = {
    path: {},
    value: {},
    models: { attribute: false },
    severity: {},
    message: {},
    query: { state: true },
    open: { state: true },
    active: { state: true },
  };

  static styles = [
    baseStyles,
    css`
      :host { position: relative; }
      .box { display: flex; align-items: center; border: 1px solid var(--line); border-radius: var(--radius-s); background: var(--panel); }
      .box:hover { border-color: var(--line-strong); }
      .box:focus-within { border-color: var(--accent); outline: 1px solid var(--accent); }
      .box[data-severity='error'] { border-color: var(--bad); }
      input { flex: 1; width: 0; min-width: 0; padding: 8px 0 8px 10px; border: 0; outline: 0; background: none; color: inherit; font: inherit; text-overflow: ellipsis; }
      input:focus-visible { outline: none; }
      input::placeholder { color: var(--ink-3); }
      .side { padding: 0 10px; color: var(--ink-3); font-size: 12.5px; white-space: nowrap; pointer-events: none; }
      ul { position: absolute; z-index: 10; left: 0; right: 0; top: calc(100% + 4px); max-height: min(400px, 55vh); margin: 0; padding: 4px; overflow-y: auto; list-style: none; background: var(--panel); border: 1px solid var(--line); border-radius: var(--radius-s); box-shadow: var(--pop); scrollbar-width: thin; }
      li { padding: 6px 8px; border-radius: 6px; cursor: pointer; }
      li span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      li small { display: block; color: var(--ink-2); font-size: 12px; }
      li[aria-selected='true'] { background: var(--sunken); }
      li[data-current] span { font-weight: 600; }
      p { margin: 4px 0 0; font-size: 12.5px; overflow-wrap: anywhere; }
      .none { padding: 8px; color: var(--ink-2); }
    `,
  ];

  constructor() {
    super();
    this.path = 'model';
    this.value = '';
    /** @type {readonly ModelRow[]} */
    this.models = [];
    this.severity = '';
    this.message = '';
    this.query = '';
    this.open = false;
    this.active = -1;
  }

  get found() {
    return searchModels(this.models, this.query);
  }

  focus() {
    this.renderRoot.querySelector('input')?.focus();
  }

  render() {
    const matches = this.open ? this.found : [];
    const active = matches[this.active];
    return html`<div class="box" data-severity=${this.severity || nothing}>
        <input type="text" role="combobox" autocomplete="off" spellcheck="false" aria-label=${t('model.label')} aria-autocomplete="list" aria-controls="list"
          aria-expanded=${this.open ? 'true' : 'false'} aria-activedescendant=${active ? `m${this.active}` : nothing} aria-invalid=${this.severity === 'error' ? 'true' : 'false'}
          placeholder=${this.open ? this.value : ''} .value=${this.open ? this.query : this.value}
          @focus=${this.onFocus} @click=${this.show} @input=${this.onInput} @keydown=${this.onKey} @blur=${this.onBlur}>
        <span class="side" aria-hidden="true">${this.open ? fmt().count(matches.length) : t('model.search', { count: fmt().count(this.models.length) })}</span>
      </div>
      <ul id="list" role="listbox" aria-label=${t('model.label')} ?hidden=${!this.open || matches.length === 0}>
        ${matches.map((model, index) => this.renderModel(model, index))}
      </ul>
      ${this.open && matches.length === 0 ? html`<p class="none" role="status">${t('model.none', { query: this.query })}</p>` : nothing}
      ${this.message ? html`<p class=${this.severity === 'error' ? 'bad' : 'warn'}>${this.message}</p>` : nothing}`;
  }

  /** @param {ModelRow} model @param {number} index */
  renderModel(model, index) {
    const facts = [
      t('model.row_size', { size: fmt().size(model.parameters) }),
      model.family,
      model.year ? String(model.year) : '',
    ];
    return html`<li role="option" id=${`m${index}`} aria-selected=${index === this.active ? 'true' : 'false'} ?data-current=${model.id === this.value}
      @pointerdown=${(/** @type {Event} */ event) => event.preventDefault()} @click=${() => this.choose(model)}>
      <span>${model.id}</span><small class="num">${facts.filter(Boolean).join(' · ')}</small></li>`;
  }

  show() {
    if (this.open) return;
    this.query = '';
    this.open = true;
    this.active = this.models.findIndex((model) => model.id === this.value);
    void this.updateComplete.then(() => this.scrollToActive());
  }

  hide() {
    this.open = false;
    this.query = '';
    this.active = -1;
  }

  /** @param {Event} event */
  onFocus(event) {
    /** @type {HTMLInputElement} */ (event.target).select();
  }

  /** @param {Event} event */
  onInput(event) {
    this.query = /** @type {HTMLInputElement} */ (event.target).value;
    this.open = true;
    this.active = this.query === '' ? -1 : 0;
    void this.updateComplete.then(() => this.scrollToActive());
  }

  onBlur() {
    this.hide();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const last = this.found.length - 1;
    /** @type {Record<string, () => number>} */
    const moves = {
      ArrowDown: () => (this.active >= last ? 0 : this.active + 1),
      ArrowUp: () => (this.active <= 0 ? last : this.active - 1),
      PageDown: () => Math.min(last, this.active + 8),
      PageUp: () => Math.max(0, this.active - 8),
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      if (!this.open) this.show();
      else this.active = move();
      void this.updateComplete.then(() => this.scrollToActive());
    } else if (event.key === 'Enter' && this.open) {
      event.preventDefault();
      const model = this.found[this.active];
      if (model) this.choose(model);
    } else if (event.key === 'Escape' && this.open) {
      event.preventDefault();
      this.hide();
    }
  }

  scrollToActive() {
    this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {ModelRow} model */
  choose(model) {
    this.hide();
    emitField(this, 'field-change', this.path, model.id);
  }
}

customElements.define('model-picker', ModelPicker);
