// Which files are taken as a model, and what is said about the others.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_CONFIG_BYTES, readConfigText, readModelFile } from '../../../site/src/import-model.js';

const file = (content, name = 'config.json') => new File([content], name);

test('a config.json becomes a model, named as it names itself', async () => {
  const config = { _name_or_path: 'me/mine', hidden_size: 64 };
  assert.deepEqual(await readModelFile(file(JSON.stringify(config))), { model: { config }, name: 'me/mine' });
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
  ['GGUF', file('GGUF\x03\0\0\0', 'model.gguf'), 'gguf'],
  ['safetensors', file(safetensors, 'model.safetensors'), 'safetensors'],
  ['a picture', file(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 4, 5]), 'a.png'), 'not_text'],
  ['a huge file', file(' '.repeat(MAX_CONFIG_BYTES + 1)), 'too_large'],
  ['nesting without end', file('['.repeat(200_000)), 'not_json'],
];
for (const [name, given, code] of kRefused) {
  test(`refused: ${name}`, () => assert.rejects(readModelFile(given), { code }));
}
