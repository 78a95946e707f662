// The controls of a calculator: switches, model, groups of fields, hardware, undo. Which ones is in the calculator's tables.
// SPDX-License-Identifier: MIT
/** @import { Field, FirstEngine, FitRange, GpuRow, ModelRow, Result, Values } from '../types.js' */
/** @import { Check } from './issue-list.js' */
/** @import { Calculator, Group, Layout, Row, Switch } from '../calculators/layout.js' */
/** @import { Facts } from '../calculators/facts.js' */
import { html, nothing } from 'lit';
import { PREFERENCE_STAGES } from '../calculators/facts.js';
import { currentLanguage, fmt, t, tOr } from '../i18n/index.js';
import { modelName } from '../names.js';
import { shortGpuName } from '../verdict.js';
import { chosen, readAt, shownValue } from '../scenario.js';
import './check-field.js';
import './choice-field.js';
import { LocalizedElement } from './localized-element.js';
import './model-picker.js';
import './quantity-input.js';
import './segmented-control.js';

/** Brought when they are first asked for. */
const ACTIONS = Object.freeze(/** @type {const} */ (['presets', 'history', 'import', 'export', 'log', 'compare']));

export class ScenarioControls extends LocalizedElement {
  static properties = {
    calculator: { attribute: false },
    layout: { attribute: false },
    facts: { attribute: false },
    view: {},
    engine: { attribute: false },
    values: { attribute: false },
    result: { attribute: false },
    fits: { attribute: false },
    checks: { attribute: false },
    canUndo: { type: Boolean },
    canRedo: { type: Boolean },
    canReset: { type: Boolean },
    opened: { state: true },
  };

  constructor() {
    super();
    /** @type {Calculator | null} */
    this.calculator = null;
    /** @type {Layout | null} */
    this.layout = null;
    /** @type {Facts | null} */
    this.facts = null;
    /** Which panel is in front, where there are several. */
    this.view = '';
    /** @type {FirstEngine | null} */
    this.engine = null;
    /** @type {Values} */
    this.values = {};
    /** @type {Result | null} */
    this.result = null;
    /** @type {Readonly<Record<string, FitRange | null>>} */
    this.fits = {};
    /** @type {readonly Check[]} */
    this.checks = [];
    this.canUndo = false;
    this.canRedo = false;
    this.canReset = false;
    /** Groups that stand open. @type {ReadonlySet<string>} */
    this.opened = new Set();
    /** Choice lists keep their identity from frame to frame, so that a drag does not redraw them. @type {Map<string, unknown>} */
    this.cache = new Map();
  }

  /** Laid out by the document's own style sheet. */
  createRenderRoot() {
    return this;
  }

  /** Brings a control into view and gives it the focus; a closed group is opened for it. @param {string} path */
  async focusField(path) {
    const { layout } = this;
    if (layout?.advanced.includes(path)) this.openGroup('group.advanced');
    if (layout?.parallelism.includes(path)) this.openGroup('group.parallelism');
    await this.updateComplete;
    const control = /** @type {HTMLElement | null} */ (this.querySelector(`[data-path="${CSS.escape(path)}"]`));
    if (!control) return;
    await /** @type {any} */ (control).updateComplete;
    control.scrollIntoView({ block: 'center' });
    control.focus();
  }

  render() {
    const { calculator, layout, facts } = this;
    if (!calculator || !layout || !facts) return nothing;
    return html`<form aria-label=${t('controls.region')} @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <div class="group">${calculator.switches.map((one) => this.renderSwitch(one, facts))}
        <div class="row-of-links">${ACTIONS.map((what) => html`<button type="button" class="link" @click=${() => this.ask(what)}>${t(`action.${what}`)}</button>`)}</div></div>
      <fieldset class="group"><legend>${t('group.model')}</legend>${this.renderModel(calculator, facts)}</fieldset>
      ${layout.groups.map((group) => this.renderGroup(group))}
      <fieldset class="group"><legend>${t('group.hardware')}</legend><div class="pair">${this.renderGpu()}${this.renderField('hardware.gpus')}</div></fieldset>
      ${this.renderMore('group.advanced', layout.advanced)} ${this.renderMore('group.parallelism', layout.parallelism)}
      <div class="group history">
        <button type="button" ?disabled=${!this.canUndo} @click=${() => this.ask('undo')}>${t('history.undo')}</button>
        <button type="button" ?disabled=${!this.canRedo} @click=${() => this.ask('redo')}>${t('history.redo')}</button>
        <button type="button" ?disabled=${!this.canReset} @click=${() => this.ask('reset')}>${t('history.reset')}</button>
      </div></form>`;
  }

