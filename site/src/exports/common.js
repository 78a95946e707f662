// What every exporter needs: the parts of a filled-in scenario, flags, YAML. Pure.
// SPDX-License-Identifier: MIT
/** @import { Json, Result } from '../types.js' */

/** A place for the name of a model that came as a file. */
export const OWN_MODEL = 'path/to/model';

/**
 * @typedef {{ [key: string]: Json }} Section
 * @typedef {ReturnType<typeof partsOf>} Parts
 * @typedef {{ text: string, notes: readonly string[] }} Exported `notes`: keys of what the file cannot say
 */

/** @param {Result} result a result without errors */
export function partsOf(result) {
  const scenario = result.scenario ?? {};
  const section = (/** @type {string} */ name) => /** @type {Section} */ (scenario[name] ?? {});
  const parallelism = section('parallelism');
  const degree = (/** @type {string} */ name) => Math.max(1, Number(parallelism[`${name}_parallel_size`] ?? 1));
  return {
    task: String(scenario['task'] ?? 'inference'),
    model: typeof scenario['model'] === 'string' ? scenario['model'] : OWN_MODEL,
    training: section('training'),
    inference: section('inference'),
    parallelism,
    gpus: Math.max(1, Number(section('hardware')['gpus'] ?? 1)),
    tensor: degree('tensor'),
    pipeline: degree('pipeline'),
    data: degree('data'),
    context: degree('context'),
    expert: degree('expert'),
    zero: Number(parallelism['zero_stage'] ?? 0),
    offload: String(parallelism['offload'] ?? 'none'),
    dimensions: /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (result.model ?? {})),
  };
}

/** GPUs of one machine, the usual number. */
const NODE = 8;

/** @param {number} gpus */
export function nodesOf(gpus) {
  const nodes = gpus > NODE && gpus % NODE === 0 ? gpus / NODE : 1;
  return { nodes, each: gpus / nodes };
}

/** A word as a shell reads it back. @param {string} word */
export function shellWord(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command with one option a line; an option without a value is a switch. @param {string} command @param {ReadonlyArray<readonly [string, (string | number)?]>} options */
export function commandLine(command, options) {
  return `${[command, ...options.map(([name, value]) => (value === undefined ? name : `${name} ${shellWord(String(value))}`))].join(' \\\n  ')}\n`;
}

/** @param {{ [key: string]: Json | undefined }} object @param {string} [indent] */
export function yamlText(object, indent = '') {
  let text = '';
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (Array.isArray(value))
      text += `${indent}${key}:\n${value.map((item) => `${indent}  - ${yamlScalar(item)}\n`).join('')}`;
    else if (value !== null && typeof value === 'object') text += `${indent}${key}:\n${yamlText(value, `${indent}  `)}`;
    else text += `${indent}${key}: ${yamlScalar(value)}\n`;
  }
  return text;
}

/** @param {Json} value */
function yamlScalar(value) {
  if (typeof value === 'number') return plainNumber(value);
  if (typeof value !== 'string') return String(value);
  const isPlain = /^[A-Za-z_][\w./-]*$/.test(value) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}

/** YAML 1.1 readers take 2e-5 for text: it needs a point. @param {number} value */
export function plainNumber(value) {
  const text = String(value);
  return /^-?\d+e/.test(text) ? text.replace('e', '.0e') : text;
}

/** Names of dtypes as PyTorch spells them. */
export const TORCH_DTYPE = Object.freeze(
  /** @type {Record<string, string>} */ ({ bf16: 'bfloat16', fp16: 'float16', fp32: 'float32' }),
);

/** Names of optimizers in the Transformers Trainer. */
export const TRAINER_OPTIMIZER = Object.freeze(
  /** @type {Record<string, string>} */ ({
    adamw: 'adamw_torch',
    adamw_8bit: 'adamw_bnb_8bit',
    paged_adamw: 'paged_adamw_32bit',
    paged_adamw_8bit: 'paged_adamw_8bit',
    adafactor: 'adafactor',
    lion: 'lion_32bit',
    lion_8bit: 'lion_8bit',
    sgd: 'sgd',
    galore: 'galore_adamw',
  }),
);

export const ADAPTERS = Object.freeze(['lora', 'qlora', 'dora', 'adalora']);

/** @param {Parts} parts */
export function isAdapter({ task, training }) {
  return task === 'finetuning' && ADAPTERS.includes(String(training['method']));
}

/** @param {Parts} parts */
export function targetsOf({ training }) {
  const targets = training['lora_target_modules'];
  return Array.isArray(targets) ? targets.map(String) : [];
}

/** Whether activations are computed again in backward. @param {Parts} parts */
export function isRecomputed({ training }) {
  return (training['activation_checkpointing'] ?? 'none') !== 'none';
}
