// A slider, its number field and its unit as one labelled control with one event path.
// SPDX-License-Identifier: MIT
/** @import { FitRange } from '../types.js' */
import { css, html, nothing } from 'lit';
import { shownBound } from '../fit.js';
import { fmt, t } from '../i18n/index.js';
import { makeLadder, positionOf, withValue } from '../ladder.js';
import { parseQuantity } from '../quantity.js';
import { emitField, LocalizedElement } from './localized-element.js';
import { setProps } from './set-props.js';
import { baseStyles } from './shared-styles.js';

export class QuantityInput extends LocalizedElement {
  static properties = {
    path: {},
    label: {},
    value: { type: Number },
    min: { type: Number },
    max: { type: Number },
    integer: { type: Boolean },
    unit: {},
    fit: { attribute: false },
    severity: {},
    message: {},
    plain: { type: Boolean, reflect: true },
    typed: { state: true },
    mistyped: { state: true },
    base: { state: true },
  };

  static styles = [
    baseStyles,
    css`
      :host { contain: layout style; }
      .control { display: grid; grid-template-columns: 1fr auto; align-items: center; gap: 3px 12px; }
      label { font-weight: 500; }
      .field { display: flex; align-items: baseline; width: 104px; padding: 0 8px; border: 1px solid var(--line); border-radius: 7px; background: var(--panel); }
      .field:hover { border-color: var(--line-strong); }
      .field:focus-within { border-color: var(--accent); outline: 1px solid var(--accent); }
      .field[data-severity='error'] { border-color: var(--bad); }
      .field[data-severity='warning'] { border-color: var(--warn); }
      .field input { flex: 1; width: 0; min-width: 0; padding: 4px 0; border: 0; outline: 0; background: none; color: inherit; font: inherit; text-align: right; font-variant-numeric: tabular-nums; }
      .field input:focus-visible { outline: none; }
      .field small { margin-left: 4px; color: var(--ink-3); }
      .track { position: relative; grid-column: 1 / -1; height: 24px; }
      .track::before {
        content: ''; position: absolute; left: 0; right: 0; top: 9px; height: 6px; border-radius: 3px;
        background: linear-gradient(90deg, var(--bad-track) 0 var(--from, 0%), var(--ok-track) var(--from, 0%) var(--ok-to, 0%), var(--warn-track) var(--ok-to, 0%) var(--warn-to, 0%), var(--bad-track) var(--warn-to, 0%) 100%);
      }
      .track[data-fit='none']::before { background: var(--line-strong); opacity: .45; }
      input[type='range'] { appearance: none; position: absolute; inset: 0; width: 100%; height: 24px; margin: 0; background: none; cursor: pointer; touch-action: pan-y; }
      input[type='range']:focus-visible { outline: none; }
      input[type='range']::-webkit-slider-thumb { appearance: none; width: 18px; height: 18px; border-radius: 50%; border: 2px solid var(--ink); background: var(--panel); box-shadow: var(--shadow); }
      input[type='range']::-moz-range-thumb { width: 14px; height: 14px; border-radius: 50%; border: 2px solid var(--ink); background: var(--panel); }
      input[type='range']:focus-visible::-webkit-slider-thumb { outline: 2px solid var(--accent); outline-offset: 2px; }
      input[type='range']:focus-visible::-moz-range-thumb { outline: 2px solid var(--accent); outline-offset: 2px; }
      @media (pointer: coarse) {
        .track, input[type='range'] { height: 32px; } .track::before { top: 13px; }
        input[type='range']::-webkit-slider-thumb { width: 24px; height: 24px; }
        .field input { padding: 8px 0; }
      }
      .hint { grid-column: 1 / -1; position: relative; height: 14px; margin-top: -3px; font-size: 11px; line-height: 14px; color: var(--ink-3); }
      .hint span { position: absolute; left: clamp(0px, var(--at, 0%) - var(--shift, 0px), 100%); translate: var(--pull, -50%) 0; white-space: nowrap; }
      :host([plain]) .control { position: relative; }
      :host([plain]) label { position: absolute; left: 10px; top: 5px; z-index: 1; color: var(--ink-3); font-size: 11.5px; font-weight: 400; pointer-events: none; }
      :host([plain]) .field { grid-column: 1 / -1; width: auto; border-radius: var(--radius-s); }
      :host([plain]) .field input { padding: 21px 0 5px 1px; text-align: left; }
      .message { grid-column: 1 / -1; margin: 0; font-size: 12.5px; overflow-wrap: anywhere; }
    `,
  ];

