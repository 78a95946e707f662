// A model described by family and size, or named on Hugging Face: what is asked, what is refused.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchConfig, hubId, HubError } from '../../../site/src/hub.js';
import { dimensionsOf, familyModel } from '../../../site/src/own-model.js';
import { load } from '../../../wasm/vram.js';

test('what is left empty is solved for, what is given is taken', async () => {
  const entries = { parameters: '13B', num_hidden_layers: '40' };
  const { model } = familyModel('llama', (name) => entries[name] ?? '');
  assert.deepEqual(model, { family: 'llama', parameters: 13e9, num_hidden_layers: 40 });
  const result = (await load()).estimate({ model });
  assert.equal(result.model.parameters, 13e9);
  assert.equal(result.model.num_hidden_layers, 40);
});

test('what is no number is named', () => {
  assert.deepEqual(
    familyModel('llama', (name) => (name === 'hidden_size' ? 'wide' : '')),
    { mistyped: 'wide' },
  );
  assert.deepEqual(
    familyModel('llama', (name) => (name === 'parameters' ? '-7B' : '')),
    { mistyped: '-7B' },
  );
});

test('only dimensions that a kind has are asked for', () => {
  assert.ok(dimensionsOf('moe').includes('num_experts'));
  assert.ok(!dimensionsOf('dense').includes('num_experts'));
  assert.deepEqual(dimensionsOf('cnn'), ['image_size']);
});

test('an id, or the address of its page', () => {
  assert.equal(hubId(' Qwen/Qwen3-8B '), 'Qwen/Qwen3-8B');
  assert.equal(hubId('https://huggingface.co/Qwen/Qwen3-8B/tree/main?x=1'), 'Qwen/Qwen3-8B');
  for (const bad of [
    '',
    'Qwen',
    '../../etc/passwd',
    'a/..',
    'https://evil.example/a/b',
    'a/b<script>',
    `a/${'b'.repeat(97)}`,
  ])
    assert.equal(hubId(bad), '', bad);
});

const answer =
  (status, body = '', headers = {}) =>
  async () =>
    new Response(body, { status, headers });

test('one file from one place, without anything about the reader', async () => {
  const asked = [];
  const model = await fetchConfig('Qwen/Qwen3-8B', async (url, options) => {
    asked.push([url, options.credentials, options.referrerPolicy]);
    return new Response('{"model_type":"qwen3"}');
  });
  assert.deepEqual(asked, [['https://huggingface.co/Qwen/Qwen3-8B/resolve/main/config.json', 'omit', 'no-referrer']]);
  assert.deepEqual(model, { config: { model_type: 'qwen3', _name_or_path: 'Qwen/Qwen3-8B' } });
});

test('each way to fail has its own message', async () => {
  const code = (get, id = 'a/b') =>
    fetchConfig(id, get).then(
      () => 'taken',
      (error) => (error instanceof HubError ? error.code : error.code),
    );
  assert.equal(await code(answer(200), 'nothing'), 'bad_id');
  assert.equal(await code(() => Promise.reject(new TypeError('network'))), 'offline');
  assert.equal(await code(answer(404)), 'missing');
  assert.equal(await code(answer(401)), 'closed');
  assert.equal(await code(answer(500)), 'refused');
  assert.equal(await code(answer(200, '{}', { 'content-length': '99999999' })), 'refused');
  assert.equal(await code(answer(200, '<html>')), 'not_json');
});
