// State to link and back, and what a hostile link cannot do.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHash, MAX_HASH, readValues, toHash } from '../../../site/src/permalink.js';

const kFields = [
  { path: 'model', type: 'model' },
  { path: 'task', type: 'enum', values: ['inference', 'pretraining', 'finetuning'], default: 'inference' },
  { path: 'training.method', type: 'enum', values: ['full', 'lora'], default: 'full' },
  { path: 'training.micro_batch_size', type: 'integer', min: 1, max: 1024, default: 4 },
  { path: 'training.learning_rate', type: 'number', min: 1e-6, max: 0.1, default: 2e-5 },
  { path: 'training.lora_fp32', type: 'boolean', default: true },
  { path: 'training.lora_target_modules', type: 'list', values: ['q_proj', 'v_proj'], default: ['q_proj', 'v_proj'] },
  { path: 'inference.quantization', type: 'string', values: ['none', 'awq'], default: 'none' },
  { path: 'hardware.gpu', type: 'string' },
];

test('the state as the page opens needs no hash', () => {
  assert.deepEqual(toHash({}, kFields), { hash: '', complete: true });
  assert.equal(toHash({ 'training.micro_batch_size': 1, 'hardware.gpu': 'rtx-4090' }, kFields).hash, '');
});

test('only what differs is written, under readable keys, with a version', () => {
  const { hash } = toHash({ 'training.micro_batch_size': 8, model: 'Qwen/Qwen2.5-7B' }, kFields);
  assert.equal(hash, 'v=1&model=Qwen/Qwen2.5-7B&training.micro_batch_size=8');
});

const kRoundTrips = [
  ['a number', { 'training.learning_rate': 1e-7 }],
  ['a default of the engine that the page opens differently', { 'training.method': 'full' }],
  ['no', { 'training.lora_fp32': false }],
  ['a list', { 'training.lora_target_modules': ['q_proj'] }],
  ['an empty list', { 'training.lora_target_modules': [] }],
  ['a format that is not among those offered', { 'inference.quantization': 'gptq-8bit-g64' }],
  ['a model with & = # % in its name', { model: 'a&b=c#d%/é模型' }],
  ['a config.json', { model: { config: { hidden_size: 64, rope: { type: 'x & y' }, list: [1, null, 'é'] } } }],
];
for (const [name, values] of kRoundTrips) {
  test(`round trip: ${name}`, () => {
    const { hash, complete } = toHash(values, kFields);
    assert.equal(complete, true);
    assert.deepEqual(fromHash(`#${hash}`, kFields), { values, rejected: [] });
  });
}

test('a model too large for a link is left out and said so', () => {
  const values = { model: { config: { padding: 'x'.repeat(MAX_HASH) } }, 'training.micro_batch_size': 2 };
  assert.deepEqual(toHash(values, kFields), { hash: 'v=1&training.micro_batch_size=2', complete: false });
});

const kHostile = [
  ['unknown keys are ignored', 'v=9&colour=red&training.nonsense=1', {}, []],
  ['a prototype is not a field', '__proto__.polluted=1&constructor=1&__proto__=1', {}, []],
  ['a word for a number', 'training.micro_batch_size=many', {}, ['training.micro_batch_size']],
  ['NaN', 'training.micro_batch_size=NaN', {}, ['training.micro_batch_size']],
  ['infinity', 'training.learning_rate=1e999', {}, ['training.learning_rate']],
  ['hexadecimal', 'training.micro_batch_size=0x10', {}, ['training.micro_batch_size']],
  ['a fraction of a sequence', 'training.micro_batch_size=1.5', {}, ['training.micro_batch_size']],
  ['beyond exact integers', 'training.micro_batch_size=9007199254740993', {}, ['training.micro_batch_size']],
  ['an unknown choice', 'task=world-domination', {}, ['task']],
  ['a broken escape', 'task=%E0%A4%A', {}, ['task']],
  [
    'markup is text',
    'hardware.gpu=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E',
    { 'hardware.gpu': '<img src=x onerror=alert(1)>' },
    [],
  ],
  ['a long name', `hardware.gpu=${'x'.repeat(300)}`, {}, ['hardware.gpu']],
  ['broken JSON', 'model={"config":', {}, ['model']],
  ['deep JSON', `model=${'{"a":'.repeat(50)}1${'}'.repeat(50)}`, {}, ['model']],
  ['a list of numbers', 'training.lora_target_modules=[1,2]', {}, ['training.lora_target_modules']],
  ['no value', 'task=', {}, ['task']],
  ['no equals sign', 'task', {}, []],
  ['only separators', '&&==&&=&', {}, []],
  ['out of range is for the engine to judge', 'training.micro_batch_size=-5', { 'training.micro_batch_size': -5 }, []],
];
for (const [name, hash, values, rejected] of kHostile) {
  test(`hostile: ${name}`, () => {
    assert.deepEqual(fromHash(hash, kFields), { values, rejected });
    assert.equal({}.polluted, undefined);
  });
}

test('a hash longer than any of ours is not read', () => {
  assert.deepEqual(fromHash(`task=inference&x=${'y'.repeat(MAX_HASH)}`, kFields), { values: {}, rejected: ['#'] });
});

test('stored values are read as those of a link are, but for the size of a model', () => {
  const model = { config: { text: 'x'.repeat(2 * MAX_HASH) } };
  const good = {
    model,
    task: 'pretraining',
    'training.learning_rate': 0.001,
    'training.lora_target_modules': ['q_proj'],
  };
  assert.deepEqual(readValues(good, kFields), good);
  assert.deepEqual(readValues({ model: 7, task: 7, 'training.lora_rank': 'x', 'no.such': 1 }, kFields), {});
});
