// Side by side: which rows there are, and where they differ. Pictures of a result stand on their own.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryPicture, timelinePicture } from '../../../site/src/charts/picture.js';
import { settingRows, smallest, termRows } from '../../../site/src/comparison.js';

const result = (rank, bytes, more = []) => ({
  scenario: { task: 'finetuning', training: { lora_rank: rank, lora_target_modules: ['q_proj'] } },
  memory: {
    total_bytes: bytes + 1,
    usable_bytes: 100,
    terms: [{ id: 'logits', bytes: 1, formula: '' }, { id: 'weights', bytes, formula: '' }, ...more],
    timeline: [
      { phase: 'forward', at: 0, terms: { weights: bytes } },
      { phase: 'backward', at: 1, terms: { weights: bytes, logits: 1 } },
    ],
  },
  issues: [],
});
const kFields = [
  { path: 'task' },
  { path: 'training.lora_rank' },
  { path: 'training.lora_target_modules' },
  { path: 'x' },
];

test('only what differs, unless asked', () => {
  const results = [result(8, 10), result(16, 20)];
  assert.deepEqual(settingRows(results, kFields, false), [
    { path: 'training.lora_rank', values: [8, 16], differs: true },
  ]);
  assert.deepEqual(
    settingRows(results, kFields, true).map(({ path }) => path),
    ['task', 'training.lora_rank', 'training.lora_target_modules'],
  );
});

test('terms in their order, those that only one has too', () => {
  const rows = termRows([result(8, 10), result(8, 10, [{ id: 'mystery', bytes: 5, formula: '' }])]);
  assert.deepEqual(rows, [
    { id: 'weights', bytes: [10, 10], differs: false },
    { id: 'logits', bytes: [1, 1], differs: false },
    { id: 'mystery', bytes: [undefined, 5], differs: true },
  ]);
});

test('the smallest total', () => {
  assert.equal(smallest([result(8, 10), result(8, 9)]), 1);
  assert.equal(smallest([result(8, 9), result(8, 9)]), -1);
  assert.equal(smallest([{ issues: [] }, result(8, 9)]), 1);
  assert.equal(smallest([]), -1);
});

test('pictures hold their colours and escape what people named', () => {
  const words = {
    title: '<script>&"',
    term: (id) => id,
    phase: (id) => id,
    bytes: (bytes) => `${bytes} B`,
    usable: '100 B',
  };
  for (const picture of [memoryPicture(result(8, 60), words), timelinePicture(result(8, 60), words)]) {
    assert.match(picture.svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="960"/);
    assert.ok(picture.svg.includes('&#60;script&#62;&#38;&#34;') && !picture.svg.includes('<script'));
    assert.ok(picture.svg.includes('#4e79a7') && !/var\(|NaN|undefined/.test(picture.svg));
    assert.ok(picture.height > 100);
  }
  const bar = memoryPicture(result(8, 59), words).svg;
  assert.match(bar, /width="538\.08" height="44" fill="#4e79a7"/); // 59 of 100 over 912 units
});
