// Tests of the scoring itself on known inputs; the engine is not needed.
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';

import { figures, insideBand, kPredictors, quantile, regressions, relativeError, residentBytes, tightened, workspaceBytes } from './score.mjs';
import { digitsOf, rounded } from './map-common.mjs';
import { simumaxModel } from './map-megatron.mjs';
import { mapInference } from './map-inference.mjs';
import { mapTraining } from './map-training.mjs';
import { causesBlock, unexplained } from './causes.mjs';
import { headlines, kBegin, kEnd, summarize, withBlock } from './report.mjs';
import { loadNames, loadPublished, splitOf } from './rows.mjs';

const memory = {
  total_bytes: 1000,
  low_bytes: 900,
  high_bytes: 1200,
  allocated_bytes: 700,
  reserved_bytes: 750,
  saved_bytes: 300,
  workspace_bytes: 20,
  terms: [{ id: 'weights', bytes: 400 }, { id: 'activations', bytes: 250 }, { id: 'logits', bytes: 30 }, { id: 'framework_overhead', bytes: 270, formula: '' }],
  timeline: [
    { phase: 'forward', terms: { weights: 400, optimizer_states: 100, activations: 50 } },
    { phase: 'loss', terms: { weights: 400, optimizer_states: 100, logits: 60, framework_overhead: 270 } },
    { phase: 'backward', terms: { weights: 400, optimizer_states: 100, gradients: 40, logits: 90 } },
    { phase: 'backward', terms: { weights: 400, optimizer_states: 100, gradients: 200 } },
    { phase: 'optimizer', terms: { weights: 400, optimizer_states: 180, gradients: 200 } },
  ],
};

test('an error is 0 inside the interval and else the distance to its nearer end', () => {
  const interval = { value: 100, low: 98, high: 104 };
  assert.equal(relativeError(98, interval), 0);
  assert.equal(relativeError(104, interval), 0);
  assert.equal(relativeError(93, interval), -0.05);
  assert.equal(relativeError(114, interval), 0.1);
});

test('one-sided facts have one open end', () => {
  assert.equal(relativeError(5, { value: 10, low: 0, high: 10 }), 0);
  assert.equal(relativeError(12, { value: 10, low: 0, high: 10 }), 0.2);
  assert.equal(relativeError(1e12, { value: 10, low: 10, high: Infinity }), 0);
});

test('quantiles interpolate', () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
  assert.equal(quantile([0, 10], 0.95), 9.5);
  assert.equal(quantile([], 0.5), null);
});

test('figures keep sign in the bias only', () => {
  const now = figures([{ error: 0.1 }, { error: -0.3 }, { error: 0.05 }]);
  assert.equal(now.scored, 3);
  assert.equal(now.median, 0.1);
  assert.equal(now.worst, 0.3);
  assert.ok(Math.abs(now.bias + 0.05) < 1e-12);
});

test('predictors read the quantity they are named after', () => {
  assert.equal(kPredictors.allocated({ memory }), 700);
  assert.equal(kPredictors.reserved({ memory }), 750);
  assert.equal(kPredictors.device({ memory }), 1000);
  assert.equal(kPredictors.tensors({ memory }), 680);
  assert.equal(kPredictors.weights({ memory }), 400);
  assert.equal(kPredictors.compute_buffer({ memory }), 280);
  assert.equal(kPredictors.loss({ memory }), 90);
  assert.equal(kPredictors.loss_forward({ memory }), 60);
  assert.equal(kPredictors.phase_loss({ memory }), 560, 'context is no tensor');
  assert.equal(kPredictors.phase_optimizer({ memory }), 780);
  assert.equal(kPredictors.kv_per_token({ memory: { inference: { kv_bytes_per_token: 64 } } }), 64);
});

test('resident state takes the gradients of the whole step and no temporaries of the optimizer', () => {
  assert.equal(residentBytes(memory), 400 + 200 + 100);
});

test('the workspace is read from the formula text where the result has no field for it', () => {
  const { workspace_bytes: _, ...older } = memory;
  assert.equal(workspaceBytes(memory), 20);
  assert.equal(workspaceBytes({ ...older, terms: [{ id: 'framework_overhead', formula: 'context and libraries 500 MiB + matmul workspace 8.1 MiB' }] }), 8.1 * 2 ** 20);
});

test('a band is scaled from the total to the metric', () => {
  assert.equal(insideBand({ predicted: 500, low: 460, high: 460 }, memory), true);
  assert.equal(insideBand({ predicted: 500, low: 440, high: 440 }, memory), false);
  assert.equal(insideBand({ predicted: 500, low: 601, high: 610 }, memory), false);
});

test('the ratchet lets noise pass, reports what got worse, and never loosens', () => {
  const ratchet = { noise: 0.005, groups: { 'a / saved': { scored: 3, median: 0.01, p95: 0.02 } } };
  const now = (median, p95, scored = 3) => new Map([['a / saved', { scored, median, p95 }]]);
  assert.deepEqual(regressions(now(0.0149, 0.0249), ratchet), []);
  assert.equal(regressions(now(0.016, 0.02), ratchet).length, 1);
  assert.equal(regressions(now(0.01, 0.03), ratchet).length, 1);
  assert.equal(regressions(now(0.01, 0.02, 2), ratchet).length, 1, 'fewer rows scored');
  assert.equal(regressions(new Map(), ratchet).length, 1, 'group vanished');
  assert.deepEqual(tightened(now(0.012, 0.015), ratchet).groups['a / saved'], { scored: 3, median: 0.01, p95: 0.015 });
  assert.deepEqual(tightened(now(0.05, 0.06, 9), ratchet).groups['a / saved'], { scored: 9, median: 0.05, p95: 0.06 });
});

