// The widget's attributes and the fields of a scenario they stand for; everything else goes into `scenario`.
// SPDX-License-Identifier: MIT
/** @import { Json } from '../types.js' */

/** @typedef {'inference' | 'training'} Section */

const INFERENCE = [
  'engine',
  'context_length',
  'batch_size',
  'max_num_seqs',
  'kv_cache_dtype',
  'gpu_memory_utilization',
];
const TRAINING = [
  'method',
  'stage',
  'micro_batch_size',
  'sequence_length',
  'gradient_accumulation_steps',
  'lora_rank',
  'optimizer',
  'mixed_precision',
  'activation_checkpointing',
  'framework',
];
const BOTH = ['weight_dtype', 'quantization'];
const PARALLELISM = ['zero_stage', 'tensor_parallel_size', 'data_parallel_size', 'pipeline_parallel_size'];

const kebab = (/** @type {string} */ name) => name.replaceAll('_', '-');
const camel = (/** @type {string} */ name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

/** @param {string} name @param {string | null} inference path in a task of that kind, null: it has none @param {string | null} training */
const row = (name, inference, training) =>
  Object.freeze({ attribute: kebab(name), property: camel(name), inference, training });

/** @typedef {ReturnType<typeof row>} Attribute */
/** @type {readonly Attribute[]} */
export const ATTRIBUTES = Object.freeze([
  row('model', 'model', 'model'),
  row('task', 'task', 'task'),
  ...['gpu', 'gpus'].map((name) => row(name, `hardware.${name}`, `hardware.${name}`)),
  ...INFERENCE.map((name) => row(name, `inference.${name}`, null)),
  ...TRAINING.map((name) => row(name, null, `training.${name}`)),
  ...BOTH.map((name) => row(name, `inference.${name}`, `training.${name}`)),
  ...PARALLELISM.map((name) => row(name, `parallelism.${name}`, `parallelism.${name}`)),
]);

/** What stands on the widget when `controls` does not say. */
export const CONTROLS = Object.freeze({
  inference: 'model gpu context-length batch-size',
  training: 'model gpu sequence-length micro-batch-size',
});

/** @param {Json | undefined} task @returns {Section} */
export const sectionOf = (task) => (task === 'pretraining' || task === 'finetuning' ? 'training' : 'inference');

/** A number where the text is one; anything else goes to the engine as it is, which says what is wrong with it. @param {string} text @returns {string | number} */
export const readValue = (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text);

/**
 * The scenario that is asked: the attributes that concern the task, laid over the base.
 * @param {{ [key: string]: Json }} base @param {Readonly<Record<string, Json | undefined>>} values by property
 * @returns {{ [key: string]: Json }}
 */
export function toScenario(base, values) {
  const scenario = structuredClone(base);
  const section = sectionOf(values['task'] ?? scenario['task']);
  for (const attribute of ATTRIBUTES) {
    const value = values[attribute.property];
    const path = attribute[section];
    if (value === undefined || value === null || value === '' || path === null) continue;
    const [head, last] = path.split('.');
    if (last === undefined) scenario[path] = value;
    else
      scenario[/** @type {string} */ (head)] = {
        .../** @type {object} */ (scenario[/** @type {string} */ (head)]),
        [last]: value,
      };
  }
  return scenario;
}
