// <vram-calculator>: the calculator inside other people's pages. Attributes and properties in step, `vram-change` when a
// person changes something, the element's own content until there is a number. No network, no cookies, no globals.
// SPDX-License-Identifier: MIT
/** @import { Json, Result } from '../types.js' */
import { html, LitElement, nothing } from 'lit';
import { setProps } from '../elements/set-props.js';
import { makeLadder, positionOf, withValue } from '../ladder.js';
import { parseQuantity } from '../quantity.js';
import { readAt } from '../scenario.js';
import { inTermOrder, termColour } from '../terms.js';
import { VERDICT_CLASS } from '../verdict-text.js';
import { shortGpuName, verdictOf } from '../verdict.js';
import { ATTRIBUTES, CONTROLS, readValue, sectionOf, toScenario } from './attributes.js';
import { sharedEngine } from './shared-engine.js';
import { voiceOf } from './texts.js';
import { widgetStyles } from './widget-styles.js';

const NAME = 'vram-calculator';
/** Started this far before it comes into view. */
const AHEAD = '200px';
const OPTION = {
  reflect: true,
  converter: { fromAttribute: (/** @type {string | null} */ text) => (text === null ? undefined : readValue(text)) },
};

/** Text that is no JSON stays text: the engine says where it breaks. @param {string | null} text @returns {{ [key: string]: Json } | string | null} */
function readScenario(text) {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return text;
  }
}

class VramCalculator extends LitElement {
  static properties = {
    ...Object.fromEntries(ATTRIBUTES.map(({ attribute, property }) => [property, { ...OPTION, attribute }])),
    scenario: { converter: { fromAttribute: readScenario } },
    controls: { reflect: true },
    theme: { reflect: true },
    core: { state: true },
    failure: { state: true },
  };

  static styles = widgetStyles;

  static get observedAttributes() {
    return [...super.observedAttributes, 'lang'];
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    super.attributeChangedCallback(name, before, now);
    if (name === 'lang') this.requestUpdate();
  }

