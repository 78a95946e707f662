// The decoder against what xz writes: data of every kind, long and short copies, all settings of the literal coder.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { unlzma } from '../../../site/src/widget/unlzma.js';

function lzma(data, options = 'preset=9e') {
  const { stdout, status, stderr } = spawnSync('xz', ['--format=lzma', `--lzma1=${options}`, '-c'], {
    input: data,
    maxBuffer: 2 ** 26,
  });
  assert.equal(status, 0, String(stderr));
  return stdout;
}
let seed = 7;
const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;

const kData = {
  'one byte': Buffer.from('x'),
  'one byte many times': Buffer.alloc(100_000, 'a'),
  text: readFileSync(new URL('../../../site/src/i18n/zh.json', import.meta.url)),
  noise: Buffer.from(Array.from({ length: 20_000 }, () => Math.floor(random() * 256))),
  'far repeats': Buffer.concat(
    Array.from({ length: 40 }, (_, i) =>
      Buffer.from(Array.from({ length: 5000 }, (_, j) => (j * 31 + (i % 7) * j) & 255)),
    ),
  ),
  'the engine': readFileSync(new URL('../../../wasm/dist/vram_module.wasm', import.meta.url)),
};
for (const [name, data] of Object.entries(kData)) {
  test(`comes back as it was: ${name}`, () => assert.ok(data.equals(unlzma(lzma(data), data.length))));
}

for (const options of ['preset=1', 'lc=0', 'lc=4', 'lc=0,lp=2', 'pb=0', 'pb=4', 'lc=1,lp=3,pb=1', 'dict=4KiB']) {
  test(`comes back with ${options}`, () =>
    assert.ok(kData.text.equals(unlzma(lzma(kData.text, options), kData.text.length))));
}

test('damaged data ends, in an error or in other bytes', () => {
  const packed = lzma(kData.text);
  for (let i = 0; i < 50; i += 1) {
    const damaged = Buffer.from(packed);
    damaged[13 + Math.floor(random() * (packed.length - 13))] ^= 1 + Math.floor(random() * 255);
    try {
      unlzma(damaged.subarray(0, i % 2 ? undefined : damaged.length / 2), kData.text.length);
    } catch (error) {
      assert.match(error.message, /damaged/);
    }
  }
});
