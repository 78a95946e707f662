// Our own reference runs of PyTorch (fake tensors, so no matmul workspace) as scenarios.
// SPDX-License-Identifier: MIT
import { Mapping, check, entryOf } from './map-common.mjs';

const kPhases = ['forward', 'loss', 'backward', 'optimizer'];

// Case fields that have the name and meaning of a training field.
const kDirect = ['micro_batch_size', 'sequence_length', 'weight_dtype', 'mixed_precision', 'activation_checkpointing', 'lora_rank', 'lora_dropout',
  'frozen_layers', 'image_size', 'images', 'optimizer'];

// Case fields that trainingOf reads, or that name a case and change no memory.
const kRead = new Set([...kDirect, 'method', 'attention', 'optimizer_implementation', 'lora_target_modules', 'adapters_fp32', 'target_length', 'trainable',
  'padding', 'use_cache', 'quantization', 'kbit_prepared', 'peft_task', 'variant', 'reentrant']);

// Module names of the libraries, and the projections a scenario calls them.
const kProjections = {
  q_proj: 'q_proj', k_proj: 'k_proj', v_proj: 'v_proj', o_proj: 'o_proj', gate_proj: 'gate_proj', up_proj: 'up_proj', down_proj: 'down_proj',
  'all-linear': 'all-linear', c_attn: 'q_proj,k_proj,v_proj', query_key_value: 'q_proj,k_proj,v_proj', qkv_proj: 'q_proj,k_proj,v_proj',
  Wqkv: 'q_proj,k_proj,v_proj', query: 'q_proj', value: 'v_proj', q_lin: 'q_proj', v_lin: 'v_proj', q: 'q_proj', v: 'v_proj',
};

const kMethods = { full: 'full', lora: 'lora', dora: 'dora', frozen: 'freeze' };
const kForLoopOnly = new Set(['adafactor', 'torch_adafactor']);

// Architectures of timm that are, parameter for parameter, ones of torchvision.
const kTimm = {
  'timm/vit_base_patch16_224': 'torchvision/vit_b_16', 'timm/vit_large_patch16_224': 'torchvision/vit_l_16', 'timm/resnet50': 'torchvision/resnet50',
  'timm/efficientnet_b0': 'torchvision/efficientnet_b0', 'timm/convnext_tiny': 'torchvision/convnext_tiny',
  'timm/swin_tiny_patch4_window7_224': 'torchvision/swin_t',
};

function frameworkOf(row) {
  return row.framework === 'torchvision' || row.framework === 'timm' ? row.framework : 'transformers';
}

function adapters(c, training, map) {
  training.lora_fp32 = c.adapters_fp32 ?? true;
  const names = [c.lora_target_modules].flat();
  const unknown = names.filter((name) => kProjections[name] === undefined);
  if (unknown.length > 0) map.fail(`adapter target without a projection of that name in a scenario: ${unknown.join(', ')}`);
  training.lora_target_modules = names.map((name) => kProjections[name]).join(',').split(',');
}

function trainingOf(row, map) {
  const c = row.case;
  const training = { stage: 'sft', gradient_accumulation_steps: 1, loss: 'eager', framework: frameworkOf(row), method: kMethods[c.method] };
  for (const name of kDirect) {
    if (c[name] !== undefined && c[name] !== null) map.need(training, 'training', name, c[name]);
  }
  if (c.image_size !== undefined && c.sequence_length !== undefined && c.images === undefined) map.need(training, 'training', 'images', 1); // pairs
  if (training.method === undefined) map.fail(`method not in a scenario: ${c.method}`);
  training.attention = c.attention === 'none' ? 'sdpa' : c.attention;
  training.fused_optimizer = c.optimizer_implementation === 'fused';
  if (c.optimizer_implementation === 'for-loop' && !kForLoopOnly.has(c.optimizer)) {
    map.need(training, 'training', 'optimizer_implementation', 'for-loop');
  }
  if (c.lora_target_modules !== undefined) adapters(c, training, map);
  if (c.target_length !== undefined) map.need(training, 'training', 'target_length', c.target_length);
  if (training.method === 'freeze' && c.frozen_layers === undefined) map.fail('needs knob training.trainable_modules: parts other than the last layers train');
  if (c.quantization !== undefined) {
    training.method = 'qlora';
    training.quantization = c.quantization === 'nf4' ? 'nf4-dq' : c.quantization; // the reference packs with double quantisation
  }
  if (c.kbit_prepared) map.need(training, 'training', 'kbit_upcast', true);
  if (c.padding) map.need(training, 'training', 'padding_mask', true);
  if (/mamba|jamba/.test(row.config)) map.need(training, 'training', 'mamba_kernels', false); // the reference has no CUDA kernels
  if (c.use_cache) map.need(training, 'training', 'use_cache', true);
  const unread = Object.keys(c).filter((name) => !kRead.has(name));
  if (unread.length > 0) map.fail(`case fields without a mapping: ${unread.join(', ')}`);
  return training;
}

function modelOf(row, config, map) {
  if (config === undefined) map.fail(`no model config ${row.config}`);
  else if (frameworkOf(row) === 'timm') return kTimm[config.model] ?? config.model;
  else if (frameworkOf(row) === 'torchvision') return config.model;
  else return { config: { ...config.config, architectures: [config.class] } };
  return undefined;
}

function checksOf(row) {
  const { measured } = row;
  const checks = [];
  const exact = (metric, value) => {
    if (value > 0) checks.push(check(metric, value));
  };
  exact('saved', measured.saved_bytes);
  exact('tensors', measured.peak_bytes);
  exact('weights_and_adapters', measured.parameter_bytes);
  for (const phase of kPhases) exact(`phase_${phase}`, measured.phases?.[phase]?.peak_bytes ?? 0);
  return checks;
}

export function mapPytorch(rows, configs, names, fields) {
  return rows.map((row) => {
    const map = new Mapping(row, names, fields);
    const entry = entryOf(row, { trust: 'A', checks: checksOf(row) });
    const config = configs.get(row.config);
    const scenario = { model: modelOf(row, config, map), task: 'finetuning', training: trainingOf(row, map) };
    if (map.reason === null) entry.scenario = scenario;
    entry.reason = map.reason;
    return entry;
  });
}
