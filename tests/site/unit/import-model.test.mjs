// Which files are taken as a model, and what is said about the others.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from '../../../wasm/vram.js';
import { MAX_CONFIG_BYTES, readConfigText, readModelFile } from '../../../site/src/import-model.js';

const vram = await load();
const readHeader = (prefix, fileBytes) => vram.readTensorFile(prefix, { file_bytes: fileBytes });
const header = (name) => readFileSync(new URL(`../../fixtures/headers/${name}`, import.meta.url));

const file = (content, name = 'config.json') => new File([content], name);

test('a config.json becomes a model, named as it names itself', async () => {
  const config = { _name_or_path: 'me/mine', hidden_size: 64 };
  assert.deepEqual(await readModelFile(file(JSON.stringify(config)), readHeader), { model: { config }, name: 'me/mine' });
});

test('a config.json without a name is called as its file', () => {
  assert.equal(readConfigText('{"hidden_size":64}', 'config.json').name, 'config.json');
});

const safetensors = new Uint8Array(16);
safetensors.set([200, 1]);
safetensors[8] = 0x7b;
const kRefused = [
  ['broken JSON', file('{"hidden_size": 64'), 'not_json'],
  ['an empty file', file(''), 'not_json'],
  ['a list', file('[1, 2]'), 'not_object'],
  ['null', file('null'), 'not_object'],
  ['a page saved in place of the file', file('<!doctype html><title>404</title>'), 'not_json'],
  ['GGUF that ends at once', file('GGUF\x03\0\0\0', 'model.gguf'), 'rejected'],
  ['safetensors that ends at once', file(safetensors, 'model.safetensors'), 'rejected'],
  ['GGUF cut in its header', file(header('dense.gguf').subarray(0, 300), 'model.gguf'), 'rejected'],
  ['a picture', file(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 4, 5]), 'a.png'), 'not_text'],
  ['a huge file', file(' '.repeat(MAX_CONFIG_BYTES + 1)), 'too_large'],
  ['nesting without end', file('['.repeat(200_000)), 'not_json'],
];
for (const [name, given, code] of kRefused) {
  test(`refused: ${name}`, () => assert.rejects(readModelFile(given, readHeader), { code }));
}

/** A file far larger than memory, whose first bytes are `start`; remembers how far it was read. */
function hugeFile(name, start, size) {
  const reads = [];
  const slice = (from, to) => {
    reads.push(to);
    const bytes = new Uint8Array(to - from);
    bytes.set(start.subarray(from, to));
    return new Blob([bytes]);
  };
  return { name, size, slice, reads };
}

for (const name of ['dense.gguf', 'mixed.safetensors']) {
  test(`${name}: only the header is read, and the engine takes the model`, async () => {
    const given = hugeFile(name, header(name), 40e9);
    const { model } = await readModelFile(given, readHeader);
    assert.ok(Math.max(...given.reads) <= 4 * 2 ** 20, `${given.reads}`);
    assert.ok(model.tensors.length > 0);
    assert.ok(JSON.stringify(model).length < 16_000);
    const { issues } = vram.estimate({ model, task: 'inference' });
    assert.deepEqual(issues.filter(({ severity }) => severity === 'error'), []);
  });
}

test('a header longer than the first read is read on', async () => {
  const padding = 6 * 2 ** 20;
  const json = JSON.stringify({ w: { dtype: 'F16', shape: [8, 8], data_offsets: [0, 128] } }).padEnd(padding, ' ');
  const start = new Uint8Array(8 + padding + 128);
  new DataView(start.buffer).setBigUint64(0, BigInt(padding), true);
  start.set(new TextEncoder().encode(json), 8);
  const given = hugeFile('long.safetensors', start, start.length);
  const { model } = await readModelFile(given, readHeader);
  assert.equal(model.tensors[0].bytes, 128);
  assert.deepEqual(given.reads.slice(1), [4 * 2 ** 20, 8 + padding]);
});
