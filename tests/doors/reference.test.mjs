// The API reference made from headers and types: everything public is in it, with its words.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reference } from '../../scripts/api-reference.mjs';
import { load } from '../../wasm/vram.js';
import { kRoot } from './support.mjs';

test('every function of the module and every public header is in the reference', async () => {
  const text = reference();
  for (const name of Object.keys(await load())) assert.match(text, new RegExp(`readonly ${name}: `), name);
  const headers = readdirSync(join(kRoot, 'core/include/vram'));
  assert.ok(headers.length > 20);
  for (const header of headers) {
    const source = readFileSync(join(kRoot, 'core/include/vram', header), 'utf8');
    for (const [, name] of source.matchAll(/^(?:struct|class|enum class) (\w+)[^;]*\{/gm))
      assert.match(text, new RegExp(`(struct|class) ${name}\\b`), `${header}: ${name}`);
    for (const [, name] of source.matchAll(/^\[\[nodiscard\]\] [^(]*?(\w+)\(/gm))
      assert.match(text, new RegExp(`\\b${name}\\(`), `${header}: ${name}`);
  }
  assert.match(text, /One scenario in, one result out/);
});