  constructor() {
    super();
    /** What the attributes are laid over. @type {{ [key: string]: Json } | string | null} */
    this.scenario = null;
    /** Names of attributes to show controls for; "none" for none. @type {string | undefined} */
    this.controls = undefined;
    /** @type {import('./shared-engine.js').SharedEngine | null} */
    this.core = null;
    this.failure = '';
    /** The engine's answer to what stands here now. @type {Result | null} */
    this.result = null;
    /** Model list wanted: some hundred options, so only once a person turns to the field. */
    this.isListing = false;
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.core) return;
    this.sight = new IntersectionObserver(([entry]) => entry?.isIntersecting && void this.start(), {
      rootMargin: AHEAD,
    });
    this.sight.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.sight?.disconnect();
  }

  /** Begins at once instead of when it is first seen. */
  async start() {
    this.sight?.disconnect();
    try {
      this.core = await sharedEngine();
      await this.updateComplete;
      this.tell('vram-ready', { scenario: this.result?.scenario ?? {}, result: this.result });
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.tell('vram-error', { message: this.failure });
    }
  }

  /** @param {string} type @param {object} detail */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
  }

  /** The whole scenario as it is asked. */
  get request() {
    const values = /** @type {Record<string, Json>} */ (/** @type {unknown} */ (this));
    return toScenario(this.scenario !== null && typeof this.scenario === 'object' ? this.scenario : {}, values);
  }

  /** @returns {Result | null} */
  ask() {
    if (!this.core || !this.voice) return null;
    return this.core.estimate(
      typeof this.scenario === 'string'
        ? this.scenario
        : JSON.stringify({ ...this.request, language: this.voice.language }),
    );
  }

  /** A person has changed something. @param {import('./attributes.js').Attribute} attribute @param {Json} value */
  async choose(attribute, value) {
    /** @type {Record<string, Json>} */ (/** @type {unknown} */ (this))[attribute.property] = value;
    await this.updateComplete;
    this.tell('vram-change', {
      field: attribute.attribute,
      value,
      scenario: this.result?.scenario ?? this.request,
      result: this.result,
    });
  }

  willUpdate() {
    this.voice = voiceOf(this);
    this.result = this.ask();
  }

  render() {
    const { result, core: engine } = this;
    if (!engine || !result)
      return html`<slot></slot>${this.failure ? html`<p part="error" class="issue bad">${this.voice?.t('widget.failed', { reason: this.failure })}</p>` : nothing}`;
    return html`<section part="base" aria-label=${this.voice?.t('brand') ?? ''}>
      ${this.renderVerdict(result)} ${result.memory ? this.renderMemory(result.memory) : nothing} ${this.renderIssues(result)} ${this.renderControls(result, engine)}
      <p part="footer" class="foot">${this.voice?.t('widget.local')} <slot name="footer"></slot></p></section>`;
  }

  /** @param {Result} result */
  renderVerdict(result) {
    const { t, fmt } = /** @type {import('./texts.js').Voice} */ (this.voice);
    const kind = verdictOf(result);
    const { memory } = result;
    const gpu = this.core?.gpus.find(({ id }) => id === readAt(result.scenario, 'hardware.gpu'));
    const count = Number(readAt(result.scenario, 'hardware.gpus') ?? 1);
    const name = gpu ? shortGpuName(gpu) : '';
    const cards = count > 1 ? t('verdict.cards', { count, gpu: name }) : t('verdict.card', { gpu: name });
    const size = !memory
      ? ''
      : memory.usable_bytes
        ? t('verdict.use', {
            used: fmt.gibShort(memory.total_bytes),
            usable: fmt.gibShort(memory.usable_bytes),
            percent: fmt.percent(memory.total_bytes / memory.usable_bytes),
          })
        : `${fmt.gibShort(memory.total_bytes)} GiB`;
    const parts = [
      memory?.fit_probability === undefined
        ? ''
        : t('verdict.probability', { percent: fmt.probability(memory.fit_probability) }),
      result.speed?.tokens_per_second
        ? t(`verdict.speed_${result.speed.unit}`, { speed: fmt.count(Number(result.speed.tokens_per_second.toPrecision(2))) })
        : '',
    ];
    return html`<p part="verdict" class="verdict" role="status"><span class=${VERDICT_CLASS[kind]}>${t(`verdict.${kind}`, { cards })}</span> <data part="total" value=${memory?.total_bytes ?? nothing}>${size}</data></p>
      <p part="details" class="details">${parts.filter(Boolean).join(t('sentence.join'))}</p>`;
  }

  /** @param {NonNullable<Result['memory']>} memory */
  renderMemory(memory) {
    const { t, fmt } = /** @type {import('./texts.js').Voice} */ (this.voice);
    const card = memory.usable_bytes ?? 0;
    const scale = Math.max(card, memory.total_bytes) || 1;
    const share = (/** @type {number} */ bytes) => `${(100 * bytes) / scale}%`;
    const terms = inTermOrder(memory.terms);
    const spoken = terms.map(({ id, bytes }) => `${t(`term.${id}`)} ${fmt.gib(bytes)}`).join(t('list.join'));
    const label =
      card > 0 ? t('bar.label', { terms: spoken, usable: fmt.gib(card) }) : t('bar.label_no_card', { terms: spoken });
    return html`<div part="bar" class="bar" role="img" aria-label=${label} ${setProps({ '--card': share(card || scale) })}>
        ${terms.map(({ id, bytes }) => html`<i ${setProps({ '--w': share(bytes), '--c': termColour(id) })}></i>`)}${card > 0 && memory.total_bytes > card ? html`<b></b>` : nothing}
      </div>
      <ul part="legend" aria-hidden="true">${terms.map(({ id, bytes }) => html`<li ${setProps({ '--c': termColour(id) })}>${t(`term.${id}`)} ${fmt.gib(bytes)}</li>`)}</ul>`;
  }

  /** @param {Result} result */
  renderIssues(result) {
    return result.issues
      .filter(({ severity }) => severity !== 'suggestion')
      .map(
        ({ severity, message }) =>
          html`<p part="issue" class="issue ${severity === 'error' ? 'bad' : 'warn'}">${message}</p>`,
      );
  }

  /** @param {Result} result @param {import('./shared-engine.js').SharedEngine} engine */
  renderControls(result, engine) {
    const section = sectionOf(result.scenario?.['task'] ?? this.request['task']);
    const names = (this.controls ?? CONTROLS[section]).split(/[\s,]+/);
    const shown = names.flatMap((name) => ATTRIBUTES.filter(({ attribute }) => attribute === name));
    const unknown = names.filter(
      (name) => !['', 'none'].includes(name) && !shown.some(({ attribute }) => attribute === name),
    );
    return html`<form part="controls" ?hidden=${shown.length === 0} @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
        ${shown.map((attribute) => this.renderControl(attribute, attribute[section], result, engine))}
      </form>
      ${unknown.map((name) => html`<p part="issue" class="issue warn">controls: ${name}?</p>`)}`;
  }

  /** @param {import('./attributes.js').Attribute} attribute @param {string | null} path @param {Result} result @param {import('./shared-engine.js').SharedEngine} engine */
  renderControl(attribute, path, result, engine) {
    if (path === null) return nothing; // belongs to another task
    const { t } = /** @type {import('./texts.js').Voice} */ (this.voice);
    const value = readAt(result.scenario, path) ?? readAt(this.request, path) ?? '';
    const field = engine.fields.get(path);
    const name = t(`field.${path}`);
    const label = html`<span>${name}</span>`;
    const take = (/** @type {Event} */ event) =>
      void this.choose(attribute, readValue(/** @type {HTMLInputElement} */ (event.target).value));
    if (path === 'model') {
      const shown = typeof value === 'string' ? value : '';
      return html`<label>${label}<input list="models" autocomplete="off" spellcheck="false" .value=${shown} @focus=${this.list} @change=${take}>
        <datalist id="models">${this.isListing ? engine.models.map(({ id }) => html`<option value=${id}></option>`) : nothing}</datalist></label>`;
    }
    const values =
      path === 'hardware.gpu'
        ? engine.gpus.map(({ id, name }) => [id, name])
        : field?.values?.map((/** @type {string} */ name) => [name, name]);
    if (values) {
      return html`<label>${label}<select @change=${take}>${values.map((/** @type {[string, string]} */ [id, name]) => html`<option value=${id} ?selected=${id === value}>${name}</option>`)}</select></label>`;
    }
    if (field?.type === 'integer' || field?.type === 'number')
      return this.renderNumber(attribute, name, field, Number(value));
    return html`<label>${label}<input .value=${String(value)} @change=${take}></label>`;
  }

  /** @param {import('./attributes.js').Attribute} attribute @param {string} label @param {any} field @param {number} value */
  renderNumber(attribute, label, field, value) {
    const { fmt } = /** @type {import('./texts.js').Voice} */ (this.voice);
    const integer = field.type === 'integer';
    const ladder = withValue(
      makeLadder(field.control_min ?? field.min, field.control_max ?? field.max, integer),
      value,
    );
    const slide = (/** @type {Event} */ event) =>
      void this.choose(attribute, ladder[Number(/** @type {HTMLInputElement} */ (event.target).value)] ?? value);
    const type = (/** @type {Event} */ event) => {
      const { value: text } = /** @type {HTMLInputElement} */ (event.target);
      void this.choose(attribute, parseQuantity(text, { unit: field.unit, integer }) ?? text);
    };
    const id = attribute.attribute;
    return html`<div class="number"><label for=${id}>${label}</label>
      <input type="range" min="0" max=${ladder.length - 1} step="1" .value=${String(Math.round(positionOf(ladder, value)))} aria-label=${label} @input=${slide}>
      <input id=${id} inputmode="decimal" autocomplete="off" .value=${fmt.plain(value)} @change=${type}></div>`;
  }

  list() {
    this.isListing = true;
    this.requestUpdate();
  }
}

// A second copy of the script, or somebody else's element of that name, is left alone.
if (!customElements.get(NAME)) customElements.define(NAME, VramCalculator);
