// Half and twice each value: what moves, by how much, in which order.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neighbours, sensitivity } from '../../../site/src/charts/sensitivity.js';
import { load } from '../../../wasm/vram.js';

const field = (path, type, min, max) => ({ path, type, min, max });

test('half and twice, whole where whole, within the range', () => {
  assert.deepEqual(neighbours(field('a', 'integer', 1, 64), 5), [3, 10]);
  assert.deepEqual(neighbours(field('a', 'integer', 1, 64), 1), [1, 2]);
  assert.deepEqual(neighbours(field('a', 'number', 0, 1), 0.9), [0.45, 1]);
});

test('the strongest first, what moves nothing left out, in the bytes of the engine', async () => {
  const vram = await load();
  const training = { method: 'lora', micro_batch_size: 2, sequence_length: 2048, lora_rank: 16, learning_rate: 1e-4 };
  const scenario = { model: 'meta-llama/Llama-3.1-8B', task: 'finetuning', training, hardware: { gpu: 'rtx-4090' } };
  const total = (changes) => vram.estimate({ ...scenario, training: { ...training, ...changes } }).memory.total_bytes;
  const controls = [
    { field: field('training.learning_rate', 'number', 1e-6, 0.1), value: 1e-4 },
    { field: field('training.lora_rank', 'integer', 1, 512), value: 16 },
    { field: field('training.sequence_length', 'integer', 128, 1e6), value: 2048 },
  ];
  const sways = sensitivity(controls, total({}), (name, values) => vram.sweep({ scenario, field: name, values }));
  assert.deepEqual(
    sways.map(({ path }) => path),
    ['training.sequence_length', 'training.lora_rank'],
  );
  assert.equal(sways[0].upper, total({ sequence_length: 4096 }) - total({}));
  assert.equal(sways[1].lower, total({ lora_rank: 8 }) - total({}));
});

test('a value that breaks a rule moves nothing', () => {
  const broken = () => ({
    columns: ['value', 'total_bytes', 'low_bytes', 'high_bytes'],
    numbers: [2, NaN, NaN, NaN, 8, NaN, NaN, NaN],
  });
  assert.deepEqual(sensitivity([{ field: field('a', 'integer', 1, 64), value: 4 }], 100, broken), []);
});
