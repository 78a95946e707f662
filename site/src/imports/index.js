// Files of other tools → values of a scenario, and what in them has no place here. Pure.
// SPDX-License-Identifier: MIT
/** @import { Json } from '../types.js' */
import { readVllm } from './vllm.js';
import { readYaml } from './yaml.js';

/** @typedef {{ kind: 'scenario' | 'deepspeed' | 'accelerate' | 'vllm', values: Record<string, Json>, ignored: string[] }} Imported */

const MAX_TEXT = 512 * 1024;

/** What the text is, by its looks; null when it is nothing we know. @param {string} text @returns {Imported | null} */
export function importText(text) {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_TEXT) return null;
  if (trimmed.startsWith('{')) return fromJson(trimmed);
  if (/(^|\s|\/)(vllm\s+serve|vllm\.entrypoints\.)/.test(trimmed)) return readVllm(trimmed);
  const yaml = readYaml(trimmed);
  return yaml && 'distributed_type' in yaml ? fromAccelerate(yaml) : null;
}

/** @param {string} text @returns {Imported | null} */
function fromJson(text) {
  /** @type {any} */
  let object;
  try {
    object = JSON.parse(text);
  } catch {
    return null;
  }
  if (
    ['zero_optimization', 'train_micro_batch_size_per_gpu', 'train_batch_size'].some((key) =>
      Object.hasOwn(object, key),
    )
  )
    return fromDeepspeed(object);
  const isScenario =
    (typeof object.model === 'string' || isObject(object.model)) &&
    ['task', 'training', 'inference', 'hardware', 'parallelism'].some((key) => Object.hasOwn(object, key));
  return isScenario ? { kind: 'scenario', values: object, ignored: [] } : null;
}

/** @param {unknown} value @returns {value is Record<string, any>} */
function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Takes known keys out of an object one by one; what is left over is named. @param {Record<string, any>} object */
function taker(object) {
  const left = new Set(Object.keys(object));
  return {
    /** @param {string} key */
    take(key) {
      left.delete(key);
      return Object.hasOwn(object, key) && object[key] !== 'auto' ? object[key] : undefined;
    },
    left: () => [...left],
  };
}

const isCount = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 1;

/** Settings of DeepSpeed that change nothing in what we compute. */
const DEEPSPEED_QUIET = Object.freeze(['steps_per_print', 'wall_clock_breakdown', 'train_batch_size', 'scheduler']);

/** @param {Record<string, any>} object @returns {Imported} */
function fromDeepspeed(object) {
  const { take, left } = taker(object);
  /** @type {Record<string, Json>} */
  const values = {};
  const micro = take('train_micro_batch_size_per_gpu');
  const steps = take('gradient_accumulation_steps');
  if (isCount(micro)) values['training.micro_batch_size'] = micro;
  if (isCount(steps)) values['training.gradient_accumulation_steps'] = steps;
  const zero = take('zero_optimization');
  if (isObject(zero)) {
    if ([0, 1, 2, 3].includes(zero['stage'])) values['parallelism.zero_stage'] = zero['stage'];
    if (typeof zero['overlap_comm'] === 'boolean') values['parallelism.overlap_communication'] = zero['overlap_comm'];
    const isMoved = (/** @type {string} */ name) =>
      (isObject(zero[name]) && ['cpu', 'nvme'].includes(zero[name].device)) ||
      zero[`cpu_${name.replace('_param', '')}`] === true;
    values['parallelism.offload'] = isMoved('offload_param')
      ? 'parameters'
      : isMoved('offload_optimizer')
        ? 'optimizer'
        : 'none';
  }
  if (take('bf16')?.enabled === true) values['training.mixed_precision'] = 'bf16';
  if (take('fp16')?.enabled === true) values['training.mixed_precision'] = 'fp16';
  const optimizer = take('optimizer');
  if (isObject(optimizer)) {
    const known = /** @type {Record<string, string>} */ ({
      adamw: 'adamw',
      adam: 'adam',
      lion: 'lion',
      sgd: 'sgd',
      muon: 'muon',
    });
    const name = known[String(optimizer['type']).toLowerCase()];
    if (name) values['training.optimizer'] = name;
    const { lr: rate, weight_decay: decay } = isObject(optimizer['params']) ? optimizer['params'] : {};
    if (typeof rate === 'number' && rate > 0) values['training.learning_rate'] = rate;
    if (typeof decay === 'number' && decay >= 0) values['training.weight_decay'] = decay;
  }
  const norm = take('gradient_clipping');
  if (typeof norm === 'number' && norm >= 0) values['training.max_grad_norm'] = norm;
  DEEPSPEED_QUIET.forEach(take);
  return { kind: 'deepspeed', values, ignored: left() };
}

/** Settings of Accelerate that change nothing in what we compute. */
const ACCELERATE_QUIET = Object.freeze([
  'compute_environment',
  'debug',
  'downcast_bf16',
  'machine_rank',
  'main_training_function',
  'num_machines',
  'rdzv_backend',
  'same_network',
  'use_cpu',
  'enable_cpu_affinity',
  'main_process_ip',
  'main_process_port',
  'gpu_ids',
  'tpu_env',
  'tpu_use_cluster',
  'tpu_use_sudo',
  'dynamo_config',
]);

/** @param {Record<string, any>} object @returns {Imported} */
function fromAccelerate(object) {
  const { take, left } = taker(object);
  /** @type {Record<string, Json>} */
  const values = {};
  const count = take('num_processes');
  if (isCount(count)) values['hardware.gpus'] = count;
  const precision = take('mixed_precision');
  if (['bf16', 'fp16', 'fp8'].includes(precision)) values['training.mixed_precision'] = precision;
  else if (precision === 'no' || precision === false) values['training.mixed_precision'] = 'none';
  take('distributed_type');
  const fsdp = take('fsdp_config');
  if (isObject(fsdp)) {
    const strategy = String(fsdp['fsdp_sharding_strategy'] ?? '');
    const keeps = fsdp['fsdp_reshard_after_forward'] === false || /SHARD_GRAD_OP|^2$/.test(strategy);
    values['parallelism.zero_stage'] = /NO_SHARD|^3$/.test(strategy) ? 0 : keeps ? 2 : 3;
    values['parallelism.offload'] = fsdp['fsdp_offload_params'] === true ? 'parameters' : 'none';
    if (typeof fsdp['fsdp_activation_checkpointing'] === 'boolean')
      values['training.activation_checkpointing'] = fsdp['fsdp_activation_checkpointing'] ? 'full' : 'none';
  }
  const deepspeed = take('deepspeed_config');
  if (isObject(deepspeed)) {
    if ([0, 1, 2, 3].includes(deepspeed['zero_stage'])) values['parallelism.zero_stage'] = deepspeed['zero_stage'];
    if (isCount(deepspeed['gradient_accumulation_steps']))
      values['training.gradient_accumulation_steps'] = deepspeed['gradient_accumulation_steps'];
    values['parallelism.offload'] =
      deepspeed['offload_param_device'] === 'cpu'
        ? 'parameters'
        : deepspeed['offload_optimizer_device'] === 'cpu'
          ? 'optimizer'
          : 'none';
  }
  ACCELERATE_QUIET.forEach(take);
  return { kind: 'accelerate', values, ignored: left() };
}
