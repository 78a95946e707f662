// Columns of the engine as a curve: the numbers of single estimates, cut where nobody looks.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curveOf, trimmed } from '../../../site/src/charts/curve.js';
import { load } from '../../../wasm/vram.js';

const kScenario = {
  model: 'meta-llama/Llama-3.1-8B',
  task: 'finetuning',
  training: { method: 'lora' },
  hardware: { gpu: 'rtx-4090' },
};

test('each point is what an estimate says', async () => {
  const engine = await load();
  const values = [1, 2, 7];
  const curve = curveOf(engine.sweep({ scenario: kScenario, field: 'training.micro_batch_size', values }));
  assert.deepEqual(
    curve.map(({ value }) => value),
    values,
  );
  for (const { value, total, low, high } of curve) {
    const { memory } = engine.estimate({ ...kScenario, training: { method: 'lora', micro_batch_size: value } });
    assert.deepEqual([total, low, high], [memory.total_bytes, memory.low_bytes, memory.high_bytes]);
  }
});

test('values that cannot be computed are left out', () => {
  const columns = ['value', 'total_bytes', 'low_bytes', 'high_bytes'];
  assert.deepEqual(curveOf({ columns, numbers: [1, 10, 9, 11, 2, NaN, 0, 0, 3, 0, 0, 0] }), [
    { value: 1, total: 10, low: 9, high: 11 },
  ]);
  assert.deepEqual(curveOf({ columns: [], numbers: [] }), []);
});

test('the curve ends beyond the card, but never before the present value', () => {
  const points = [1, 2, 4, 8].map((value) => ({ value, total: value * 10, low: 0, high: 0 }));
  assert.deepEqual(
    trimmed(points, 25, 1).map(({ value }) => value),
    [1, 2],
  );
  assert.deepEqual(
    trimmed(points, 25, 4).map(({ value }) => value),
    [1, 2, 4],
  );
  assert.equal(trimmed(points, 1000, 1).length, 4);
});
