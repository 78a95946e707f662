// How the memory follows one control, against what the card offers: a curve worked out by the engine in one call.
// SPDX-License-Identifier: MIT
/** @import { Engine, Field, Result, Values } from '../types.js' */
import { css, html, nothing, svg } from 'lit';
import { LocalizedElement } from '../elements/localized-element.js';
import { baseStyles, panelStyles } from '../elements/shared-styles.js';
import { formStyles } from '../pages/page-styles.js';
import { fmt, t, tOr } from '../i18n/index.js';
import { makeLadder, withValue } from '../ladder.js';
import { shownValue, toScenario } from '../scenario.js';
import { whenIdle } from '../schedule.js';
import { curveOf, trimmed } from './curve.js';
import { pictureOf, savePicture } from './save.js';
import { GIB } from '../format.js';
import { linearTicks, shareOf } from './scale.js';

const EDGE = Object.freeze({ left: 44, right: 14, top: 14, bottom: 24 });
const HEIGHT = 220;
const MOST_POINTS = 48;

export class WhatIfChart extends LocalizedElement {
  static properties = {
    engine: { attribute: false },
    values: { attribute: false },
    result: { attribute: false },
    paths: { attribute: false },
    path: { state: true },
    curve: { state: true },
    width: { state: true },
    at: { state: true },
  };

  static styles = [
    baseStyles,
    panelStyles,
    formStyles,
    css`
      :host { contain: layout style; }
      .top { display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; justify-content: space-between; }
      h2 { margin: 0; }
      .top label { display: block; width: 230px; max-width: 100%; }
      svg { display: block; width: 100%; height: ${HEIGHT}px; margin-top: 8px; touch-action: pan-y; }
      text { fill: var(--ink-3); font-size: 11px; }
      .grid { stroke: var(--line); }
      .band { fill: var(--accent); opacity: .16; }
      .line { fill: none; stroke: var(--accent); stroke-width: 2; }
      .limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 4; }
      .now { fill: var(--panel); stroke: var(--ink); stroke-width: 2; }
      .hair { stroke: var(--ink-3); }
      p { display: flex; flex-wrap: wrap; gap: 4px 14px; justify-content: space-between; min-height: 1.5em; margin: 4px 0 0; color: var(--ink-2); font-size: 12.5px; }
    `,
  ];

