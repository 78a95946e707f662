// What a scenario is about, read from its values alone: which controls apply follows from these facts.
// SPDX-License-Identifier: MIT
/** @import { ModelRow, Values } from '../types.js' */
import { chosen } from '../scenario.js';

/** Stages that tune towards preferences or rewards; the page shows them as a task of their own. */
export const PREFERENCE_STAGES = Object.freeze([
  'dpo',
  'ipo',
  'orpo',
  'cpo',
  'simpo',
  'kto',
  'reward',
  'ppo',
  'grpo',
  'rloo',
]);
/** Of these, the ones that draw several replies for a prompt. */
export const GROUP_STAGES = Object.freeze(['grpo', 'rloo']);
/** Of these, the ones that make replies first. */
export const REPLY_STAGES = Object.freeze(['ppo', 'grpo', 'rloo']);
/** Of these, the ones that a frozen copy of the model scores. */
export const REFERENCE_STAGES = Object.freeze(['dpo', 'ipo', 'kto']);

/** @typedef {'inference' | 'pretraining' | 'finetuning' | 'rlhf'} TaskName */
/** @typedef {'nlp' | 'multimodal' | 'moe' | 'cnn'} ModelType */
/** @typedef {{ task: TaskName, method: string, stage: string, rollout: string, kind: string, type: ModelType, inputs: readonly string[], input: string, engine: string, scans: boolean }} Facts */

/** @param {Values} values @returns {TaskName} */
export function taskOf(values) {
  const task = chosen(values, 'task');
  if (task === 'inference' || task === 'pretraining') return task;
  return PREFERENCE_STAGES.includes(String(chosen(values, 'training.stage'))) ? 'rlhf' : 'finetuning';
}

/** @param {string} kind of a catalog row @returns {ModelType} */
export function typeOf(kind) {
  if (kind === 'moe' || kind === 'cnn') return kind;
  return kind === 'multimodal' || kind === 'vit' ? 'multimodal' : 'nlp';
}

/** A model of a file has no row: it is taken for a language model. @param {Values} values @param {readonly ModelRow[]} models @returns {Facts} */
export function factsOf(values, models) {
  const id = chosen(values, 'model');
  const row = typeof id === 'string' ? models.find((model) => model.id === id) : undefined;
  const kind = row?.kind ?? 'decoder';
  const inputs = row?.inputs ?? ['text'];
  const frames = Number(values['training.frames'] ?? 0) + Number(values['inference.frames'] ?? 0);
  return {
    task: taskOf(values),
    method: String(chosen(values, 'training.method')),
    stage: String(chosen(values, 'training.stage') ?? 'sft'),
    rollout: String(chosen(values, 'training.rollout') ?? 'colocated'),
    kind,
    type: typeOf(kind),
    inputs,
    input: inputs.includes('audio') ? 'audio' : frames > 0 && inputs.includes('video') ? 'video' : 'image',
    engine: String(chosen(values, 'inference.engine') ?? 'vllm'),
    scans: /mamba|jamba/i.test(String(id)),
  };
}
