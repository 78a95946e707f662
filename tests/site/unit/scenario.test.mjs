// Flat values of the page, nested scenario of the engine.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flatten, readAt, shownValue, START, toScenario } from '../../../site/src/scenario.js';

test('the scenario as the page opens', () => {
  assert.deepEqual(toScenario({}), {
    model: START.model,
    task: 'finetuning',
    training: { method: 'lora', micro_batch_size: 1, activation_checkpointing: 'full' },
    hardware: { gpu: 'rtx-4090' },
  });
});

test('values of another task stay out of the scenario', () => {
  const values = { task: 'inference', 'inference.batch_size': 3, 'training.lora_rank': 64 };
  assert.deepEqual(toScenario(values), {
    model: START.model,
    task: 'inference',
    inference: { batch_size: 3 },
    hardware: { gpu: 'rtx-4090' },
  });
});

test('pre-training has no fine-tuning method', () => {
  assert.deepEqual(toScenario({ task: 'pretraining', 'training.method': 'qlora' }).training, {
    micro_batch_size: 1,
    activation_checkpointing: 'full',
  });
});

test('a prefix opens without recomputation, which PEFT refuses beside it, and keeps what a person chose', () => {
  const prefix = { 'training.method': 'prefix' };
  assert.equal(toScenario(prefix).training['activation_checkpointing'], 'none');
  const asked = { ...prefix, 'training.activation_checkpointing': 'selective' };
  assert.equal(toScenario(asked).training['activation_checkpointing'], 'selective');
});

test('a patch of a scenario becomes flat values and leaves a model whole', () => {
  assert.deepEqual(
    flatten({ training: { method: 'qlora', lora_target_modules: ['q_proj'] }, model: { config: { a: 1 } } }),
    {
      'training.method': 'qlora',
      'training.lora_target_modules': ['q_proj'],
      model: { config: { a: 1 } },
    },
  );
});

test('a control shows the choice, else the echo, else the default', () => {
  const field = { path: 'training.lora_rank', type: 'integer', default: 16 };
  const result = { issues: [], scenario: { training: { lora_rank: 32 } } };
  assert.equal(shownValue({ 'training.lora_rank': 64 }, result, field), 64);
  assert.equal(shownValue({}, result, field), 32);
  assert.equal(shownValue({}, null, field), 16);
});

test('reading stops at what is not there', () => {
  assert.equal(readAt({ a: { b: 1 } }, 'a.b'), 1);
  assert.equal(readAt({ a: null }, 'a.b'), undefined);
  assert.equal(readAt({ a: {} }, 'a.constructor'), undefined);
});
