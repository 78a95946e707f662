// The memory of one device as a bar against the card: terms, free part, overflow, and the previous bar as a ghost.
// SPDX-License-Identifier: MIT
/** @import { Memory } from '../types.js' */
import { css, html, nothing } from 'lit';
import { GIB } from '../format.js';
import { fmt, t, tOr } from '../i18n/index.js';
import { inTermOrder, termColour } from '../terms.js';
import { LocalizedElement } from './localized-element.js';
import { setProps } from './set-props.js';
import { baseStyles } from './shared-styles.js';

/** Below this share of the bar a segment carries no text. */
const LABEL_SHARE = 0.085;
/** A tick nearer than this to the card's own label would run into it, on a wide bar and on a narrow one. */
const CLEAR_WIDE = 0.1;
const CLEAR_NARROW = 0.36;

/** Round ticks strictly inside (0, end). @param {number} end in GiB */
export function axisTicks(end) {
  const rough = end / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 3, 5, 6, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.85) ?? power * 10;
  const ticks = [];
  for (let i = 1; i * step < end * 0.88; i += 1) ticks.push(Number((i * step).toPrecision(6)));
  return ticks;
}

export class MemoryBar extends LocalizedElement {
  static properties = { memory: { attribute: false }, ghost: { attribute: false } };

  static styles = [
    baseStyles,
    css`
      .frame { position: relative; }
      .bar { position: relative; display: grid; height: 46px; border: 1px solid var(--line); border-radius: var(--radius-s); overflow: hidden; background: var(--panel); }
      .card-room { position: absolute; inset: 0 auto 0 0; background: repeating-linear-gradient(135deg, var(--sunken) 0 6px, transparent 6px 12px); }
      .term { position: relative; min-width: 0; overflow: hidden; }
      .term + .term { box-shadow: inset 1px 0 0 #ffffff40; }
      .term span { position: absolute; left: 8px; top: 5px; color: #111; font-size: 12px; font-weight: 600; line-height: 1.25; white-space: nowrap; }
      .term[data-light] span { color: #fff; }
      .over { position: absolute; inset: 0 auto 0 0; background: repeating-linear-gradient(135deg, #c4312be0 0 3px, #c4312b2e 3px 10px); border-left: 2px solid var(--bad); }
      .ghost { position: relative; height: 4px; margin-top: 3px; border-radius: 2px; opacity: 0; transition: opacity .15s; }
      .ghost[data-shown] { opacity: 1; }
      .ghost i { position: absolute; inset: 0 auto 0 0; border-radius: 2px; background: var(--line-strong); opacity: .55; }
      .axis { position: relative; height: 18px; margin-top: 1px; color: var(--ink-3); font-size: 12px; }
      .axis span { position: absolute; translate: -50% 0; white-space: nowrap; }
      .axis .card { color: var(--ink-2); }
      .axis .card[data-over] { color: var(--bad); font-weight: 600; }
      :host([compact]) .axis span:not(.card), :host([compact]) .term span { display: none; }
      @media (max-width: 600px) { .axis [data-near] { display: none; } }
      @media (max-width: 1000px) { .bar { height: 28px; } .term span { display: none; } }
      @media (prefers-reduced-motion: reduce) { .ghost { transition: none; } }
    `,
  ];

  constructor() {
    super();
    /** @type {Memory | null} */
    this.memory = null;
    /** The memory before the drag began, or null. @type {Memory | null} */
    this.ghost = null;
    /** What the bar shows, in words. */
    this.label = '';
  }

  /** While something is dragged the words stand still: nobody reads them out in every frame. */
  willUpdate() {
    if (this.memory && (!this.ghost || this.label === '')) this.label = this.describe(this.memory);
  }

  /** @param {Memory} memory */
  describe({ terms, usable_bytes }) {
    const spoken = inTermOrder(terms)
      .map((term) => `${tOr(`term.${term.id}`, term.id)} ${fmt().gib(term.bytes)}`)
      .join(', ');
    return usable_bytes
      ? t('bar.label', { terms: spoken, usable: fmt().gib(usable_bytes) })
      : t('bar.label_no_card', { terms: spoken });
  }

