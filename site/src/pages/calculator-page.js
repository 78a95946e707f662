// The page of a calculator: controls on the left, the answer on the right. Which calculator is its definition's matter.
// SPDX-License-Identifier: MIT
/** @import { FirstEngine, FitRange, Memory, Result, Values } from '../types.js' */
/** @import { Calculator } from '../calculators/layout.js' */
import { html, nothing } from 'lit';
import { factsOf } from '../calculators/facts.js';
import { LANGUAGE } from '../calculators/language.js';
import { isSlider, layoutOf, pathsOf } from '../calculators/layout.js';
import { readChecks } from '../checks.js';
import { LocalizedElement } from '../elements/localized-element.js';
import '../elements/scenario-controls.js';
import '../elements/scenario-results.js';

/** Fields with a control of their own on every calculator. */
const ALWAYS = Object.freeze(['task', 'model', 'hardware.gpu', 'hardware.gpus']);

export class CalculatorPage extends LocalizedElement {
  static properties = {
    calculator: { attribute: false },
    engine: { attribute: false },
    values: { attribute: false },
    settled: { attribute: false },
    result: { attribute: false },
    ghost: { attribute: false },
    fits: { attribute: false },
    canUndo: { type: Boolean },
    canRedo: { type: Boolean },
    canReset: { type: Boolean },
    hasMore: { type: Boolean },
    view: { state: true },
  };

  constructor() {
    super();
    /** @type {Calculator} */
    this.calculator = LANGUAGE;
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
    /** @type {Readonly<Record<string, FitRange | null>>} */
    this.fits = {};
    this.canUndo = false;
    this.canRedo = false;
    this.canReset = false;
    this.hasMore = false;
    /** Which panel of the controls is in front. */
    this.view = '';
    /** @type {readonly string[]} */
    this.sliders = [];
  }

  /** The page's frame is laid out by the document's own style sheet. */
  createRenderRoot() {
    return this;
  }

  /** @returns {import('../elements/scenario-controls.js').ScenarioControls | null} */
  get controls() {
    return this.querySelector('scenario-controls');
  }

  /** @returns {import('../elements/scenario-results.js').ScenarioResults | null} */
  get results() {
    return this.querySelector('scenario-results');
  }

  /** The answer alone, for a frame of a drag. @param {Result} result @param {Memory | null} ghost @returns {boolean} whether that was possible */
  showAnswer(result, ghost) {
    return this.results?.showAnswer(result, ghost) ?? false;
  }

  render() {
    const { calculator, engine, result, values } = this;
    if (!engine || !result) return nothing;
    const facts = factsOf(values, engine.models);
    const layout = layoutOf(calculator, engine.fields, facts, this.view);
    const paths = pathsOf(layout);
    const checks = readChecks(result, engine);
    const sliders = paths.filter((path) => isSlider(engine.fields.find((field) => field.path === path)));
    if (sliders.join() !== this.sliders.join()) this.sliders = sliders;
    return html`<main class="page" @field-jump=${(/** @type {CustomEvent} */ event) => void this.controls?.focusField(event.detail.path)} @view-change=${(/** @type {CustomEvent} */ event) => (this.view = event.detail.value)}>
      <scenario-controls class="panel controls" .calculator=${calculator} .layout=${layout} .facts=${facts} .view=${this.view} .engine=${engine} .values=${values} .result=${result} .fits=${this.fits}
        .checks=${checks} .canUndo=${this.canUndo} .canRedo=${this.canRedo} .canReset=${this.canReset}></scenario-controls>
      <scenario-results class="results" .engine=${engine} .values=${values} .settled=${this.settled} .result=${result} .ghost=${this.ghost} .checks=${checks}
        .paths=${new Set([...ALWAYS, ...paths])} .sliders=${this.sliders} .hasMore=${this.hasMore}></scenario-results>
    </main>`;
  }
}

customElements.define('calculator-page', CalculatorPage);
