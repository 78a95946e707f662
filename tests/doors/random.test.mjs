// A short run of tests/random/compare.mjs; the long one and its figures: docs/reliability.md.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from '../random/compare.mjs';

test('5000 random scenarios: native and WebAssembly answer the same, byte for byte', async () => {
  const { differences, compared, refused, fits } = await compare(5000, 20261121);
  assert.deepEqual(differences, []);
  assert.equal(compared, 5000);
  // The requests are worth asking: most are answered, and both verdicts occur.
  assert.ok(
    refused > 100 && refused < 4000 && fits > 300 && compared - refused - fits > 300,
    JSON.stringify({ refused, fits }),
  );
});