  render() {
    const memory = this.memory;
    if (!memory) return nothing;
    const card = memory.usable_bytes ?? 0;
    const scale = Math.max(card, memory.total_bytes, card > 0 ? 0 : (this.ghost?.total_bytes ?? 0)) || 1;
    const isOver = card > 0 && memory.total_bytes > card;
    const terms = inTermOrder(memory.terms);
    return html`<div class="frame">
      <div class="bar num" role="img" aria-label=${this.label} ${setProps({ 'grid-template-columns': terms.map((term) => share(term.bytes, scale)).join(' ') })} @pointerover=${this.onHover}>
        <i class="card-room" ${setProps({ width: share(card > 0 ? card : scale, scale) })}></i>
        ${terms.map((term) => this.renderTerm(term, scale))}
        ${isOver ? html`<div class="over" ${setProps({ left: share(card, scale), width: share(memory.total_bytes - card, scale) })}></div>` : nothing}
      </div>
      <div class="ghost" ?data-shown=${this.ghost !== null} aria-hidden="true"><i ${setProps({ width: share(Math.min(this.ghost?.total_bytes ?? memory.total_bytes, scale), scale) })}></i></div>
      ${this.renderAxis(card, scale, isOver)}
    </div>`;
  }

  /** @param {{ id: string, bytes: number }} term @param {number} scale */
  renderTerm(term, scale) {
    const name = tOr(`term.${term.id}`, term.id);
    const text = term.bytes / scale >= LABEL_SHARE ? html`<span>${name}<br>${fmt().gib(term.bytes)}</span>` : nothing;
    return html`<div class="term" ?data-light=${term.id === 'weights'} ${setProps({ background: termColour(term.id) })}>${text}</div>`;
  }

  /** A segment's tooltip, written when the pointer comes. @param {Event} event */
  onHover(event) {
    const segment = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('.term'));
    const at = [...(segment?.parentElement?.querySelectorAll('.term') ?? [])].findIndex((one) => one === segment);
    const term = inTermOrder(this.memory?.terms ?? [])[at];
    if (segment && term) segment.title = `${tOr(`term.${term.id}`, term.id)} ${fmt().gib(term.bytes)} GiB`;
  }

  /** @param {number} card @param {number} scale @param {boolean} isOver */
  renderAxis(card, scale, isOver) {
    const cardAt = card / scale;
    const gap = (/** @type {number} */ tick) => (card > 0 ? Math.abs((tick * GIB) / scale - cardAt) : 1);
    const ticks = [0, ...axisTicks(scale / GIB)].filter((tick) => gap(tick) > (cardAt > 0.85 ? 1.5 : 1) * CLEAR_WIDE);
    const pull = cardAt > 0.85 ? '-100%' : cardAt < 0.15 ? '0%' : '-50%';
    return html`<div class="axis num" aria-hidden="true">
      ${ticks.map((tick) => html`<span ?data-near=${gap(tick) < CLEAR_NARROW} ${setProps({ left: share(tick * GIB, scale), translate: tick === 0 ? '0%' : '-50%' })}>${fmt().plain(tick)}</span>`)}
      ${
        card > 0
          ? html`<span class="card" ?data-over=${isOver} ${setProps({ left: share(card, scale), translate: pull })}>${t('bar.usable', { usable: fmt().gibShort(card) })}</span>`
          : html`<span class="card" ${setProps({ left: '100%', translate: '-100%' })}>${fmt().gibShort(scale)} GiB</span>`
      }
    </div>`;
  }
}

/** @param {number} part @param {number} whole */
function share(part, whole) {
  return `${Math.min(100, (part / whole) * 100).toFixed(3)}%`;
}

customElements.define('memory-bar', MemoryBar);
