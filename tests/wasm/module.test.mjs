// The built module, called the way the page and Node programs call it.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';

import { load } from 'vram-calculator';

const kRepository = new URL('../../', import.meta.url);

/** @type {import('vram-calculator').Vram} */
let vram;
before(async () => {
  vram = await load();
});

test('the functions are frozen', () => {
  assert.deepEqual(Object.keys(vram), ['estimate', 'estimateText', 'advise', 'catalog', 'documented', 'fitRanges', 'plan', 'readLog', 'readTensorFile', 'recommend', 'solve', 'sweep', 'tool', 'tools', 'version']);
  assert.ok(Object.isFrozen(vram));
});

test('the version is the one that project() states', async () => {
  const cmake = await readFile(new URL('CMakeLists.txt', kRepository), 'utf8');
  const [, version] = cmake.match(/project\(vram_calculator VERSION ([0-9.]+)/) ?? [];
  assert.ok(version);
  assert.equal(vram.version(), version);
});

test('the file may be given as address, bytes or compiled module', async () => {
  const url = new URL('wasm/dist/vram_module.wasm', kRepository);
  const bytes = await readFile(url);
  const compiled = await WebAssembly.compile(bytes);
  for (const wasm of [url, url.href, bytes, compiled]) {
    assert.equal((await load({ wasm })).version(), vram.version());
  }
});

test('a file that is not there or not WebAssembly is an error of load', async () => {
  await assert.rejects(load({ wasm: new URL('no-such-file.wasm', import.meta.url) }), { code: 'ENOENT' });
  await assert.rejects(load({ wasm: new Uint8Array([1, 2, 3, 4]) }), WebAssembly.CompileError);
});

const kBadRequests = {
  'empty text': '',
  'a space': ' ',
  'broken JSON': '{"model": ',
  'two values': '{} {}',
  'not an object': '[1, 2]',
  'NaN': '{"model": NaN}',
  'a number for the model': '{"model": 7}',
  'an unknown model': '{"model": "nobody/no-such-model"}',
  'a zero byte': '{"model": "a\u0000b"}',
  'an escaped zero byte': '{"model": "a\\u0000b"}',
  'half a surrogate pair': '{"model": "\ud800"}',
  'an escaped half of a surrogate pair': '{"model": "\\ud800"}',
  'a number beyond doubles': '{"model": "meta-llama/Llama-3.1-8B", "hardware": {"gpus": 1e999}}',
  'a megabyte of nesting': '['.repeat(1 << 20),
  'a megabyte of closed nesting': '{"model":' + '['.repeat(1 << 19) + ']'.repeat(1 << 19) + '}',
};

for (const [name, request] of Object.entries(kBadRequests)) {
  test(`bad input gives an issue that says what is wrong: ${name}`, () => {
    const { issues } = JSON.parse(vram.estimateText(request));
    const errors = issues.filter((/** @type {{severity: string}} */ issue) => issue.severity === 'error');
    assert.notEqual(errors.length, 0);
    for (const { code, field, message } of errors) {
      assert.match(code, /^[a-z0-9_]+$/);
      assert.equal(typeof field, 'string');
      assert.ok(message.length > 10, message);
    }
  });
}

test('the module works on after bad input', () => {
  for (const request of Object.values(kBadRequests)) vram.estimateText(request);
  assert.equal(vram.version(), vram.version());
  const result = vram.estimate({ model: 'meta-llama/Llama-3.1-8B', task: 'inference' });
  assert.deepEqual(result.issues.filter(({ severity }) => severity === 'error'), []);
  assert.equal(result.model?.parameters, 8030261248);
});

test('values that JSON has no word for are issues, not silence', () => {
  for (const model of [undefined, NaN, Infinity]) {
    // @ts-expect-error what a careless caller does
    assert.equal(vram.estimate({ model }).issues[0]?.severity, 'error');
  }
  // @ts-expect-error likewise
  assert.equal(vram.estimate(undefined).issues[0]?.severity, 'error');
});

/** @type {import('vram-calculator').Scenario} */
const kFineTuning = { model: 'meta-llama/Llama-3.1-8B', task: 'finetuning', training: { method: 'lora' }, hardware: { gpu: 'rtx-4090' } };

test('the ranges of twelve sliders come in a millisecond', () => {
  const { ranges = [] } = vram.fitRanges({ scenario: kFineTuning });
  const fields = ranges.slice(0, 12).map(({ field }) => field);
  assert.equal(fields.length, 12);
  const request = { scenario: kFineTuning, fields };
  const times = Array.from({ length: 60 }, () => {
    const start = performance.now();
    vram.fitRanges(request);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  assert.ok(/** @type {number} */ (times[10]) <= 1, `${times[10]} ms`);
  const batch = ranges.find(({ field }) => field === 'training.micro_batch_size');
  const sequence = ranges.find(({ field }) => field === 'training.sequence_length');
  assert.ok(batch?.fits_max === undefined || batch.fits_max < batch.max);
  assert.ok(/** @type {number} */ (sequence?.likely_max) <= /** @type {number} */ (sequence?.fits_max));
});

test('the cards of the whole catalog are judged in twenty milliseconds', () => {
  const request = { scenario: { model: 'meta-llama/Llama-3.1-8B' }, limit: 5 };
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    vram.recommend(request);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  assert.ok(/** @type {number} */ (times[5]) <= 20, `${times[5]} ms`);
  const { recommendations = [] } = vram.recommend(request);
  assert.equal(recommendations.length, 5);
  assert.equal(recommendations[0]?.level, 'excellent');
});

test('advice and the smallest set that fits come in twenty milliseconds', () => {
  const request = { scenario: { model: 'meta-llama/Llama-3.1-8B', task: /** @type {const} */ ('finetuning'), training: { micro_batch_size: 8 }, hardware: { gpu: 'rtx-4090' } } };
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    vram.advise(request);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  assert.ok(/** @type {number} */ (times[5]) <= 20, `${times[5]} ms`);
  const { suggestions = [], smallest_set } = vram.advise(request);
  assert.ok(suggestions.length >= 3);
  assert.ok(smallest_set?.found);
});

test('solve finds the last batch that fits', () => {
  const { solutions = [] } = vram.solve({ scenario: { ...kFineTuning, training: { method: 'qlora' } }, targets: ['batch'] });
  const [solution] = solutions;
  assert.ok(solution?.found);
  const fits = (/** @type {number} */ micro_batch_size) => vram.estimate({ ...kFineTuning, training: { method: 'qlora', micro_batch_size } }).memory?.fits;
  assert.equal(fits(/** @type {number} */ (solution.value)), true);
  assert.equal(fits(/** @type {number} */ (solution.value) + 1), false);
});

test('a sweep is a typed array with a row per value', () => {
  const values = [128, 1024, 4096];
  const { columns, numbers, issues } = vram.sweep({ scenario: kFineTuning, field: 'training.sequence_length', values });
  assert.deepEqual(issues, []);
  assert.ok(numbers instanceof Float64Array);
  assert.equal(numbers.length, columns.length * values.length);
  const total = columns.indexOf('total_bytes');
  values.forEach((sequence_length, row) => {
    const { memory } = vram.estimate({ ...kFineTuning, training: { method: 'lora', sequence_length } });
    assert.equal(numbers[row * columns.length + total], memory?.total_bytes);
  });
});

const kFixtures = new URL('../fixtures/', import.meta.url);

test('a pasted log is read, and set against a scenario', () => {
  const log = readFileSync(new URL('logs/vllm-phi4-gptq.txt', kFixtures), 'utf8');
  const alone = vram.readLog(log);
  assert.equal(alone.kind, 'vllm');
  assert.equal(alone.comparison, undefined);
  assert.deepEqual(alone.issues, []);
  const scenario = { model: 'microsoft/phi-4', inference: { engine_version: '0.7', quantization: 'gptq', context_length: 2048 }, hardware: { gpu: 'h100-sxm5-80gb' } };
  const { comparison = [], changes } = vram.readLog(log, scenario);
  const pool = comparison.find(({ id }) => id === 'kv_pool_bytes');
  assert.ok(pool?.corrected !== undefined && Math.abs(pool.corrected / pool.measured - 1) < 0.01);
  assert.deepEqual(/** @type {any} */ (changes).hardware, { memory_gib: 79.25, non_torch_gib: 0.26, graph_gib: 0.27 });
  assert.equal(vram.readLog('nothing').issues[0]?.code, 'log_not_recognised');
  // @ts-expect-error what a careless caller does
  assert.equal(vram.readLog(undefined).issues[0]?.code, 'missing_field');
});

test('the header of a weight file becomes a model', () => {
  for (const name of ['dense.gguf', 'mixed.safetensors']) {
    const bytes = new Uint8Array(readFileSync(new URL(`headers/${name}`, kFixtures)));
    const { model, file, issues } = vram.readTensorFile(bytes, { file_bytes: bytes.length });
    assert.deepEqual(issues, []);
    assert.ok(model && file && file.bytes > 0);
    assert.deepEqual(vram.estimate({ model }).issues.filter(({ severity }) => severity === 'error'), []);
    assert.ok(/** @type {number} */ (vram.readTensorFile(bytes.subarray(0, 100)).more_bytes_needed) > 0);
    const [issue] = vram.readTensorFile(bytes.subarray(0, 100), { file_bytes: 100, language: 'zh' }).issues;
    assert.match(issue?.message ?? '', /\p{Script=Han}/u);
  }
});