test('intervals of printed decimals', () => {
  assert.equal(digitsOf(14.96), 2);
  assert.equal(digitsOf(7), 0);
  const [low, high] = rounded(14.96, 100, 2);
  assert.ok(Math.abs(low - 1495.5) < 1e-9 && Math.abs(high - 1496.5) < 1e-9);
});

test('the split is fixed by the id and near 70 to 30', () => {
  const ids = Array.from({ length: 2000 }, (_, i) => `row-${i}`);
  const dev = ids.filter((id) => splitOf(id) === 'dev').length;
  assert.ok(dev > 1330 && dev < 1470, `${dev} of 2000`);
  assert.equal(splitOf('litgpt-restable-001'), splitOf('litgpt-restable-001'));
});

test('no row is dropped: each has a scenario or a reason, and the values of its source', () => {
  const { training } = loadPublished();
  const fields = new Map(); // a build without any optional knob
  const entries = mapTraining(training, loadNames(), fields);
  assert.equal(entries.length, training.length);
  for (const entry of entries) assert.notEqual(entry.scenario === null, entry.reason === null, entry.id);
  const first = entries.find((entry) => entry.id === 'litgpt-restable-001');
  assert.equal(first.checks[0].metric, 'allocated');
  assert.equal(first.scenario.training.micro_batch_size, 1);
  assert.equal(first.scenario.training.sequence_length, 1044);
});

test('trust X is never scored and C stays apart', () => {
  const { training } = loadPublished();
  const entries = mapTraining(training, loadNames(), new Map());
  for (const entry of entries.filter((found) => found.trust === 'X')) assert.match(entry.reason, /trust X/);
  const checks = [
    { group: 'g', metric: 'saved', trust: 'A', error: 0.1 },
    { group: 'g', metric: 'saved', trust: 'C', error: 0.9 },
    { group: 'g', metric: 'saved', trust: 'B' },
  ];
  const now = summarize(checks).get('g / saved');
  assert.deepEqual([now.rows, now.scored, now.worst], [2, 1, 0.1]);
});

test('SimuMax sizes become configs', () => {
  const dense = simumaxModel({ seq_len: 4096, model_config: { hidden: 8192, ffn: 28672, heads: 64, kv_heads: 8, vocab: 128256, layers: 12 } });
  assert.equal(dense.config.num_key_value_heads, 8);
  const moe = simumaxModel({ seq_len: 4096, model_config: { hidden: 5120, experts: 160, topk: 6, moe_ffn: 1536, shared_ffn: 3072, q_lora_rank: 1536, kv_lora_rank: 512, vocab: 102400, dense_ffn: 12288, layers: 4 } });
  assert.equal(moe.config.n_shared_experts, 2);
});

test('a log that prints blocks and non-torch memory is of the V0 worker', () => {
  const [row] = loadPublished().inference.filter((found) => found.id === 'idx58603845735-phi4-gptq');
  const [entry] = mapInference([row], loadNames(), new Set());
  assert.equal(entry.scenario.inference.engine_version, '0.7.0');
});

test('a headline joins the groups it names, and one without a value is an error', () => {
  const of = (group, error) => ({ group, metric: 'saved', trust: 'A', error });
  const checks = [of('a', 0.01), of('b', -0.03), of('c', 0.5), { ...of('a', 0.9), trust: 'C' }, { ...of('a', 0.9), bound: 'fits' }];
  assert.match(headlines(checks, [['two', ['a', 'b'], ['saved']]]), /\| two \| saved for backward \| 2 \| 2\.00 \| 2\.90 \| -1\.00 \|$/);
  assert.throws(() => headlines(checks, [['none', ['d'], ['saved']]]), /no scored value of d/);
});

test('the block of README is replaced between its markers only', () => {
  const readme = `head\n${kBegin}\nold\n${kEnd}\ntail\n`;
  assert.equal(withBlock(readme, `${kBegin}\nnew\n${kEnd}`), `head\n${kBegin}\nnew\n${kEnd}\ntail\n`);
  assert.equal(withBlock('no markers', 'x'), null);
});

test('a value that is far off needs one cause, and a cause a value', () => {
  const checks = [
    { id: 'far', metric: 'allocated', error: -0.2 },
    { id: 'near', metric: 'allocated', error: 0.1 },
    { id: 'unmapped', metric: 'allocated' },
  ];
  const cause = { where: 'a place', rows: ['far'], cause: 'why', next: 'none' };
  assert.deepEqual(unexplained(checks, [cause]), []);
  assert.match(unexplained(checks, [])[0], /^far \(allocated, -20.00 %\): worse than 10 % and without a cause$/);
  assert.match(unexplained(checks, [{ ...cause, rows: ['far', 'near'] }])[0], /^near: no longer worse/);
  assert.match(unexplained(checks, [cause, { ...cause, where: 'another' }])[0], /^far: explained by "a place" and "another"$/);
  assert.deepEqual(unexplained(checks, [{ ...cause, cause: '' }]), ['"a place" has no cause']);
  assert.match(causesBlock(checks, [cause]), /\| a place \| 1 \| −20 % \| why \| none \|/);
});
