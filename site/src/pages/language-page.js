// The page for language models: controls on the left, the answer on the right.
// SPDX-License-Identifier: MIT
/** @import { Engine, Field, FitRange, Json, Memory, ModelRow, Result, Values } from '../types.js' */
/** @import { Check } from '../elements/issue-list.js' */
import { html, nothing } from 'lit';
import '../elements/breakdown-table.js';
import '../elements/check-field.js';
import '../elements/choice-field.js';
import '../elements/issue-list.js';
import { LocalizedElement } from '../elements/localized-element.js';
import '../elements/model-picker.js';
import '../elements/quantity-input.js';
import '../elements/recommendation-table.js';
import '../elements/segmented-control.js';
import '../elements/step-timeline.js';
import '../elements/suggestion-list.js';
import '../elements/verdict-panel.js';
import { shortGpuName } from '../verdict.js';
import { currentLanguage, fmt, t, tOr } from '../i18n/index.js';
import { chosen, readAt, shownValue } from '../scenario.js';
import { isSlider, layoutOf, MODEL_KINDS, TASKS } from './language-layout.js';

/** The page's own name for a model given as a description. @param {Json | undefined} model */
export function modelName(model) {
  if (typeof model === 'string') return model;
  const name = readAt(model, 'config._name_or_path') ?? readAt(model, 'config.model_type') ?? readAt(model, 'family');
  return typeof name === 'string' && name !== '' ? t('model.from_file', { name }) : t('model.custom');
}

