// The names under the timeline: in order, in the middle of their phase, never on each other.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phaseLabels } from '../../../site/src/charts/stack.js';
import { load } from '../../../wasm/vram.js';

const point = (phase, at) => ({ phase, at, terms: {} });

test('a phase is named in the middle of its points', () => {
  const labels = phaseLabels([point('forward', 0), point('forward', 2), point('backward', 3), point('backward', 4)]);
  assert.deepEqual(labels, [
    { phase: 'forward', at: 0.25 },
    { phase: 'backward', at: 0.875 },
  ]);
});

test('names too near are moved apart, the first and the last stay inside', () => {
  const labels = phaseLabels([point('a', 0), point('b', 0.02), point('c', 1)]);
  assert.ok(labels[1].at - labels[0].at >= 0.11);
  assert.ok(labels[0].at >= 0 && labels[2].at <= 1);
});

test('of a step with a reference pass, every name has room', async () => {
  const scenario = {
    model: 'meta-llama/Llama-3.1-8B',
    task: 'finetuning',
    training: { method: 'lora', stage: 'dpo', micro_batch_size: 1 },
  };
  const { memory } = (await load()).estimate(scenario);
  const labels = phaseLabels(memory.timeline);
  assert.ok(labels.length >= 4);
  labels
    .slice(1)
    .forEach((label, i) => assert.ok(label.at - labels[i].at > 0.08, `${labels[i].phase} and ${label.phase}`));
});
