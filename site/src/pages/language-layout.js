// Which controls the language-model page shows for a task, and where.
// SPDX-License-Identifier: MIT
/** @import { Field } from '../types.js' */

export const TASKS = Object.freeze(/** @type {const} */ (['inference', 'pretraining', 'finetuning']));

/** Models that read and write text; those of pictures alone are no language models. */
export const MODEL_KINDS = Object.freeze(['decoder', 'moe', 'encoder', 'encoder-decoder', 'multimodal']);

/** A row of the controls: one field, or two side by side. @typedef {string | readonly [string, string]} Row */

const INFERENCE = Object.freeze([
  /** @type {const} */ (['inference.weight_dtype', 'inference.quantization']),
  'inference.batch_size',
  'inference.context_length',
  /** @type {const} */ (['inference.kv_cache_dtype', 'inference.engine']),
]);
const PRETRAINING = Object.freeze([
  /** @type {const} */ (['training.weight_dtype', 'training.mixed_precision']),
  'training.micro_batch_size',
  'training.sequence_length',
  /** @type {const} */ (['training.optimizer', 'training.activation_checkpointing']),
]);
const FINETUNING = Object.freeze([
  /** @type {const} */ (['training.method', 'training.mixed_precision']),
  'training.micro_batch_size',
  'training.sequence_length',
  'training.lora_rank',
  /** @type {const} */ (['training.optimizer', 'training.activation_checkpointing']),
]);
const RUN = Object.freeze({ inference: INFERENCE, pretraining: PRETRAINING, finetuning: FINETUNING });

/** Whether a field is set with a slider. @param {Field | undefined} field */
export function isSlider(field) {
  return field !== undefined && !field.values && field.min !== undefined && field.max !== undefined;
}

/** Shown elsewhere on the page, or of another page. */
const NOT_ADVANCED = Object.freeze([
  'model',
  'task',
  'method',
  'hardware.gpu',
  'hardware.gpus',
  'training.images',
  'training.image_size',
  'inference.images',
  'inference.engine_version',
]);
/** Stages that a frozen copy of the model scores. */
const REFERENCE_STAGES = Object.freeze(['dpo', 'ipo', 'kto']);
const ADAPTER_METHODS = Object.freeze(['lora', 'qlora', 'adalora', 'dora']);

/**
 * @param {readonly Field[]} fields @param {string} task @param {string} method how the model is fine-tuned
 * @param {string} stage what it is fine-tuned with
 */
export function layoutOf(fields, task, method, stage) {
  const known = new Set(fields.map((field) => field.path));
  const shown = (/** @type {string} */ path) => known.has(path) && applies(path, task, method, stage);
  const run = RUN[/** @type {keyof typeof RUN} */ (task)] ?? FINETUNING;
  /** @type {Row[]} */
  const rows = [];
  for (const row of run) {
    if (typeof row === 'string') {
      if (shown(row)) rows.push(row);
      continue;
    }
    const [first, second] = row;
    if (shown(first) && shown(second)) rows.push([first, second]);
    else if (shown(first)) rows.push(first);
    else if (shown(second)) rows.push(second);
  }
  const placed = new Set(rows.flat());
  const rest = fields
    .map((field) => field.path)
    .filter((path) => shown(path) && !placed.has(path) && !NOT_ADVANCED.includes(path));
  return {
    rows,
    advanced: rest.filter((path) => path.startsWith('training.') || path.startsWith('inference.')),
    parallelism: rest.filter((path) => path.startsWith('parallelism.')),
  };
}

/** Whether a field means anything for this task. @param {string} path @param {string} task @param {string} method @param {string} stage */
export function applies(path, task, method, stage) {
  const [section = '', name = ''] = path.split('.');
  if (section === 'inference') return task === 'inference';
  if (section !== 'training') return true;
  if (task === 'inference') return false;
  const isTuning = task === 'finetuning';
  if (name === 'method' || name === 'stage') return isTuning;
  if (name.startsWith('lora_')) return isTuning && ADAPTER_METHODS.includes(method);
  if (name === 'quantization') return isTuning && method === 'qlora';
  if (name === 'frozen_layers') return isTuning && method === 'freeze';
  if (name === 'precompute_ref_log_probs') return isTuning && REFERENCE_STAGES.includes(stage);
  if (name === 'group_size') return isTuning && (stage === 'grpo' || stage === 'rloo');
  return true;
}
