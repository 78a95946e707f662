// Measured against predicted on two logarithmic axes: on the diagonal means right.
// SPDX-License-Identifier: MIT
import { css, html, nothing, svg } from 'lit';
import { LocalizedElement } from '../elements/localized-element.js';
import { setProps } from '../elements/set-props.js';
import { baseStyles } from '../elements/shared-styles.js';
import { binaryTicks, logDomain, shareOf } from './scale.js';

/** @typedef {{ x: number, y: number, name: string }} Point */
/** @typedef {{ name: string, colour: string, points: readonly Point[] }} Series */

const EDGE = Object.freeze({ left: 62, right: 14, top: 12, bottom: 42 });
const HEIGHT = 460;
const REACH_PX = 16;
/** The faint band along the diagonal: a tenth more or less. */
const BAND = 1.1;

export class ScatterPlot extends LocalizedElement {
  static properties = {
    series: { attribute: false },
    format: { attribute: false },
    label: {},
    xTitle: {},
    yTitle: {},
    hint: {},
    width: { state: true },
    near: { state: true },
  };

  static styles = [
    baseStyles,
    css`
      svg { display: block; width: 100%; height: ${HEIGHT}px; overflow: visible; touch-action: pan-y; }
      text { fill: var(--ink-2); font-size: 11.5px; }
      .title { fill: var(--ink-2); font-size: 12px; }
      .grid { stroke: var(--line); }
      .diagonal { stroke: var(--ink-3); stroke-dasharray: 5 4; }
      .band { fill: var(--ink-3); opacity: .1; }
      .dots { fill: none; stroke: var(--c); stroke-width: 5; stroke-linecap: round; opacity: .5; }
      .near { fill: none; stroke: var(--ink); stroke-width: 1.5; }
      .below { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 6px 0 0; color: var(--ink-2); font-size: 12.5px; }
      .below i { display: inline-block; width: 9px; height: 9px; margin-right: 6px; border-radius: 50%; background: var(--c); }
      .readout { margin: 6px 0 0; min-height: 2.9em; color: var(--ink-2); font-size: 12.5px; overflow-wrap: anywhere; }
    `,
  ];

  constructor() {
    super();
    /** @type {readonly Series[]} */
    this.series = [];
    this.format = (/** @type {number} */ value) => String(value);
    this.label = '';
    this.xTitle = '';
    this.yTitle = '';
    this.hint = '';
    this.width = 640;
    this.domain = logDomain([]);
    /** @type {Point | null} */
    this.near = null;
    this.observer = new ResizeObserver(([entry]) => {
      const width = Math.round(entry?.contentRect.width ?? 0);
      if (width > 0) this.width = width;
    });
  }

  connectedCallback() {
    super.connectedCallback();
    this.observer.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  willUpdate() {
    this.domain = logDomain(this.series.flatMap(({ points }) => points.flatMap(({ x, y }) => [x, y])));
  }

  /** @param {number} value */
  xOf(value) {
    return EDGE.left + (this.width - EDGE.left - EDGE.right) * shareOf(this.domain, value);
  }

  /** @param {number} value */
  yOf(value) {
    return HEIGHT - EDGE.bottom - (HEIGHT - EDGE.top - EDGE.bottom) * shareOf(this.domain, value);
  }

  render() {
    const domain = this.domain;
    const [x0, x1] = [this.xOf(domain.min), this.xOf(domain.max)];
    const [y0, y1] = [this.yOf(domain.min), this.yOf(domain.max)];
    const wide = binaryTicks(domain, this.width / 74);
    const high = binaryTicks(domain, 9);
    const near = this.near;
    return html`<svg role="img" aria-label=${this.label} viewBox="0 0 ${this.width} ${HEIGHT}" @pointermove=${this.onMove} @pointerdown=${this.onMove} @pointerleave=${() => (this.near = null)}>
        ${high.map((tick) => svg`<line class="grid" x1=${x0} x2=${x1} y1=${this.yOf(tick)} y2=${this.yOf(tick)}></line><text x=${EDGE.left - 8} y=${this.yOf(tick) + 4} text-anchor="end">${this.format(tick)}</text>`)}
        ${wide.map((tick) => svg`<line class="grid" x1=${this.xOf(tick)} x2=${this.xOf(tick)} y1=${y0} y2=${y1}></line><text x=${this.xOf(tick)} y=${y0 + 17} text-anchor="middle">${this.format(tick)}</text>`)}
        <path class="band" d=${`M${x0} ${this.yOf(domain.min * BAND)}L${this.xOf(domain.max / BAND)} ${y1}L${x1} ${y1}L${x1} ${this.yOf(domain.max / BAND)}L${this.xOf(domain.min * BAND)} ${y0}L${x0} ${y0}Z`}></path>
        <line class="diagonal" x1=${x0} y1=${y0} x2=${x1} y2=${y1}></line>
        ${this.series.map(({ colour, points }) => svg`<path class="dots" d=${points.map(({ x, y }) => `M${this.xOf(x).toFixed(1)} ${this.yOf(y).toFixed(1)}h0`).join('')} ${setProps({ '--c': colour })}></path>`)}
        ${near ? svg`<circle class="near" cx=${this.xOf(near.x)} cy=${this.yOf(near.y)} r="6"></circle>` : nothing}
        <text class="title" x=${(x0 + x1) / 2} y=${HEIGHT - 6} text-anchor="middle">${this.xTitle}</text>
        <text class="title" transform=${`translate(11 ${(y0 + y1) / 2}) rotate(-90)`} text-anchor="middle">${this.yTitle}</text>
      </svg>
      <p class="below">${this.series.map(({ name, colour }) => html`<span><i ${setProps({ '--c': colour })}></i>${name}</span>`)}</p>
      <p class="readout num">${near ? near.name : this.hint}</p>`;
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const box = /** @type {SVGElement} */ (event.currentTarget).getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = REACH_PX;
    /** @type {Point | null} */
    let near = null;
    for (const { points } of this.series) {
      for (const point of points) {
        const distance = Math.hypot(this.xOf(point.x) - x, this.yOf(point.y) - y);
        if (distance < best) [best, near] = [distance, point];
      }
    }
    this.near = near;
  }
}

customElements.define('scatter-plot', ScatterPlot);
