// The Accuracy tab's table: packed small, unpacked whole, filtered and summed up.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack, toText } from '../../../scripts/pack-accuracy.mjs';
import { figures, isRate, kindOf, ordered, RATES, select, unpack } from '../../../site/src/accuracy-data.js';
import { binaryTicks, linearTicks, logDomain, shareOf } from '../../../site/src/charts/scale.js';

const kFile = new URL('../../../site/src/data/accuracy.json', import.meta.url);
const kReport = {
  rows: [
    {
      id: 'a',
      group: 'pytorch-moe',
      trust: 'A',
      url: null,
      scenario: { model: { config: {} } },
      reason: null,
      checks: [{ metric: 'saved', value: 1234567890, predicted: 1234567890, error: 0, reason: null }],
    },
    {
      id: 'b',
      group: 'A_vllm_log',
      trust: 'B',
      url: 'https://example.org/log',
      scenario: { model: 'x/y' },
      reason: null,
      checks: [
        { metric: 'weights', value: 1000, predicted: 900, error: -0.1, reason: null },
        { metric: 'oom', value: 5, predicted: 4, error: -0.2, reason: null },
      ],
    },
    {
      id: 'c',
      group: 'qwen',
      trust: 'A',
      url: 'https://example.org/log',
      scenario: null,
      reason: 'not said',
      checks: [{ metric: 'weights', value: 7, reason: null }],
    },
    { id: 'd', group: 'mt-nlg', trust: 'A', url: null, scenario: null, reason: 'nothing to compare', checks: [] },
  ],
};

test('what is packed comes back', () => {
  const all = unpack(JSON.parse(toText(pack(kReport))));
  assert.equal(all.length, 4);
  assert.deepEqual(all[0], {
    id: 'a',
    group: 'pytorch-moe',
    trust: 'A',
    source: null,
    model: null,
    quantity: 'saved',
    measured: 1234570000,
    ours: 1234570000,
    error: 0,
    reason: null,
    isBound: false,
  });
  assert.equal(all[1].source, 'https://example.org/log');
  assert.equal(all[1].model, 'x/y');
  assert.equal(all[2].isBound, true);
  assert.deepEqual([all[3].ours, all[3].error, all[3].reason], [null, null, 'not said']);
});

test('filters, order and figures', () => {
  const all = unpack(pack(kReport));
  const ids = (list) => list.map((one) => `${one.id} ${one.quantity}`);
  assert.deepEqual(ids(select(all, { group: '', quantity: 'weights', scope: 'all' })), ['b weights', 'c weights']);
  assert.deepEqual(ids(select(all, { group: '', quantity: 'weights', scope: 'scored' })), ['b weights']);
  assert.deepEqual(ids(select(all, { group: 'qwen', quantity: '', scope: 'unscored' })), ['c weights']);
  const rate = { ...all[0], id: 'r', group: 'speed-vllm', quantity: 'decode_rate' };
  const both = [...all, rate];
  assert.deepEqual(select(both, { group: '', quantity: '', scope: 'all' }), all);
  assert.deepEqual(select(both, { group: '', quantity: RATES, scope: 'all' }), [rate]);
  assert.deepEqual(select(both, { group: 'speed-vllm', quantity: '', scope: 'all' }), [rate]);
  assert.deepEqual(ids(ordered(all, 'error')), ['b oom', 'b weights', 'a saved', 'c weights']);
  assert.deepEqual(ids(ordered(all, 'measured'))[0], 'a saved');
  // One-sided facts are no measure of size.
  assert.deepEqual(figures(all), { count: 2, median: 0.05, p95: 0.095, worst: 0.1 });
  assert.deepEqual(figures([]), { count: 0, median: undefined, p95: undefined, worst: undefined });
  const groups = ['pytorch-vision', 'A_vllm_log', 'speed-vllm', 'qwen', 'speed-training-megatron'];
  assert.deepEqual(groups.map(kindOf), ['reference', 'serving', 'serving', 'training', 'training']);
  assert.deepEqual(['decode_rate', 'weights'].map(isRate), [true, false]);
});

test('the committed table is small and whole', () => {
  const text = readFileSync(kFile, 'utf8');
  assert.ok(gzipSync(text, { level: 9 }).length < 90_000); // times among them since they are scored
  const all = unpack(JSON.parse(text));
  assert.ok(all.length > 2500);
  assert.ok(all.filter((one) => isRate(one.quantity)).length > 1000);
  assert.ok(all.every((one) => one.group && one.quantity && one.measured > 0));
  assert.ok(all.every((one) => one.source === null || /^https:\/\//.test(one.source)));
  assert.ok(all.every((one) => (one.error === null) === (one.reason !== null)));
});

test('axes', () => {
  const domain = logDomain([2 ** 20, 2 ** 30]);
  assert.deepEqual(binaryTicks(domain, 5), [2 ** 20, 2 ** 25, 2 ** 30]);
  assert.ok(Math.abs(shareOf(domain, 2 ** 25) - 0.5) < 1e-12);
  assert.equal(shareOf({ min: 0, max: 10, log: false }, 5), 0.5);
  assert.equal(shareOf({ min: 3, max: 3, log: true }, 3), 0);
  assert.deepEqual(linearTicks(24, 5), [0, 5, 10, 15, 20]);
  assert.deepEqual(linearTicks(NaN, 5), [0]);
  assert.deepEqual(logDomain([]), { min: 1, max: 2, log: true });
});
