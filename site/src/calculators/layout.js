// Which controls a calculator shows for a scenario, and where. The tables of the calculators say what, this says whether.
// SPDX-License-Identifier: MIT
/** @import { Field, Json, Values } from '../types.js' */
/** @import { Facts } from './facts.js' */
import { GROUP_STAGES, REFERENCE_STAGES, REPLY_STAGES } from './facts.js';

/** A row of the controls: one field, or two side by side. @typedef {string | readonly [string, string]} Row */
/** `title` is the key of a text. @typedef {{ title: string, rows: readonly Row[] }} Group */
/** @typedef {Readonly<Record<string, Json | undefined>>} Patch */
/** A choice over the whole page: `changes` are laid over the values, `undefined` takes one back. @typedef {{ value: string, text: string, changes?: Patch | ((facts: Facts) => Patch) }} SwitchChoice */
/** `isView`: changes what is shown, not the scenario. @typedef {{ path: string, text: string, choices: readonly SwitchChoice[], current: (facts: Facts) => string, isView?: boolean }} Switch */
/**
 * A calculator of the page. `opening`: what it opens with beyond START. `kinds`: of the models it offers.
 * @typedef {{
 *   id: string,
 *   opening: Values,
 *   offers: (model: import('../types.js').ModelRow, facts: Facts) => boolean,
 *   switches: readonly Switch[],
 *   groups: (facts: Facts, view: string) => readonly Group[],
 *   hasRest: boolean,
 * }} Calculator
 */

/** Whether a field is set with a slider. @param {Field | undefined} field */
export function isSlider(field) {
  return field !== undefined && !field.values && field.min !== undefined && field.max !== undefined;
}

/** Shown elsewhere on the page. */
const NOT_LISTED = Object.freeze([
  'model',
  'task',
  'method',
  'hardware.gpu',
  'hardware.gpus',
  'inference.engine_version',
]);
const REPLY_FIELDS = Object.freeze(['prompt_length', 'beta', 'reward_parameters_b', 'rollout']);
const ADAPTER_METHODS = Object.freeze(['lora', 'qlora', 'adalora', 'dora']);
const IMAGE_FIELDS = Object.freeze(['images', 'frames', 'image_size']);
const LLAMA_FIELDS = Object.freeze(['n_ubatch', 'flash_attention', 'gpu_layers', 'cpu_experts', 'kv_cache_dtype_v']);
const LLAMA_ENGINES = Object.freeze(['llama_cpp', 'ollama']);
const TEXT_FIELDS = Object.freeze([
  'sequence_length',
  'lora_target_modules',
  'loss',
  'attention',
  'target_length',
  'dataset_tokens',
  'tokens',
]);

/** @param {Calculator} calculator @param {readonly Field[]} fields @param {Facts} facts @param {string} [view] */
export function layoutOf(calculator, fields, facts, view = '') {
  const known = new Set(fields.map((field) => field.path));
  const shown = (/** @type {string} */ path) => known.has(path) && applies(path, facts);
  const groups = calculator
    .groups(facts, view)
    .map(({ title, rows }) => ({ title, rows: rows.flatMap((row) => keep(row, shown)) }))
    .filter(({ rows }) => rows.length > 0);
  const placed = new Set(groups.flatMap(({ rows }) => rows.flat()));
  const rest = !calculator.hasRest
    ? []
    : fields
        .map((field) => field.path)
        .filter((path) => shown(path) && !placed.has(path) && !NOT_LISTED.includes(path));
  return {
    groups,
    advanced: rest.filter((path) => !path.startsWith('parallelism.')),
    parallelism: rest.filter((path) => path.startsWith('parallelism.')),
  };
}

/** @typedef {ReturnType<typeof layoutOf>} Layout */

/** Every field of a layout, in order. @param {Layout} layout */
export function pathsOf({ groups, advanced, parallelism }) {
  return [...groups.flatMap(({ rows }) => rows.flat()), ...advanced, ...parallelism];
}

/** A pair whose half does not apply is a single. @param {Row} row @param {(path: string) => boolean} shown @returns {Row[]} */
function keep(row, shown) {
  if (typeof row === 'string') return shown(row) ? [row] : [];
  const [first, second] = row;
  if (shown(first) && shown(second)) return [row];
  return shown(first) ? [first] : shown(second) ? [second] : [];
}

/** Whether a field means anything for this scenario. @param {string} path @param {Facts} facts */
export function applies(path, facts) {
  const [section = '', name = ''] = path.split('.');
  const { task, method, stage, rollout, kind, inputs, engine, scans } = facts;
  if (section === 'inference' && task !== 'inference') return false;
  if (section === 'training' && task === 'inference') return false;
  if (IMAGE_FIELDS.includes(name)) return takesPictures(name, facts);
  if (section === 'inference') return !LLAMA_FIELDS.includes(name) || LLAMA_ENGINES.includes(engine);
  if (section !== 'training') return true;
  const isTuning = task === 'finetuning' || task === 'rlhf';
  if (TEXT_FIELDS.includes(name) && !inputs.includes('text')) return false;
  if (name === 'method') return isTuning;
  if (name === 'stage') return task === 'rlhf';
  if (name.startsWith('lora_')) return isTuning && ADAPTER_METHODS.includes(method);
  if (name === 'num_virtual_tokens') return isTuning && method === 'prefix';
  if (name === 'quantization' || name === 'kbit_upcast') return isTuning && method === 'qlora';
  if (name === 'mamba_kernels') return scans;
  if (name === 'frozen_layers') return isTuning && method === 'freeze';
  if (name === 'precompute_ref_log_probs') return task === 'rlhf' && REFERENCE_STAGES.includes(stage);
  const replies = task === 'rlhf' && REPLY_STAGES.includes(stage);
  if (REPLY_FIELDS.includes(name)) return replies;
  if (name.startsWith('rollout_')) return replies && rollout === 'colocated';
  if (name === 'group_size') return task === 'rlhf' && GROUP_STAGES.includes(stage);
  if (name === 'target_length') return kind === 'encoder-decoder';
  if (name === 'expert_capacity_factor' || name === 'balance_loss_weight')
    return kind === 'moe' || kind === 'multimodal';
  return true;
}

/** @param {string} name @param {Facts} facts */
function takesPictures(name, { inputs }) {
  if (name === 'frames') return inputs.includes('video');
  if (name === 'images') return inputs.includes('image') && inputs.includes('text');
  return inputs.includes('image');
}