  constructor() {
    super();
    this.path = '';
    this.label = '';
    this.value = 0;
    this.min = 0;
    this.max = 1;
    this.integer = false;
    this.unit = '';
    /** @type {FitRange | null} */
    this.fit = null;
    this.severity = '';
    this.message = '';
    /** Without the slider: a number field only. */
    this.plain = false;
    /** What a person is typing; left alone until it is committed. @type {string | null} */
    this.typed = null;
    this.mistyped = false;
    /** The value that stood when the drag began stays on the ladder, so the steps do not move under the thumb. */
    this.base = 0;
    this.dragging = false;
    /** @type {{ key: string, steps: number[] }} */
    this.made = { key: '', steps: [] };
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('value') && !this.dragging) this.base = this.value;
    if (changed.has('value') && changed.get('value') !== undefined) this.mistyped = false;
  }

  /** Made anew only when something about it changes: it is asked for several times in a frame. */
  get ladder() {
    const key = `${this.min} ${this.max} ${this.integer} ${this.base}`;
    if (key !== this.made.key)
      this.made = { key, steps: withValue(makeLadder(this.min, this.max, this.integer), this.base) };
    return this.made.steps;
  }

  focus() {
    this.renderRoot.querySelector('input')?.focus();
  }

  render() {
    const text = this.typed ?? fmt().plain(this.value);
    const note = this.mistyped ? t('quantity.mistyped', { text: this.typed ?? '' }) : this.message;
    const severity = this.mistyped ? 'error' : this.severity;
    return html`<div class="control">
      <label for="number">${this.label}</label>
      <span class="field" data-severity=${severity || nothing}>
        <input id="number" type="text" inputmode=${this.integer ? 'text' : 'decimal'} autocomplete="off" spellcheck="false"
          .value=${text} aria-invalid=${severity === 'error' ? 'true' : 'false'} aria-describedby=${note ? 'note' : nothing}
          @input=${this.onType} @change=${this.onCommitText} @keydown=${this.onKey} @blur=${this.onBlur}>
        ${this.unit ? html`<small aria-hidden="true">${this.unitText}</small>` : nothing}
      </span>
      ${this.plain ? nothing : this.renderSlider()}
      ${note ? html`<p class="message ${severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : 'tip'}" id="note">${note}</p>` : nothing}
    </div>`;
  }

  get unitText() {
    return t(`unit.${this.unit}`);
  }

  renderSlider() {
    const ladder = this.ladder;
    const last = ladder.length - 1;
    const share = (/** @type {number | null | undefined} */ value) =>
      value === null || value === undefined ? 0 : positionOf(ladder, value) / last;
    const fit = this.fit;
    const okTo = share(fit?.comfortable);
    const warnTo = Math.max(okTo, share(fit?.limit));
    return html`<div class="track" data-fit=${fit ? 'known' : 'none'} ${setProps({ '--from': percent(share(fit?.from)), '--ok-to': percent(okTo), '--warn-to': percent(warnTo) })}>
        <input type="range" min="0" max=${last} step="1" aria-label=${t('quantity.slider', { label: this.label })}
          aria-valuetext=${`${fmt().plain(this.value)} ${this.unit ? this.unitText : ''}`}
          .value=${String(Math.round(positionOf(ladder, this.value)))} @input=${this.onSlide} @change=${this.onSlid}>
      </div>
      ${fit ? this.renderHint(fit, warnTo) : nothing}`;
  }

  /** @param {FitRange} fit @param {number} at */
  renderHint(fit, at) {
    const isFree = fit.limit !== null && fit.limit >= this.max;
    const isLate = fit.from !== null && fit.from > this.min;
    if (isFree && !isLate) return nothing;
    const from = fmt().plain(fit.from === null ? null : shownBound(fit.from, Math.ceil));
    const to = fmt().plain(fit.limit === null ? null : shownBound(fit.limit, Math.floor));
    const text =
      fit.limit === null
        ? t('quantity.never_fits')
        : !isLate
          ? t('quantity.fits_up_to', { value: to })
          : isFree
            ? t('quantity.fits_from', { value: from })
            : t('quantity.fits_between', { from, to });
    const edge = at < 0.14 ? '0%' : at > 0.86 ? '-100%' : '-50%';
    return html`<div class="hint num"><span ${setProps({ '--at': percent(at), '--pull': edge })}>${text}</span></div>`;
  }

  /** @param {Event} event */
  onSlide(event) {
    this.dragging = true;
    this.typed = null;
    const value = this.ladder[Number(/** @type {HTMLInputElement} */ (event.target).value)];
    if (value === undefined || value === this.value) return;
    this.value = value;
    emitField(this, 'field-input', this.path, value);
  }

  onSlid() {
    this.dragging = false;
    this.base = this.value;
    emitField(this, 'field-change', this.path, this.value);
  }

  /** @param {Event} event */
  onType(event) {
    this.typed = /** @type {HTMLInputElement} */ (event.target).value;
    this.mistyped = false;
  }

  onCommitText() {
    if (this.typed === null) return;
    const value = parseQuantity(this.typed, { unit: this.unit, integer: this.integer });
    this.mistyped = value === null;
    if (value === null) return;
    this.typed = null;
    this.value = value;
    this.requestUpdate();
    emitField(this, 'field-change', this.path, value);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === 'Enter') this.onCommitText();
    else if (event.key === 'Escape') this.forget();
    else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault();
      this.step(event.key === 'ArrowUp' ? 1 : -1);
    }
  }

  onBlur() {
    if (!this.mistyped) this.typed = null;
  }

  /** Drops what was typed. */
  forget() {
    this.typed = null;
    this.mistyped = false;
  }

  /** One step of the ladder up or down. @param {1 | -1} direction */
  step(direction) {
    this.forget();
    const ladder = this.ladder;
    const at = positionOf(ladder, this.value);
    const value = ladder[direction > 0 ? Math.floor(at) + 1 : Math.ceil(at) - 1];
    if (value !== undefined) emitField(this, 'field-change', this.path, value);
  }
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(2)}%`;
}

customElements.define('quantity-input', QuantityInput);
