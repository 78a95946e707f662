// Random requests to the native command line and to the WebAssembly module: both answers must be the same text.
// Usage: node tests/random/compare.mjs [count] [seed]
// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from '../../wasm/vram.js';
import { requests } from './scenarios.mjs';

const kBatch = 10_000;
const kCli = process.env.VRAM_CLI ?? fileURLToPath(new URL('../../build/native/bin/vram-calculator', import.meta.url));

/** @param {number} count @param {number} seed @param {(done: number) => void} [progress] */
export async function compare(count, seed, progress = () => {}) {
  const vram = await load();
  const next = requests(seed, vram);
  const folder = mkdtempSync(join(tmpdir(), 'vram-random-'));
  const [asked, answered] = [join(folder, 'asked.jsonl'), join(folder, 'answered.jsonl')];
  const figures = {
    count,
    seed,
    compared: 0,
    refused: 0,
    fits: 0,
    bytes: 0,
    native_seconds: 0,
    wasm_seconds: 0,
    differences: /** @type {{ request: string, native: string, wasm: string }[]} */ ([]),
  };
  try {
    while (figures.compared < count) {
      const lines = Array.from({ length: Math.min(kBatch, count - figures.compared) }, next);
      writeFileSync(asked, lines.map((line) => `${line}\n`).join(''));
      let began = performance.now();
      const { status, signal, stderr } = spawnSync(
        'sh',
        ['-c', `exec "${kCli}" estimate --jsonl "${asked}" >"${answered}"`],
        { encoding: 'utf8' },
      );
      figures.native_seconds += (performance.now() - began) / 1000;
      if (signal || (status !== 0 && status !== 2))
        throw new Error(`the command line ended with ${signal ?? status}: ${stderr}`);
      const native = readFileSync(answered, 'utf8').split('\n');
      began = performance.now();
      const wasm = lines.map((line) => vram.estimateText(line));
      figures.wasm_seconds += (performance.now() - began) / 1000;
      lines.forEach((request, i) => {
        const [ours, theirs] = [native[i] ?? '', wasm[i] ?? ''];
        figures.refused += ours.includes('"severity":"error"') ? 1 : 0;
        figures.fits += ours.includes('"fits":true') ? 1 : 0;
        figures.bytes += ours.length;
        if (ours !== theirs && figures.differences.length < 5)
          figures.differences.push({ request, native: ours, wasm: theirs });
      });
      figures.compared += lines.length;
      progress(figures.compared);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return figures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = 1_000_000, seed = 1] = process.argv.slice(2).map(Number);
  const { differences, ...figures } = await compare(count, seed, (done) => process.stderr.write(`\r${done}`));
  process.stderr.write('\n');
  console.log(JSON.stringify(figures, null, 2));
  for (const difference of differences) console.log(difference);
  process.exitCode = differences.length > 0 ? 1 : 0;
}
