// The answer in one sentence, the bar, and where and how sure.
// SPDX-License-Identifier: MIT
/** @import { GpuRow, Memory, Result } from '../types.js' */
import { css, html, nothing } from 'lit';
import { fmt, t, tOr } from '../i18n/index.js';
import { createPause } from '../schedule.js';
import { verdictOf } from '../verdict.js';
import { aroundTotal, details, headline, VERDICT_CLASS } from '../verdict-text.js';
import { showExactBytes } from './exact-bytes.js';
import { LocalizedElement } from './localized-element.js';
import './memory-bar.js';
import { baseStyles, panelStyles } from './shared-styles.js';

const QUIET_MS = 900;
const SAY = Object.freeze({ t, tOr, fmt });

export class VerdictPanel extends LocalizedElement {
  static properties = {
    result: { attribute: false },
    ghost: { attribute: false },
    gpu: { attribute: false },
    gpus: { type: Number },
    problem: {},
    spoken: { state: true },
  };

  static styles = [
    baseStyles,
    panelStyles,
    css`
      :host { contain: layout style; }
      .panel { padding: 18px 20px 14px; }
      h1 { margin: 0; font-size: 27px; font-weight: 650; line-height: 1.2; letter-spacing: -.02em; }
      p { margin: 6px 0 0; color: var(--ink-2); min-height: 1.45em; }
      memory-bar { margin-top: 16px; }
      @media (max-width: 1000px) {
        .panel { padding: 12px 14px 8px; box-shadow: 0 6px 14px -8px #0004; }
        h1 { font-size: 18px; } p { font-size: 12.5px; margin-top: 3px; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; min-height: 0; }
        memory-bar { margin-top: 9px; }
      }
    `,
  ];

  constructor() {
    super();
    /** @type {Result | null} */
    this.result = null;
    /** @type {Memory | null} */
    this.ghost = null;
    /** @type {GpuRow | null} */
    this.gpu = null;
    this.gpus = 1;
    /** The first error, in the reader's language. */
    this.problem = '';
    this.spoken = '';
    this.quiet = createPause(() => (this.spoken = this.sentence), QUIET_MS);
  }

  get sentence() {
    return this.renderRoot.querySelector('h1')?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
  }

  updated() {
    this.quiet.wait();
  }

  render() {
    const result = this.result;
    if (!result) return nothing;
    const kind = result.isPending ? 'pending' : verdictOf(result);
    const memory = result.memory;
    return html`<section class="panel" aria-label=${t('verdict.region')}>
      <h1 class="num" @pointerover=${showExactBytes}><span class=${VERDICT_CLASS[kind]}>${headline(kind, this.gpu, this.gpus, SAY)}</span>${memory ? this.renderUse(memory) : nothing}</h1>
      <p class="num">${memory ? details(result, memory, SAY) : this.problem}</p>
      ${memory ? html`<memory-bar .memory=${memory} .ghost=${this.ghost}></memory-bar>` : nothing}
      <div class="visually-hidden" role="status" aria-live="polite">${this.spoken}</div>
    </section>`;
  }

  /** @param {Memory} memory */
  renderUse(memory) {
    const [before, after] = aroundTotal(memory, SAY);
    return html` ${before}<data id="total" value=${memory.total_bytes}>${fmt().gibShort(memory.total_bytes)}</data>${after}`;
  }
}

customElements.define('verdict-panel', VerdictPanel);
