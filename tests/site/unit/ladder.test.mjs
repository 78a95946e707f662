// Slider ladders, the range that fits, axis ticks, stacked areas, model search.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitOf, fitRange, shownBound } from '../../../site/src/fit.js';
import { makeLadder, positionOf, withValue } from '../../../site/src/ladder.js';

test('a bound is shown with three digits, and still holds', () => {
  assert.equal(shownBound(4.48283, Math.floor), 4.48);
  assert.equal(shownBound(4.48283, Math.ceil), 4.49);
  assert.equal(shownBound(0.000123456, Math.floor), 0.000123);
  assert.equal(shownBound(1234.5, Math.floor), 1230);
  assert.equal(shownBound(4035, Math.floor), 4035);
});

test('batch sizes are walked in ratios', () => {
  assert.deepEqual(makeLadder(1, 64, true), [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]);
});

test('context lengths are powers of two and their halves between', () => {
  const ladder = makeLadder(128, 1048576, true);
  assert.deepEqual(ladder.slice(0, 6), [128, 192, 256, 384, 512, 768]);
  assert.equal(ladder.at(-1), 1048576);
});

test('learning rates are walked by decades', () => {
  assert.deepEqual(
    makeLadder(1e-6, 1e-4, false),
    [1e-6, 1.5e-6, 2e-6, 3e-6, 5e-6, 7e-6, 1e-5, 1.5e-5, 2e-5, 3e-5, 5e-5, 7e-5, 1e-4],
  );
});

test('shares move in equal steps', () => {
  const ladder = makeLadder(0, 0.5, false);
  assert.equal(ladder.length, 101);
  assert.equal(ladder[1], 0.005);
});

test('shares that begin elsewhere still stop at round values', () => {
  assert.deepEqual(makeLadder(0.1, 1, false).slice(0, 3), [0.1, 0.11, 0.12]);
});

test('a scale that is no count is still walked in powers of two', () => {
  assert.deepEqual(makeLadder(1, 64, false), [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]);
});

test('every ladder rises from its least to its greatest value', () => {
  const ranges = [
    [1, 1024, true],
    [0, 3, true],
    [128, 131072, true],
    [0, 200, true],
    [1, 64, true],
    [1e-12, 100, false],
    [0.1, 1, false],
    [0, 1024, false],
    [2, 64, true],
    [5, 5, true],
  ];
  for (const [min, max, integer] of ranges) {
    const ladder = makeLadder(min, max, integer);
    assert.equal(ladder[0], min);
    assert.equal(ladder.at(-1), max);
    assert.ok(ladder.length <= 260, `${min}..${max}: ${ladder.length} steps`);
    for (let i = 1; i < ladder.length; i += 1)
      assert.ok(ladder[i] > ladder[i - 1] || min === max, `${min}..${max} at ${i}`);
    if (integer) assert.ok(ladder.every(Number.isInteger));
  }
});

test('a typed value stands on the ladder exactly', () => {
  const ladder = withValue([1, 2, 4, 8], 3);
  assert.deepEqual(ladder, [1, 2, 3, 4, 8]);
  assert.equal(positionOf(ladder, 3), 2);
  assert.deepEqual(withValue([1, 2], 7), [1, 2]);
  assert.equal(positionOf([1, 2, 4], 100), 2);
  assert.equal(positionOf([1, 2, 4], 3), 1.5);
});

test('the range that fits, as the engine gives it', () => {
  const range = { field: 'x', min: 1, max: 64, value: 1 };
  assert.deepEqual(fitRange({ ...range, fits_min: 2, fits_max: 7, likely_max: 5 }), {
    from: 2,
    comfortable: 5,
    limit: 7,
  });
  assert.deepEqual(fitRange({ ...range, fits_min: 1, fits_max: 7 }), { from: 1, comfortable: null, limit: 7 });
  assert.deepEqual(fitRange(range), { from: null, comfortable: null, limit: null });
});

const memory = (fields) => ({ issues: [], memory: { terms: [], total_bytes: 50, usable_bytes: 100, ...fields } });
const kFits = [
  ['well inside', memory({ fits: true }), 'fits'],
  ['near the limit', memory({ fits: true, total_bytes: 95 }), 'tight'],
  ['inside, but not surely', memory({ fits: true, fit_probability: 0.6 }), 'tight'],
  ['over', memory({ fits: false, total_bytes: 120 }), 'over'],
  ['no card', memory({ usable_bytes: undefined }), 'unknown'],
  ['no memory', { issues: [] }, 'unknown'],
];
for (const [name, result, expected] of kFits) {
  test(`fit: ${name}`, () => assert.equal(fitOf(result), expected));
}
