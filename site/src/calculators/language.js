// The calculator of language models: inference, training, fine-tuning, tuning towards preferences.
// SPDX-License-Identifier: MIT
/** @import { Calculator, Group, Row, SwitchChoice } from './layout.js' */

/** The tasks and what choosing one changes. @type {readonly SwitchChoice[]} */
export const TASKS = Object.freeze([
  { value: 'inference', text: 'task.inference', changes: { task: 'inference' } },
  { value: 'pretraining', text: 'task.pretraining', changes: { task: 'pretraining' } },
  { value: 'finetuning', text: 'task.finetuning', changes: { task: 'finetuning', 'training.stage': undefined } },
  { value: 'rlhf', text: 'task.rlhf', changes: { task: 'finetuning', 'training.stage': 'dpo' } },
]);

/** Models that read and write text; those of pictures alone are no language models. */
const KINDS = Object.freeze(['decoder', 'moe', 'encoder', 'encoder-decoder', 'multimodal']);

/** @type {Readonly<Record<import('./facts.js').TaskName, readonly Row[]>>} */
export const RUN_ROWS = Object.freeze({
  inference: [
    ['inference.weight_dtype', 'inference.quantization'],
    'inference.batch_size',
    'inference.context_length',
    ['inference.kv_cache_dtype', 'inference.engine'],
  ],
  pretraining: [
    ['training.weight_dtype', 'training.mixed_precision'],
    'training.micro_batch_size',
    'training.sequence_length',
    ['training.optimizer', 'training.activation_checkpointing'],
  ],
  finetuning: [
    ['training.method', 'training.mixed_precision'],
    'training.micro_batch_size',
    'training.sequence_length',
    'training.lora_rank',
    ['training.optimizer', 'training.activation_checkpointing'],
  ],
  rlhf: [
    ['training.stage', 'training.method'],
    'training.micro_batch_size',
    'training.sequence_length',
    'training.prompt_length',
    'training.group_size',
    ['training.rollout', 'training.rollout_sleep'],
    'training.rollout_memory_utilization',
    'training.reward_parameters_b',
    'training.beta',
    'training.lora_rank',
    ['training.optimizer', 'training.activation_checkpointing'],
  ],
});

/** @type {Calculator} */
export const LANGUAGE = Object.freeze({
  id: 'language',
  opening: Object.freeze({}),
  offers: (/** @type {import('../types.js').ModelRow} */ model) => KINDS.includes(model.kind),
  switches: [{ path: 'task', text: 'field.task', choices: TASKS, current: ({ task }) => task }],
  groups: ({ task }) => /** @type {readonly Group[]} */ ([{ title: 'group.run', rows: RUN_ROWS[task] }]),
  hasRest: true,
});