  /** @param {Switch} one @param {Facts} facts */
  renderSwitch(one, facts) {
    const value = one.isView && this.view !== '' ? this.view : one.current(facts);
    const choices = this.cached(`switch ${this.calculator?.id} ${one.path}`, () =>
      one.choices.map((choice) => ({ value: choice.value, text: t(choice.text) })),
    );
    return html`<segmented-control .path=${one.path} data-path=${one.path} .label=${t(one.text)} .value=${value} .choices=${choices} @field-change=${(/** @type {CustomEvent} */ event) => this.onSwitch(event, one, facts)}></segmented-control>`;
  }

  /** @param {CustomEvent<{ value: string }>} event @param {Switch} one @param {Facts} facts */
  onSwitch(event, one, facts) {
    event.stopPropagation();
    const { value } = event.detail;
    const changes = one.choices.find((choice) => choice.value === value)?.changes ?? {};
    if (one.isView) this.dispatchEvent(new CustomEvent('view-change', { bubbles: true, detail: { value } }));
    else
      this.dispatchEvent(
        new CustomEvent('apply-changes', {
          bubbles: true,
          detail: { changes: typeof changes === 'function' ? changes(facts) : changes },
        }),
      );
  }

  /** @param {Group} group */
  renderGroup({ title, rows }) {
    return html`<fieldset class="group"><legend>${t(title)}</legend>${rows.map((row) => this.renderRow(row))}</fieldset>`;
  }

  /** @param {Row} row */
  renderRow(row) {
    return typeof row === 'string'
      ? this.renderField(row)
      : html`<div class="pair">${row.map((path) => this.renderField(path))}</div>`;
  }

  /** @param {string} title @param {readonly string[]} paths */
  renderMore(title, paths) {
    if (paths.length === 0) return nothing;
    const isOpen = this.opened.has(title);
    return html`<details class="group" .open=${isOpen} @toggle=${(/** @type {Event} */ event) => this.onToggle(event, title)}><summary>${t(title)}</summary>
      ${isOpen ? html`<div class="inner">${this.byKind(paths).map((path) => this.renderField(path))}</div>` : nothing}</details>`;
  }

  /** What is closed is not drawn: half of the controls. @param {Event} event @param {string} title */
  onToggle(event, title) {
    if (/** @type {HTMLDetailsElement} */ (event.target).open) this.openGroup(title);
    else this.opened = new Set([...this.opened].filter((one) => one !== title));
  }

  /** @param {string} title */
  openGroup(title) {
    this.opened = new Set([...this.opened, title]);
  }

  /** Choices first, then boxes, then sliders: like beside like. @param {readonly string[]} paths */
  byKind(paths) {
    const rank = (/** @type {string} */ path) => {
      const field = this.fieldOf(path);
      return field?.type === 'list' ? 1 : field?.type === 'boolean' ? 2 : field?.values ? 0 : 3;
    };
    return [...paths].sort((a, b) => rank(a) - rank(b));
  }

  /** @param {string} path */
  fieldOf(path) {
    return this.engine?.fields.find((field) => field.path === path);
  }

  /** @param {Calculator} calculator @param {Facts} facts */
  renderModel(calculator, facts) {
    const model = chosen(this.values, 'model');
    const row = typeof model === 'string' ? this.engine?.models.find((candidate) => candidate.id === model) : undefined;
    const issue = this.issueFor('model');
    const models = this.cached(
      `models ${calculator.id} ${facts.type} ${facts.input} ${this.engine?.models.length}`,
      () => (this.engine?.models ?? []).filter((candidate) => calculator.offers(candidate, facts)),
    );
    return html`<model-picker path="model" data-path="model" .value=${modelName(model)} .models=${models} .severity=${issue?.severity ?? ''} .message=${issue?.text ?? ''}></model-picker>
      <p class="facts num">${this.modelFacts(row)}</p>
      <div class="row-of-links">
        <label class="visually-hidden" for="model-file">${t('import.pick')}</label>
        <input class="visually-hidden" id="model-file" type="file" accept=".json,.gguf,.safetensors,application/json" tabindex="-1" @change=${this.onFile}>
        <button type="button" class="link" @click=${() => this.querySelector('#model-file')?.dispatchEvent(new MouseEvent('click'))}>${t('import.pick')}</button>
        <button type="button" class="link" @click=${() => this.ask('paste-model')}>${t('import.paste')}</button>
      </div>`;
  }

  /** @param {ModelRow | undefined} row */
  modelFacts(row) {
    /** @param {string} name */
    const fact = (name) => {
      const value = /** @type {Record<string, unknown> | undefined} */ (this.result?.model)?.[name];
      return typeof value === 'number' && value > 0 ? value : undefined;
    };
    const parameters = fact('parameters') ?? row?.parameters;
    const active = fact('active_parameters') ?? row?.active_parameters;
    const [heads, layers] = [fact('num_attention_heads'), fact('num_hidden_layers')];
    const parts = [];
    if (parameters) parts.push(t('model.parameters', { count: fmt().count(parameters) }));
    // Of a convolutional network every weight is read, and only the head is a matrix product.
    if (active && parameters && active < parameters && row?.kind !== 'cnn')
      parts.push(t('model.active', { count: fmt().size(active) }));
    if (layers) parts.push(t('model.layers', { count: fmt().count(layers) }));
    if (heads)
      parts.push(
        t('model.heads', { heads: fmt().count(heads), kv: fmt().count(fact('num_key_value_heads') ?? heads) }),
      );
    return parts.length > 0
      ? `${parts.join(t('list.join'))}${t('sentence.end')}${t('model.drop_hint')}`
      : t('model.drop_hint');
  }

