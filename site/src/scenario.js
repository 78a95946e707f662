// From the page's flat values to the engine's nested scenario and back.
// SPDX-License-Identifier: MIT
/** @import { Field, Json, Result, Values } from './types.js' */

/** What the page opens with; a link holds only what differs from this and from the engine's defaults. @type {Values} */
export const START = Object.freeze({
  model: 'meta-llama/Llama-3.1-8B',
  task: 'finetuning',
  'training.method': 'lora',
  'training.micro_batch_size': 1, // what one such card holds at 2048 tokens: the page opens with a run that fits
  'training.activation_checkpointing': 'full',
  'hardware.gpu': 'rtx-4090',
});

/** Values that belong to one kind of task only are left out of the others' scenarios. */
const SECTION_OF_TASK = Object.freeze(
  /** @type {Record<string, string>} */ ({ inference: 'inference', pretraining: 'training', finetuning: 'training' }),
);
/** Pre-training changes every weight: there is no method to choose. */
const FINETUNING_ONLY = Object.freeze(['training.method', 'training.stage', 'training.group_size']);

/** PEFT refuses a prefix together with recomputation. */
const PREFIX_START = Object.freeze({ ...START, 'training.activation_checkpointing': 'none' });

/** What stands where nothing was chosen. @param {Values} values @returns {Values} */
function startOf(values) {
  return values['training.method'] === 'prefix' ? PREFIX_START : START;
}

/** @param {Values} values @param {string} path @returns {Json | undefined} */
export function chosen(values, path) {
  return values[path] ?? startOf(values)[path];
}

/** The scenario sent to the engine. @param {Values} values @returns {{ [key: string]: Json }} */
export function toScenario(values) {
  const all = { ...startOf(values), ...values };
  const task = typeof all['task'] === 'string' ? all['task'] : 'finetuning';
  const section = SECTION_OF_TASK[task];
  /** @type {{ [key: string]: Json }} */
  const scenario = {};
  for (const [path, value] of Object.entries(all)) {
    const [head = ''] = path.split('.');
    if ((head === 'training' || head === 'inference') && head !== section) continue;
    if (task === 'pretraining' && FINETUNING_ONLY.includes(path)) continue;
    putAt(scenario, path, value);
  }
  return scenario;
}

/**
 * The value a control shows: what the person chose, else what the engine filled in, else the field's default.
 * @param {Values} values @param {Result | null} result @param {Field} field @returns {Json | undefined}
 */
export function shownValue(values, result, field) {
  return chosen(values, field.path) ?? readAt(result?.scenario, field.path) ?? field.default;
}

/** A nested patch of a scenario as flat values. @param {{ [key: string]: Json }} patch @param {string} [prefix] @returns {Record<string, Json>} */
export function flatten(patch, prefix = '') {
  /** @type {Record<string, Json>} */
  const flat = {};
  for (const [key, value] of Object.entries(patch)) {
    const path = prefix + key;
    if (path !== 'model' && value !== null && typeof value === 'object' && !Array.isArray(value))
      Object.assign(flat, flatten(value, `${path}.`));
    else flat[path] = value;
  }
  return flat;
}

/** @param {Json | undefined} root @param {string} path @returns {Json | undefined} */
export function readAt(root, path) {
  /** @type {Json | undefined} */
  let node = root;
  for (const key of path.split('.')) {
    if (node === null || typeof node !== 'object' || Array.isArray(node) || !Object.hasOwn(node, key)) return undefined;
    node = node[key];
  }
  return node;
}

/** @param {{ [key: string]: Json }} root @param {string} path @param {Json} value */
function putAt(root, path, value) {
  const keys = path.split('.');
  const last = /** @type {string} */ (keys.pop());
  let node = root;
  for (const key of keys) {
    const next = Object.hasOwn(node, key) ? node[key] : undefined;
    if (next !== null && typeof next === 'object' && !Array.isArray(next)) node = next;
    else node = /** @type {{ [key: string]: Json }} */ (node[key] = {});
  }
  node[last] = value;
}
