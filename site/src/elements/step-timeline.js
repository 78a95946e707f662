// Memory over one step, term upon term, against the card.
// SPDX-License-Identifier: MIT
/** @import { TimelinePoint } from '../types.js' */
import { css, html, nothing, svg } from 'lit';
import { fmt, t, tOr } from '../i18n/index.js';
import { TERM_ORDER, termColour } from '../terms.js';
import { LocalizedElement } from './localized-element.js';
import { setProps } from './set-props.js';
import { baseStyles, panelStyles } from './shared-styles.js';

const WIDTH = 560;
const HEIGHT = 142;
const TOP = 28;

/**
 * One closed path per term, stacked in the fixed order.
 * @param {readonly TimelinePoint[]} points rising in `at` @param {number} scale bytes at the top of the plot
 */
export function stackPaths(points, scale) {
  const first = points[0]?.at ?? 0;
  const span = (points.at(-1)?.at ?? 1) - first || 1;
  const x = (/** @type {TimelinePoint} */ point) => (((point.at - first) / span) * WIDTH).toFixed(1);
  const y = (/** @type {number} */ bytes) => (TOP + HEIGHT * (1 - bytes / scale)).toFixed(1);
  const known = new Set(points.flatMap((point) => Object.keys(point.terms)));
  const ids = [...TERM_ORDER.filter((id) => known.has(id)), ...[...known].filter((id) => !TERM_ORDER.includes(id))];
  let below = points.map(() => 0);
  return ids.map((id) => {
    const base = below;
    const above = points.map((point, i) => (base[i] ?? 0) + (point.terms[id] ?? 0));
    below = above;
    const upper = points.map((point, i) => `${x(point)} ${y(above[i] ?? 0)}`);
    const lower = points.map((point, i) => `${x(point)} ${y(base[i] ?? 0)}`).reverse();
    return { id, d: `M${[...upper, ...lower].join('L')}Z` };
  });
}

export class StepTimeline extends LocalizedElement {
  static properties = { points: { attribute: false }, usable: { type: Number }, heading: {} };

  static styles = [
    baseStyles,
    panelStyles,
    css`
      svg { display: block; width: 100%; overflow: visible; }
      .term { fill: var(--c); }
      .limit { stroke: var(--bad); stroke-dasharray: 5 4; }
      :host { contain: layout style; }
      section { height: 100%; }
      text { fill: var(--ink-2); font-size: 11px; }
      .phases text { fill: var(--ink-3); text-anchor: middle; }
    `,
  ];

  constructor() {
    super();
    /** @type {readonly TimelinePoint[]} */
    this.points = [];
    this.usable = 0;
    this.heading = '';
  }

  render() {
    const points = this.points;
    if (points.length < 2) return nothing;
    const peak = Math.max(...points.map((point) => Object.values(point.terms).reduce((/** @type {number} */ sum, bytes) => sum + (bytes ?? 0), 0)));
    const scale = Math.max(peak, this.usable) * 1.02 || 1;
    const cardY = TOP + HEIGHT * (1 - this.usable / scale);
    return html`<section class="panel card" aria-label=${this.heading}><h2>${this.heading}</h2>
      <svg viewBox="0 0 ${WIDTH} ${TOP + HEIGHT + 20}" role="img" aria-label=${t('timeline.label', { peak: fmt().gib(peak), phases: this.spans().map((span) => tOr(`phase.${span.phase}`, span.phase)).join(', ') })}>
        ${stackPaths(points, scale).map(({ id, d }) => svg`<path class="term" d=${d} ${setProps({ '--c': termColour(id) })}></path>`)}
        ${this.usable > 0 ? svg`<line class="limit" x1="0" x2=${WIDTH} y1=${cardY} y2=${cardY}></line><text x="4" y=${cardY - 6}>${t('bar.usable', { usable: fmt().gibShort(this.usable) })}</text>` : nothing}
        <g class="phases">${this.spans().map((span) => svg`<text x=${span.middle} y=${TOP + HEIGHT + 16}>${tOr(`phase.${span.phase}`, span.phase)}</text>`)}</g>
      </svg></section>`;
  }

  /** Where each phase lies along the axis; a phase lasts until the next one begins. */
  spans() {
    const first = this.points[0]?.at ?? 0;
    const last = this.points.at(-1)?.at ?? 1;
    /** @type {Array<{ phase: string, from: number, to: number }>} */
    const spans = [];
    for (const point of this.points) {
      const current = spans.at(-1);
      if (current?.phase === point.phase) current.to = point.at;
      else {
        if (current) current.to = point.at;
        spans.push({ phase: point.phase, from: point.at, to: point.at });
      }
    }
    const width = last - first || 1;
    return spans.map(({ phase, from, to }) => ({ phase, middle: Math.min(WIDTH - 38, Math.max(30, (((from + to) / 2 - first) / width) * WIDTH)) }));
  }
}

customElements.define('step-timeline', StepTimeline);
