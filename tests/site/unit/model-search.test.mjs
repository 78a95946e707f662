// Models found by what people type.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ENDINGS, searchModels } from '../../../site/src/model-search.js';

const kModels = [
  { id: 'meta-llama/Llama-3.1-8B', name: 'Llama 3.1 8B', family: 'llama' },
  { id: 'Qwen/Qwen2.5-7B', name: 'Qwen2.5 7B', family: 'qwen' },
  { id: 'Qwen/Qwen2.5-VL-7B-Instruct', name: 'Qwen2.5-VL 7B Instruct', family: 'qwen' },
];
const found = (query) => searchModels(kModels, query).map((model) => model.name);

test('words in any order, anywhere', () => {
  assert.deepEqual(found('8b llama'), ['Llama 3.1 8B']);
  assert.deepEqual(found('QWEN 7b'), ['Qwen2.5 7B', 'Qwen2.5-VL 7B Instruct']);
  assert.equal(found('').length, 3);
  assert.deepEqual(found('phi'), []);
});

test('a tuned or packed checkpoint that is not there finds the model of its shape, one that is there itself', () => {
  assert.deepEqual(found('meta-llama/Llama-3.1-8B-Instruct'), ['Llama 3.1 8B']);
  assert.deepEqual(found('qwen2.5-7b-instruct-gptq-int4'), ['Qwen2.5 7B']);
  assert.deepEqual(found('llama 3.1 8b chat'), ['Llama 3.1 8B']);
  assert.deepEqual(found('qwen2.5-vl-7b-instruct'), ['Qwen2.5-VL 7B Instruct']);
  assert.deepEqual(found('phi-instruct'), []);
});

test('the engine knows the same endings', () => {
  const source = readFileSync(new URL('../../../core/src/catalog.cpp', import.meta.url), 'utf8');
  const list = /kEndings = \{([^}]*)\}/.exec(source)?.[1] ?? '';
  assert.deepEqual(
    [...list.matchAll(/"(\w+)"/g)].map(([, word]) => word),
    [...ENDINGS],
  );
});
