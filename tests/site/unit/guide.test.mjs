// Rules of thumb of the Guide tab, and the exact token count.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as guide from '../../../site/src/guide-data.js';
import { countTokens } from '../../../site/src/token-count.js';

test('classes have no gaps', () => {
  assert.deepEqual([1e8, 1e9, 9.9e9, 1e10, 7e10, 1e12].map(guide.sizeClass), [
    'tiny',
    'small',
    'small',
    'medium',
    'large',
    'huge',
  ]);
  assert.deepEqual([150, 100, 99, 20, 10, 9, 0.1].map(guide.speedClass), [
    'instant',
    'instant',
    'fast',
    'fluent',
    'slow',
    'tedious',
    'tedious',
  ]);
});

test('sizes', () => {
  assert.equal(guide.weightBytes(8e9, 'bf16'), 16e9);
  assert.equal(guide.weightBytes(8e9, 'int4'), 4.5e9);
  const largest = guide.largestModel(24, 'bf16');
  assert.ok(Math.abs(guide.weightBytes(largest, 'bf16') - 0.75 * 24 * 2 ** 30) < 1);
  assert.deepEqual(guide.storage(1e9), {
    weights: 2e9,
    packed: 5.625e8,
    checkpoint: 14e9,
    loading: 2.4e9,
    offload: 12e9,
  });
  assert.equal(guide.datasetBytes(1000, 50_000), 2000);
  assert.equal(guide.datasetBytes(1000, 128_256), 4000);
});

test('the simplest way to quantize that is good enough', () => {
  const choose = (bits, hasText, canTrain) => guide.chooseQuantization({ bits, hasText, canTrain });
  assert.equal(choose(8, true, true), 'post_training');
  assert.equal(choose(4, true, true), 'calibrated');
  assert.equal(choose(4, false, true), 'post_training');
  assert.equal(choose(2, true, true), 'aware');
  assert.equal(choose(2, true, false), 'calibrated');
});

test('tokens are counted as cl100k does, special names as text', () => {
  assert.equal(countTokens('hello world'), 2);
  assert.equal(countTokens(''), 0);
  assert.equal(countTokens('tiktoken is great!'), 6);
  assert.ok(countTokens('<|endoftext|>') > 1);
});
