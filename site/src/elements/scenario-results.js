// The answer of a calculator: verdict, breakdown, step, what comes after the first result, checks.
// SPDX-License-Identifier: MIT
/** @import { Advice, FirstEngine, GpuRow, Memory, Result, Values } from '../types.js' */
/** @import { Check } from './issue-list.js' */
import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { taskOf } from '../calculators/facts.js';
import { t } from '../i18n/index.js';
import { chosen, readAt } from '../scenario.js';
import { afterPaint } from '../schedule.js';
import './breakdown-table.js';
import './issue-list.js';
import { LocalizedElement } from './localized-element.js';
import './step-timeline.js';
import './verdict-panel.js';

export class ScenarioResults extends LocalizedElement {
  static properties = {
    engine: { attribute: false },
    values: { attribute: false },
    settled: { attribute: false },
    result: { attribute: false },
    ghost: { attribute: false },
    checks: { attribute: false },
    paths: { attribute: false },
    sliders: { attribute: false },
    hasMore: { type: Boolean },
    isWhole: { state: true },
    advice: { state: true },
  };

  constructor() {
    super();
    /** @type {FirstEngine | null} */
    this.engine = null;
    /** @type {Values} */
    this.values = {};
    /** The values before the drag that is going on. @type {Values} */
    this.settled = {};
    /** @type {Result | null} */
    this.result = null;
    /** @type {Memory | null} */
    this.ghost = null;
    /** @type {readonly Check[]} */
    this.checks = [];
    /** Fields that have a control at present. @type {ReadonlySet<string>} */
    this.paths = new Set();
    /** Controls with a slider, in their order. @type {readonly string[]} */
    this.sliders = [];
    /** Everything beyond the first result is here. */
    this.hasMore = false;
    /** The verdict comes first, the rest with the next frame: two short tasks in place of a long one. */
    this.isWhole = false;
    /** What would help, of the committed values. @type {Advice | null} */
    this.advice = null;
  }

  firstUpdated() {
    afterPaint(() => (this.isWhole = true));
  }

  /** Laid out by the document's own style sheet. */
  createRenderRoot() {
    return this;
  }

  /** @returns {GpuRow | null} */
  get gpu() {
    const id = readAt(this.result?.scenario, 'hardware.gpu') ?? chosen(this.values, 'hardware.gpu');
    return this.engine?.gpu(String(id ?? '')) ?? null;
  }

  /** The answer alone, ahead of everything that belongs to it. @param {Result} result @param {Memory | null} ghost @returns {boolean} whether that was possible */
  showAnswer(result, ghost) {
    const verdict = this.querySelector('verdict-panel');
    const breakdown = /** @type {import('./breakdown-table.js').BreakdownTable | null} */ (
      this.querySelector('breakdown-table')
    );
    const { memory } = result;
    if (!verdict || !breakdown || !memory) return false;
    Object.assign(verdict, { result, ghost });
    breakdown.memory = memory;
    return true;
  }

  render() {
    const { result, checks } = this;
    if (!result) return nothing;
    return html`<verdict-panel .result=${live(result)} .ghost=${live(this.ghost)} .gpu=${this.gpu} .gpus=${Number(readAt(result.scenario, 'hardware.gpus') ?? 1)} .problem=${checks[0]?.text ?? ''}></verdict-panel>
      ${this.isWhole ? this.renderRest(result) : nothing}`;
  }

  /** @param {Result} result */
  renderRest(result) {
    const { checks } = this;
    const memory = result.memory;
    /** @type {Record<string, () => unknown>} */
    const parts = {
      breakdown: () => (memory ? html`<breakdown-table .memory=${live(memory)}></breakdown-table>` : nothing),
      step: () => this.renderStep(result),
      advice: () => this.renderAdvice(),
    };
    // A run that does not fit is told first what to do about it; a panel that changes its place stays what it is.
    const order = this.advice?.smallest_set ? ['advice', 'breakdown', 'step'] : ['breakdown', 'step', 'advice'];
    return html`${repeat(
      order,
      (name) => name,
      (name) => parts[name]?.(),
    )}
      ${this.hasMore ? html`<deep-results @advice=${(/** @type {CustomEvent<Advice>} */ event) => (this.advice = event.detail)} .engine=${this.engine} .values=${this.settled} .result=${result} .sliders=${this.sliders}></deep-results>` : nothing}
      ${checks.length > 0 ? html`<issue-list .checks=${checks.map((check) => (this.paths.has(check.path) ? check : { ...check, field: '' }))}></issue-list>` : nothing}`;
  }

  renderAdvice() {
    return this.advice && this.result?.memory
      ? html`<suggestion-list .advice=${this.advice} .values=${this.settled}></suggestion-list>`
      : nothing;
  }

  /** @param {Result} result */
  renderStep(result) {
    const points = result.memory?.timeline ?? [];
    if (points.length < 2) return nothing;
    const heading = taskOf(this.values) === 'inference' ? t('timeline.inference') : t('timeline.training');
    return html`<step-timeline .points=${points} .usable=${result.memory?.usable_bytes ?? 0} .heading=${heading}></step-timeline>`;
  }
}

customElements.define('scenario-results', ScenarioResults);
