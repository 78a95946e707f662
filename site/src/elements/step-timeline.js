// Memory over one step, term upon term, against the card.
// SPDX-License-Identifier: MIT
/** @import { TimelinePoint } from '../types.js' */
import { css, html, nothing, svg } from 'lit';
import { phaseLabels, stackPaths } from '../charts/stack.js';
import { fmt, t, tOr } from '../i18n/index.js';
import { termColour } from '../terms.js';
import { LocalizedElement } from './localized-element.js';
import { setProps } from './set-props.js';
import { baseStyles, panelStyles } from './shared-styles.js';

export class StepTimeline extends LocalizedElement {
  static properties = { points: { attribute: false }, usable: { type: Number }, heading: {} };

  static styles = [
    baseStyles,
    panelStyles,
    css`
      :host { contain: layout style; }
      section { height: 100%; }
      .plot { position: relative; height: 168px; margin-top: 22px; }
      svg { display: block; width: 100%; height: 100%; }
      path { fill: var(--c); }
      .limit { position: absolute; left: 0; right: 0; top: var(--at); border-top: 1.5px dashed var(--bad); }
      .limit span { position: absolute; left: 0; bottom: 3px; padding: 0 6px; border-radius: 4px; background: color-mix(in srgb, var(--panel) 88%, transparent); color: var(--ink-2); font-size: 11px; }
      .phases { position: relative; height: 18px; margin-top: 4px; color: var(--ink-3); font-size: 11px; }
      .phases span { position: absolute; left: var(--at); translate: var(--pull, -50%) 0; white-space: nowrap; }
      @media (max-width: 1000px) { .plot { height: 130px; } }
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
    const peak = Math.max(
      ...points.map((point) =>
        Object.values(point.terms).reduce((/** @type {number} */ sum, bytes) => sum + (bytes ?? 0), 0),
      ),
    );
    const scale = Math.max(peak, this.usable) * 1.02 || 1;
    const labels = phaseLabels(points).map(({ phase, at }) => ({ at, text: tOr(`phase.${phase}`, phase) }));
    return html`<section class="panel card" aria-label=${this.heading}><h2>${this.heading}</h2>
      <div class="plot">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=${t('timeline.label', { peak: fmt().gib(peak), phases: labels.map((label) => label.text).join(', ') })}>
          ${stackPaths(points, scale).map(({ id, d }) => svg`<path d=${d} ${setProps({ '--c': termColour(id) })}></path>`)}
        </svg>
        ${this.usable > 0 ? html`<div class="limit num" ${setProps({ '--at': `${(100 * (1 - this.usable / scale)).toFixed(2)}%` })}><span>${t('bar.usable', { usable: fmt().gibShort(this.usable) })}</span></div>` : nothing}
      </div>
      <div class="phases" aria-hidden="true">${labels.map(({ at, text }) => html`<span ${setProps({ '--at': `${(100 * at).toFixed(2)}%`, '--pull': at < 0.08 ? '0%' : at > 0.92 ? '-100%' : '-50%' })}>${text}</span>`)}</div>
    </section>`;
  }
}

customElements.define('step-timeline', StepTimeline);