/** What tells a scenario from another in a list: model, way of running, cards. @param {Values} values @param {Result | null} result @param {Engine | null} engine */
export function scenarioName(values, result, engine) {
  const read = (/** @type {string} */ path) => chosen(values, path) ?? readAt(result?.scenario, path);
  const task = String(read('task') ?? '');
  const way =
    task === 'inference' ? read('inference.quantization') : task === 'finetuning' ? read('training.method') : '';
  const id = read('hardware.gpu');
  const gpu = engine?.gpus.find((row) => row.id === id);
  const count = Number(read('hardware.gpus') ?? 1);
  const cards = gpu ? `${count > 1 ? `${count} × ` : ''}${shortGpuName(gpu)}` : '';
  const kind = task === 'inference' ? 'quantization' : 'method';
  return [
    modelName(read('model')).split('/').at(-1),
    t(`task.${task}`),
    way && way !== 'none' ? tOr(`value.${kind}.${way}`, String(way)) : '',
    cards,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Brought when they are first asked for. */
const ACTIONS = Object.freeze(/** @type {const} */ (['presets', 'history', 'import', 'export', 'compare']));

export class LanguagePage extends LocalizedElement {
  static properties = {
    engine: { attribute: false },
    values: { attribute: false },
    result: { attribute: false },
    ghost: { attribute: false },
    fits: { attribute: false },
    canUndo: { type: Boolean },
    canRedo: { type: Boolean },
    canReset: { type: Boolean },
    settled: { attribute: false },
    hasCharts: { type: Boolean },
  };

  constructor() {
    super();
    /** @type {Engine | null} */
    this.engine = null;
    /** @type {Values} */
    this.values = {};
    /** @type {Result | null} */
    this.result = null;
    /** @type {Memory | null} */
    this.ghost = null;
    /** @type {Readonly<Record<string, FitRange | null>>} */
    this.fits = {};
    this.canUndo = false;
    this.canRedo = false;
    this.canReset = false;
    /** The values before the drag that is going on. @type {Values} */
    this.settled = {};
    /** Charts come after the first result. */
    this.hasCharts = false;
    /** Controls with a slider, in their order. @type {readonly string[]} */
    this.sliders = [];
    /** Choice lists keep their identity from frame to frame, so that a drag does not redraw them. @type {Map<string, unknown>} */
    this.choiceCache = new Map();
    /** The engine's findings in the reader's language, the gravest first. @type {readonly Check[]} */
    this.checks = [];
    /** Fields that have a control at present. @type {ReadonlySet<string>} */
    this.shownPaths = new Set();
  }

  willUpdate() {
    this.checks = this.readChecks();
  }

  /** The page's frame is laid out by the document's own style sheet. */
  createRenderRoot() {
    return this;
  }

  get gpu() {
    const id = readAt(this.result?.scenario, 'hardware.gpu') ?? chosen(this.values, 'hardware.gpu');
    return this.engine?.gpus.find((gpu) => gpu.id === id) ?? null;
  }

  /** Brings a control into view and gives it the focus. @param {string} path */
  focusField(path) {
    const control = /** @type {HTMLElement | null} */ (this.querySelector(`[data-path="${CSS.escape(path)}"]`));
    if (!control) return;
    const group = control.closest('details');
    if (group) group.open = true;
    control.scrollIntoView({ block: 'center' });
    control.focus();
  }

  render() {
    if (!this.engine || !this.result) return nothing;
    return html`<main class="page">
      <form class="panel controls" aria-label=${t('controls.region')} @submit=${(/** @type {Event} */ event) => event.preventDefault()}>${this.renderControls(this.engine.fields)}</form>
      <div class="results">${this.renderResults(this.result)}</div>
    </main>`;
  }

  /** @param {readonly Field[]} fields */
  renderControls(fields) {
    const task = String(chosen(this.values, 'task'));
    const layout = layoutOf(
      fields,
      task,
      this.choiceOf('training.method', 'lora'),
      this.choiceOf('training.stage', 'sft'),
    );
    this.sliders = this.keep(
      'sliders',
      [...layout.rows.flat(), ...layout.advanced].filter((path) =>
        isSlider(fields.find((field) => field.path === path)),
      ),
    );
    this.shownPaths = new Set([
      'task',
      'model',
      'hardware.gpu',
      'hardware.gpus',
      ...layout.rows.flat(),
      ...layout.advanced,
      ...layout.parallelism,
    ]);
    return html`
      <div class="group"><segmented-control path="task" data-path="task" .label=${t('field.task')} .value=${task} .choices=${this.cached('tasks', () => TASKS.map((value) => ({ value, text: t(`task.${value}`) })))}></segmented-control>
        <div class="row-of-links">${ACTIONS.map((what) => html`<button type="button" class="link" @click=${() => this.ask(what)}>${t(`action.${what}`)}</button>`)}</div></div>
      <fieldset class="group"><legend>${t('group.model')}</legend>${this.renderModel()}</fieldset>
      <fieldset class="group"><legend>${t('group.run')}</legend>
        ${layout.rows.map((row) => (typeof row === 'string' ? this.renderField(row) : html`<div class="pair">${row.map((path) => this.renderField(path))}</div>`))}
      </fieldset>
      <fieldset class="group"><legend>${t('group.hardware')}</legend><div class="pair">${this.renderGpu()}${this.renderField('hardware.gpus')}</div></fieldset>
      ${this.renderMore('group.advanced', layout.advanced)} ${this.renderMore('group.parallelism', layout.parallelism)}
      <div class="group history">
        <button type="button" ?disabled=${!this.canUndo} @click=${() => this.ask('undo')}>${t('history.undo')}</button>
        <button type="button" ?disabled=${!this.canRedo} @click=${() => this.ask('redo')}>${t('history.redo')}</button>
        <button type="button" ?disabled=${!this.canReset} @click=${() => this.ask('reset')}>${t('history.reset')}</button>
      </div>`;
  }

  /** @param {string} path @param {string} fallback */
  choiceOf(path, fallback) {
    return String(chosen(this.values, path) ?? readAt(this.result?.scenario, path) ?? fallback);
  }

  /** @param {string} title @param {readonly string[]} paths */
  renderMore(title, paths) {
    if (paths.length === 0) return nothing;
    return html`<details class="group"><summary>${t(title)}</summary><div class="inner">${this.byKind(paths).map((path) => this.renderField(path))}</div></details>`;
  }

  /** Choices first, then boxes, then sliders: like beside like. @param {readonly string[]} paths */
  byKind(paths) {
    const rank = (/** @type {string} */ path) => {
      const field = this.engine?.fields.find((candidate) => candidate.path === path);
      return field?.type === 'list' ? 1 : field?.type === 'boolean' ? 2 : field?.values ? 0 : 3;
    };
    return [...paths].sort((a, b) => rank(a) - rank(b));
  }

  renderModel() {
    const model = chosen(this.values, 'model');
    const row = typeof model === 'string' ? this.engine?.models.find((candidate) => candidate.id === model) : undefined;
    const issue = this.issueFor('model');
    return html`<model-picker path="model" data-path="model" .value=${modelName(model)} .models=${this.cached('models', () => (this.engine?.models ?? []).filter((candidate) => MODEL_KINDS.includes(candidate.kind)))} .severity=${issue?.severity ?? ''} .message=${issue?.text ?? ''}></model-picker>
      <p class="facts num">${this.facts(row)}</p>
      <div class="row-of-links">
        <label class="visually-hidden" for="model-file">${t('import.pick')}</label>
        <input class="visually-hidden" id="model-file" type="file" accept=".json,application/json" tabindex="-1" @change=${this.onFile}>
        <button type="button" class="link" @click=${() => this.querySelector('#model-file')?.dispatchEvent(new MouseEvent('click'))}>${t('import.pick')}</button>
        <button type="button" class="link" @click=${() => this.ask('paste-model')}>${t('import.paste')}</button>
      </div>`;
  }

  /** @param {ModelRow | undefined} row */
  facts(row) {
    /** @param {string} name */
    const fact = (name) => {
      const value = /** @type {Record<string, unknown> | undefined} */ (this.result?.model)?.[name];
      return typeof value === 'number' ? value : undefined;
    };
    const parameters = this.result?.model?.parameters ?? row?.parameters;
    const active = this.result?.model?.active_parameters ?? row?.active_parameters;
    const heads = fact('num_attention_heads');
    const layers = fact('num_hidden_layers');
    const parts = [];
    if (parameters) parts.push(t('model.parameters', { count: fmt().count(parameters) }));
    if (active && parameters && active < parameters) parts.push(t('model.active', { count: fmt().size(active) }));
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
    const choices = this.cached('gpus', () =>
      (this.engine?.gpus ?? []).map((gpu) => ({
        value: gpu.id,
        text: `${shortGpuName(gpu)}${memoryText(gpu)}`,
        group: gpu.vendor,
      })),
    );
    return html`<choice-field path="hardware.gpu" data-path="hardware.gpu" .label=${t('field.hardware.gpu')} .value=${this.gpu?.id ?? ''} .choices=${choices} .severity=${issue?.severity ?? ''} .message=${issue?.text ?? ''}></choice-field>`;
  }

  /** The control that suits a field of the engine's table. @param {string} path */
  renderField(path) {
    const field = this.engine?.fields.find((candidate) => candidate.path === path);
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
    if (field.values && field.type !== 'list') {
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
    return this.cached(field.path, () =>
      (field.values ?? []).map((value) => ({
        value,
        text: tOr(`value.${name}.${value}`, tOr(`value.${value}`, value)),
      })),
    );
  }

  /** A name that came by link or from the engine and is not among those offered is offered too. @param {Field} field @param {string} value */
  choicesWith(field, value) {
    const choices = this.choicesOf(field);
    return value === '' || choices.some((choice) => choice.value === value)
      ? choices
      : [...choices, { value, text: value }];
  }

  /** The same list as before when nothing in it changed. @param {string} key @param {readonly string[]} list */
  keep(key, list) {
    const before = /** @type {readonly string[] | undefined} */ (this.choiceCache.get(key));
    if (before && before.join() === list.join()) return before;
    this.choiceCache.set(key, list);
    return list;
  }

  /** @template T @param {string} key @param {() => T} make @returns {T} */
  cached(key, make) {
    const full = `${currentLanguage()} ${key}`;
    if (!this.choiceCache.has(full)) this.choiceCache.set(full, make());
    return /** @type {T} */ (this.choiceCache.get(full));
  }

  /** @param {Result} result */
  renderResults(result) {
    const checks = this.checks;
    const memory = result.memory;
    return html`<verdict-panel .result=${result} .ghost=${this.ghost} .gpu=${this.gpu} .gpus=${Number(readAt(result.scenario, 'hardware.gpus') ?? 1)} .problem=${checks[0]?.text ?? ''}></verdict-panel>
      ${memory ? html`<breakdown-table .memory=${memory}></breakdown-table>` : nothing}
      ${this.renderStepAndAdvice(result)}
      ${this.hasCharts && memory ? html`<what-if-chart .engine=${this.engine} .values=${this.settled} .result=${result} .paths=${this.sliders}></what-if-chart>` : nothing}
      ${result.recommendations?.length ? html`<recommendation-table .rows=${result.recommendations} .gpus=${this.engine?.gpus ?? []}></recommendation-table>` : nothing}
      ${checks.length > 0 ? html`<issue-list .checks=${checks.map((check) => (this.shownPaths.has(check.path) ? check : { ...check, field: '' }))} @field-jump=${(/** @type {CustomEvent} */ event) => this.focusField(event.detail.path)}></issue-list>` : nothing}`;
  }

  /** @param {Result} result */
  renderStepAndAdvice(result) {
    const points = result.memory?.timeline ?? [];
    const suggestions = result.suggestions ?? [];
    if (points.length < 2 && suggestions.length === 0) return nothing;
    const heading = chosen(this.values, 'task') === 'inference' ? t('timeline.inference') : t('timeline.training');
    return html`<div class="columns">
      ${points.length > 1 ? html`<step-timeline .points=${points} .usable=${result.memory?.usable_bytes ?? 0} .heading=${heading}></step-timeline>` : nothing}
      ${suggestions.length > 0 ? html`<suggestion-list .suggestions=${suggestions}></suggestion-list>` : nothing}
    </div>`;
  }

  /** @returns {Check[]} */
  readChecks() {
    const rank = { error: 0, warning: 1, suggestion: 2 };
    return (this.result?.issues ?? [])
      .map((issue) => this.readCheck(issue))
      .sort((a, b) => rank[a.severity] - rank[b.severity]);
  }

  /** @param {import('../types.js').Issue} issue @returns {Check} */
  readCheck(issue) {
    const path = (issue.field ?? '').startsWith('model.') ? 'model' : (issue.field ?? '');
    const field = this.engine?.fields.find((candidate) => candidate.path === path);
    const name = field ? tOr(`field.${path}`, path) : path;
    const value =
      issue.value === undefined || issue.value === null
        ? ''
        : typeof issue.value === 'string'
          ? issue.value
          : JSON.stringify(issue.value);
    const places = {
      field: name,
      value,
      min: fmt().plain(field?.min),
      max: fmt().plain(field?.max),
      least: fmt().plain(field?.least),
      most: fmt().plain(field?.most),
    };
    return {
      severity: issue.severity,
      path,
      field: field ? name : '',
      text: tOr(`issue.${issue.code}`, issue.message, places),
    };
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

  /** @param {'undo' | 'redo' | 'reset' | 'paste-model' | (typeof ACTIONS)[number]} what */
  ask(what) {
    this.dispatchEvent(new CustomEvent('page-action', { bubbles: true, detail: { what } }));
  }
}

/** ", 24 GiB" unless the name already says it. @param {import('../types.js').GpuRow} gpu */
function memoryText(gpu) {
  if (/\d\s?GB\b/i.test(gpu.name) || !(gpu.memory_bytes > 0)) return '';
  return `, ${fmt().plain(Math.round((gpu.memory_bytes / 2 ** 30) * 10) / 10)} GiB`;
}

customElements.define('language-page', LanguagePage);