  renderGpu() {
    const issue = this.issueFor('hardware.gpu');
    const id = readAt(this.result?.scenario, 'hardware.gpu') ?? chosen(this.values, 'hardware.gpu');
    // Until the whole catalog is here, the one that is chosen.
    const isWhole = (this.engine?.models.length ?? 0) > 0;
    const choices = this.cached(isWhole ? 'gpus' : `gpu ${id}`, () =>
      (isWhole ? (this.engine?.gpus ?? []) : [this.engine?.gpu(String(id ?? '')) ?? []].flat()).map((gpu) => ({
        value: gpu.id,
        text: `${shortGpuName(gpu)}${memoryText(gpu)}`,
        group: gpu.vendor,
      })),
    );
    return html`<choice-field path="hardware.gpu" data-path="hardware.gpu" .label=${t('field.hardware.gpu')} .value=${String(id ?? '')} .choices=${choices} .severity=${issue?.severity ?? ''} .message=${issue?.text ?? ''}></choice-field>`;
  }

  /** The control that suits a field of the engine's table. @param {string} path */
  renderField(path) {
    const field = this.fieldOf(path);
    if (!field) return nothing;
    const label = tOr(`field.${path}`, path);
    const value = shownValue(this.values, this.result, field);
    const issue = this.issueFor(path);
    const severity = issue?.severity ?? '';
    const message = issue?.text ?? '';
    if (field.type === 'boolean') {
      return html`<check-field .path=${path} data-path=${path} .label=${label} .value=${value === true} .severity=${severity} .message=${message}></check-field>`;
    }
    if (field.type === 'list') {
      return html`<check-field .path=${path} data-path=${path} .label=${label} .value=${Array.isArray(value) ? value : []} .choices=${this.choicesOf(field)} .severity=${severity} .message=${message}></check-field>`;
    }
    if (field.values) {
      return html`<choice-field .path=${path} data-path=${path} .label=${label} .value=${String(value ?? '')} .choices=${this.choicesWith(field, String(value ?? ''))} .severity=${severity} .message=${message}></choice-field>`;
    }
    if (field.min === undefined || field.max === undefined) return nothing;
    return html`<quantity-input .path=${path} data-path=${path} .label=${label} .value=${Number(value ?? field.min)} .min=${field.min} .max=${field.max}
      .integer=${field.type === 'integer'} .unit=${field.unit ?? ''} .plain=${path === 'hardware.gpus'}
      .fit=${this.fits[path] ?? null} .severity=${severity} .message=${message}></quantity-input>`;
  }

  /** @param {Field} field */
  choicesOf(field) {
    const name = field.path.split('.').at(-1);
    // The other stages are the page's tasks.
    const isStage = field.path === 'training.stage';
    const values = (field.values ?? []).filter((value) => !isStage || PREFERENCE_STAGES.includes(value));
    return this.cached(field.path, () =>
      values.map((value) => ({ value, text: tOr(`value.${name}.${value}`, tOr(`value.${value}`, value)) })),
    );
  }

  /** A name that came by link or from the engine and is not among those offered is offered too. @param {Field} field @param {string} value */
  choicesWith(field, value) {
    const choices = this.choicesOf(field);
    return value === '' || choices.some((choice) => choice.value === value)
      ? choices
      : [...choices, { value, text: value }];
  }

  /** @template T @param {string} key @param {() => T} make @returns {T} */
  cached(key, make) {
    const full = `${currentLanguage()} ${key}`;
    if (!this.cache.has(full)) this.cache.set(full, make());
    return /** @type {T} */ (this.cache.get(full));
  }

  /** @param {string} path */
  issueFor(path) {
    return this.checks.find((check) => check.path === path && check.severity !== 'suggestion');
  }

  /** @param {Event} event */
  onFile(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const file = input.files?.[0];
    if (file) this.dispatchEvent(new CustomEvent('model-file', { bubbles: true, detail: { file } }));
    input.value = '';
  }

  /** @param {string} what */
  ask(what) {
    this.dispatchEvent(new CustomEvent('page-action', { bubbles: true, detail: { what } }));
  }
}

/** ", 24 GiB" unless the name already says it. @param {GpuRow} gpu */
function memoryText(gpu) {
  if (/\d\s?GB\b/i.test(gpu.name) || !(gpu.memory_bytes > 0)) return '';
  return `, ${fmt().plain(Math.round((gpu.memory_bytes / 2 ** 30) * 10) / 10)} GiB`;
}

customElements.define('scenario-controls', ScenarioControls);
