// Every file the page can make of a scenario, and for which tasks it means anything.
// SPDX-License-Identifier: MIT
/** @import { Result } from '../types.js' */
/** @import { Exported, Parts } from './common.js' */
import { partsOf } from './common.js';
import { llamaCpp, sglang, vllm } from './serving.js';
import { accelerate, axolotl, deepspeed, llamaFactory, megatron, torchrun } from './training.js';
import { trlScript } from './trl-script.js';

/** @typedef {{ id: string, file: string, inference: boolean, make: (parts: Parts) => Exported }} Exporter */

/** @type {readonly Exporter[]} */
export const EXPORTERS = Object.freeze([
  { id: 'vllm', file: 'serve-vllm.sh', inference: true, make: vllm },
  { id: 'sglang', file: 'serve-sglang.sh', inference: true, make: sglang },
  { id: 'llama_cpp', file: 'serve-llama-cpp.sh', inference: true, make: llamaCpp },
  { id: 'trl', file: 'train.py', inference: false, make: trlScript },
  { id: 'deepspeed', file: 'deepspeed.json', inference: false, make: deepspeed },
  { id: 'accelerate', file: 'accelerate.yaml', inference: false, make: accelerate },
  { id: 'llama_factory', file: 'llama-factory.yaml', inference: false, make: llamaFactory },
  { id: 'axolotl', file: 'axolotl.yaml', inference: false, make: axolotl },
  { id: 'megatron', file: 'train-megatron.sh', inference: false, make: megatron },
  { id: 'torchrun', file: 'launch.sh', inference: false, make: torchrun },
]);

/** What an exported file may leave to its reader; each has a text (`export.note_<name>`). */
export const NOTES = Object.freeze([
  'checkpoint_format',
  'kv_format',
  'not_gguf',
  'model_parallel',
  'optimizer_in_script',
  'fp8',
  'single_gpu',
  'stage',
  'method',
  'megatron_zero',
]);

/** Launches any script; the others are for models with a vocabulary. */
const FOR_ANY_MODEL = 'torchrun';

/** @param {Result} result */
export function exportersFor(result) {
  const isInference = result.scenario?.['task'] === 'inference';
  const hasWords = Number(/** @type {Record<string, unknown>} */ (result.model ?? {})['vocab_size'] ?? 0) > 0;
  return EXPORTERS.filter(({ id, inference }) => inference === isInference && (hasWords || id === FOR_ANY_MODEL));
}

/** @param {Exporter} exporter @param {Result} result */
export function exportWith(exporter, result) {
  return exporter.make(partsOf(result));
}
