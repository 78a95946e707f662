// The calculator of fine-tuning in full: four types of model, each with a basic, an advanced and an optimisation panel.
// SPDX-License-Identifier: MIT
/** @import { Calculator, Group, Row, SwitchChoice } from './layout.js' */
/** @import { ModelType } from './facts.js' */
import { typeOf } from './facts.js';

/** What a type opens with, where the present model is of another. @type {Readonly<Record<ModelType, Readonly<Record<string, import('../types.js').Json | undefined>>>>} */
const OPENINGS = Object.freeze({
  nlp: { model: 'meta-llama/Llama-3.1-8B', 'training.method': 'lora' },
  multimodal: { model: 'Qwen/Qwen2.5-VL-7B-Instruct', 'training.method': 'lora', 'training.images': 1 },
  moe: { model: 'Qwen/Qwen3-30B-A3B', 'training.method': 'qlora' },
  cnn: {
    model: 'torchvision/resnet50',
    'training.method': 'full',
    'training.framework': 'torchvision',
    'training.micro_batch_size': 32,
    'training.optimizer': 'sgd_momentum',
    'training.activation_checkpointing': 'none',
  },
});
/** Every field that an opening sets is taken back by the others. */
const OPENED = Object.freeze([...new Set(Object.values(OPENINGS).flatMap((opening) => Object.keys(opening)))]);

/** @param {ModelType} type @returns {SwitchChoice} */
const typeChoice = (type) => ({
  value: type,
  text: `model_type.${type}`,
  changes: (facts) =>
    facts.type === type ? {} : { ...Object.fromEntries(OPENED.map((path) => [path, undefined])), ...OPENINGS[type] },
});
const TYPES = Object.freeze(/** @type {const} */ (['nlp', 'multimodal', 'moe', 'cnn']).map(typeChoice));

export const PANELS = Object.freeze(/** @type {const} */ (['basic', 'advanced', 'optimisation']));

/** What every type of network needs. */
const LENGTH = /** @type {const} */ (['training.epochs', 'training.dataset_tokens']);
const ADAPTER = /** @type {readonly Row[]} */ ([
  'training.lora_rank',
  'training.lora_alpha',
  'training.lora_dropout',
  'training.lora_target_modules',
  'training.lora_fp32',
  'training.num_virtual_tokens',
]);
const KERNELS = /** @type {readonly Row[]} */ ([
  ['training.attention', 'training.framework'],
  'training.framework_version',
  ['training.loss', 'training.quantization'],
  'training.kbit_upcast',
  'training.mamba_kernels',
]);
const MEMORY = /** @type {readonly Row[]} */ ([
  ['training.optimizer', 'training.activation_checkpointing'],
  ['training.mixed_precision', 'training.weight_dtype'],
  ['training.fused_optimizer', 'training.optimizer_in_backward'],
  'training.gradient_accumulation_steps',
  'parallelism.zero_stage',
  'parallelism.offload',
  'parallelism.data_parallel_size',
]);
/** What keeps a run steady. */
const STEADY = /** @type {readonly Row[]} */ ([
  'training.weight_decay',
  'training.warmup_steps',
  'training.max_grad_norm',
]);
const SPLIT = /** @type {readonly Row[]} */ ([
  'parallelism.tensor_parallel_size',
  'parallelism.sequence_parallel',
  'parallelism.pipeline_parallel_size',
  'parallelism.context_parallel_size',
  'parallelism.overlap_communication',
]);

/** The whole tab: type × panel → rows. @type {Readonly<Record<ModelType, Readonly<Record<(typeof PANELS)[number], readonly Row[]>>>>} */
export const TABLE = Object.freeze({
  nlp: {
    basic: [
      'training.method',
      'training.micro_batch_size',
      'training.sequence_length',
      'training.learning_rate',
      ...LENGTH,
    ],
    advanced: [...ADAPTER, 'training.frozen_layers', 'training.target_length', ...KERNELS, 'training.dropout'],
    optimisation: [...STEADY, ...MEMORY, ...SPLIT],
  },
  multimodal: {
    basic: [
      'training.method',
      'training.images',
      'training.frames',
      'training.image_size',
      'training.micro_batch_size',
      'training.sequence_length',
      'training.learning_rate',
      ...LENGTH,
    ],
    advanced: [
      ...ADAPTER,
      'training.frozen_layers',
      ...KERNELS,
      'training.dropout',
      'training.expert_capacity_factor',
      'training.balance_loss_weight',
    ],
    optimisation: [...STEADY, ...MEMORY, ...SPLIT],
  },
  moe: {
    basic: [
      'training.method',
      'training.micro_batch_size',
      'training.sequence_length',
      'training.learning_rate',
      ...LENGTH,
    ],
    advanced: [
      ...ADAPTER,
      'training.frozen_layers',
      'training.expert_capacity_factor',
      'training.balance_loss_weight',
      ...KERNELS,
      'training.dropout',
    ],
    optimisation: [...STEADY, ...MEMORY, 'parallelism.expert_parallel_size', ...SPLIT],
  },
  cnn: {
    basic: [
      'training.method',
      'training.micro_batch_size',
      'training.image_size',
      'training.learning_rate',
      'training.epochs',
    ],
    advanced: ['training.frozen_layers', 'training.framework', 'training.framework_version', 'training.dropout'],
    optimisation: [...STEADY, ...MEMORY, 'parallelism.overlap_communication'],
  },
});

/** @type {Calculator} */
export const ADVANCED = Object.freeze({
  id: 'advanced',
  opening: Object.freeze({}),
  offers: (/** @type {import('../types.js').ModelRow} */ model, /** @type {import('./facts.js').Facts} */ { type }) =>
    typeOf(model.kind) === type,
  switches: [
    { path: 'model_type', text: 'field.model_type', choices: TYPES, current: ({ type }) => type },
    {
      path: 'panel',
      text: 'field.panel',
      choices: PANELS.map((value) => ({ value, text: `panel.${value}` })),
      current: () => 'basic',
      isView: true,
    },
  ],
  groups: ({ type }, view) => {
    const panel = PANELS.find((name) => name === view) ?? 'basic';
    return /** @type {readonly Group[]} */ ([{ title: `panel.${panel}`, rows: TABLE[type][panel] }]);
  },
  hasRest: false,
});