  constructor() {
    super();
    /** @type {Engine | null} */
    this.engine = null;
    /** @type {Values} */
    this.values = {};
    /** @type {Result | null} */
    this.result = null;
    /** Sliders that the page shows. @type {readonly string[]} */
    this.paths = [];
    this.path = '';
    /** @type {import('./curve.js').CurvePoint[]} */
    this.curve = [];
    /** The control that `curve` varies. */
    this.curvePath = '';
    this.width = 640;
    /** @type {number | null} */
    this.at = null;
    this.isWaiting = false;
    this.observer = new ResizeObserver(([entry]) => {
      const width = Math.round(entry?.contentRect.width ?? 0);
      if (width > 0) this.width = width;
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  get field() {
    const path = this.paths.includes(this.path) ? this.path : this.paths[0];
    return this.engine?.fields.find((field) => field.path === path);
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (!['values', 'paths', 'path', 'engine'].some((name) => changed.has(name))) return;
    if (this.curve.length > 0 && this.field?.path !== this.curvePath) this.draw();
    else this.ask();
  }

  updated() {
    const plot = this.renderRoot.querySelector('svg');
    if (plot) this.observer.observe(plot);
  }

  /** Worked out when the frame's own work is done. */
  ask() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    whenIdle(() => {
      this.isWaiting = false;
      this.draw();
    });
  }

  /** Now: a curve of one control is never shown under the name of another. */
  draw() {
    this.curvePath = this.field?.path ?? '';
    this.curve = this.compute();
  }

  compute() {
    const { engine, field } = this;
    if (!engine || !field || field.min === undefined || field.max === undefined) return [];
    const ladder = makeLadder(field.min, field.max, field.type === 'integer');
    const step = Math.ceil(ladder.length / MOST_POINTS);
    const chosen = ladder.filter((_, i) => i % step === 0 || i === ladder.length - 1);
    const values = withValue(chosen, this.now(field));
    return curveOf(engine.sweep({ scenario: toScenario(this.values), field: field.path, values }));
  }

  /** @param {Field} field */
  now(field) {
    return Number(shownValue(this.values, this.result, field) ?? field.min);
  }

  render() {
    const field = this.field;
    const usable = this.result?.memory?.usable_bytes ?? 0;
    const total = this.result?.memory?.total_bytes ?? 0;
    if (!field || total <= 0) return nothing;
    const points = trimmed(this.curve, 2 * Math.max(usable, total), this.now(field));
    return html`<section class="panel card" aria-label=${t('what_if.title')}>
      <div class="top"><h2>${t('what_if.title')}</h2>
        <label><span class="visually-hidden">${t('what_if.field')}</span><select @change=${(/** @type {Event} */ event) => (this.path = /** @type {HTMLSelectElement} */ (event.target).value)}>
          ${this.paths.map((path) => html`<option value=${path} .selected=${path === field.path}>${tOr(`field.${path}`, path)}</option>`)}</select></label></div>
      ${points.length > 1 ? this.renderPlot(field, points, usable) : nothing}
    </section>`;
  }

  /** @param {Field} field @param {readonly import('./curve.js').CurvePoint[]} points @param {number} usable */
  renderPlot(field, points, usable) {
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last) return nothing;
    const isLog = first.value > 0 && last.value / first.value > 20;
    const domain = { min: first.value, max: last.value, log: isLog };
    const top = Math.max(usable, ...points.map((point) => point.high)) * 1.06;
    const inner = this.width - EDGE.left - EDGE.right;
    const x = (/** @type {number} */ value) => EDGE.left + inner * shareOf(domain, value);
    const y = (/** @type {number} */ bytes) =>
      EDGE.top + (HEIGHT - EDGE.top - EDGE.bottom) * (1 - Math.min(1, bytes / top));
    const path = (/** @type {readonly (readonly [number, number])[]} */ corners) =>
      corners
        .map(([value, bytes], i) => `${i === 0 ? 'M' : 'L'}${x(value).toFixed(1)} ${y(bytes).toFixed(1)}`)
        .join('');
    const upper = points.map((point) => /** @type {const} */ ([point.value, point.high]));
    const lower = points.map((point) => /** @type {const} */ ([point.value, point.low])).reverse();
    const now = this.now(field);
    const here = points.find((point) => point.value === now);
    const read = this.at === null ? (here ?? null) : nearest(points, this.at, x);
    const unit = field.unit ? ` ${t(`unit.${field.unit}`)}` : '';
    const name = tOr(`field.${field.path}`, field.path);
    const limit = points.filter((point) => usable > 0 && point.total <= usable).at(-1);
    const labels = ticksOf(points, Math.max(3, Math.floor(inner / 90)), x);
    return html`<svg role="img" aria-label=${limit ? t('what_if.label_limit', { field: name, value: fmt().plain(limit.value), usable: fmt().gibShort(usable) }) : t('what_if.label', { field: name })}
        viewBox="0 0 ${this.width} ${HEIGHT}" @pointermove=${this.onMove} @pointerdown=${this.onMove} @pointerleave=${() => (this.at = null)}>
        ${linearTicks(top / GIB, 5).map((tick) => svg`<line class="grid" x1=${EDGE.left} x2=${this.width - EDGE.right} y1=${y(tick * GIB)} y2=${y(tick * GIB)}></line><text x=${EDGE.left - 6} y=${y(tick * GIB) + 4} text-anchor="end">${fmt().plain(tick)}</text>`)}
        ${labels.map((value) => svg`<text x=${x(value)} y=${HEIGHT - 6} text-anchor=${value === first.value ? 'start' : value === last.value ? 'end' : 'middle'}>${fmt().plain(value)}</text>`)}
        <path class="band" d=${`${path([...upper, ...lower])}Z`}></path>
        <path class="line" d=${path(points.map((point) => [point.value, point.total]))}></path>
        ${usable > 0 ? svg`<line class="limit" x1=${EDGE.left} x2=${this.width - EDGE.right} y1=${y(usable)} y2=${y(usable)}></line><text x=${EDGE.left + 5} y=${y(usable) - 5}>${t('bar.usable', { usable: fmt().gibShort(usable) })}</text>` : nothing}
        ${read && this.at !== null ? svg`<line class="hair" x1=${x(read.value)} x2=${x(read.value)} y1=${EDGE.top} y2=${HEIGHT - EDGE.bottom}></line>` : nothing}
        ${here ? svg`<circle class="now" cx=${x(here.value)} cy=${y(here.total)} r="5"></circle>` : nothing}
      </svg>
      <p class="num"><span>${read ? t('what_if.readout', { value: fmt().plain(read.value) + unit, total: fmt().gibShort(read.total), low: fmt().gibShort(read.low), high: fmt().gibShort(read.high) }) : nothing}</span>
        <button type="button" class="link" @click=${() => void this.savePlot()}>${t('what_if.save')}</button></p>`;
  }

  async savePlot() {
    const plot = this.renderRoot.querySelector('svg');
    if (plot) await savePicture('what-if.png', pictureOf(plot));
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    this.at = event.clientX - /** @type {SVGElement} */ (event.currentTarget).getBoundingClientRect().left;
  }
}

/** @param {readonly import('./curve.js').CurvePoint[]} points @param {number} at @param {(value: number) => number} x */
function nearest(points, at, x) {
  let best = points[0] ?? null;
  for (const point of points) {
    if (best && Math.abs(x(point.value) - at) < Math.abs(x(best.value) - at)) best = point;
  }
  return best;
}

/** Ends, and between them as many as there is room for. @param {readonly import('./curve.js').CurvePoint[]} points @param {number} most @param {(value: number) => number} x */
function ticksOf(points, most, x) {
  const first = points[0]?.value ?? 0;
  const last = points.at(-1)?.value ?? 0;
  const gap = (x(last) - x(first)) / most;
  const ticks = [first];
  for (const { value } of points) {
    if (x(value) - x(ticks.at(-1) ?? first) >= gap && x(last) - x(value) >= gap) ticks.push(value);
  }
  return [...ticks, last];
}

customElements.define('what-if-chart', WhatIfChart);
