// What the tests of the other doors share: folders that go away, programs that must succeed, a browser.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export { answered, complete, eventually, launch, watch } from '../site/support/page.mjs';
export { serve } from '../site/support/server.mjs';

export const kRoot = fileURLToPath(new URL('../../', import.meta.url));
export const kSite = process.env.VRAM_SITE ?? join(kRoot, 'site/dist');
export const kCli = process.env.VRAM_CLI ?? join(kRoot, 'build/native/bin/vram-calculator');
export const budgets = JSON.parse(readFileSync(join(kRoot, 'tests/site/budgets.json'), 'utf8'));

/** An empty folder that is gone after the tests of this file. */
export function emptyFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'vram-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Standard output of a program; its failure is the test's. @param {string} program @param {readonly string[]} words @param {import('node:child_process').SpawnSyncOptions} [options] */
export function run(program, words, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...options,
  });
  if (error) throw error;
  assert.equal(status, 0, `${program} ${words.join(' ')}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  return stdout;
}

/** A run that every door is asked about. */
export const kScenario = {
  model: 'meta-llama/Llama-3.1-8B',
  task: 'finetuning',
  training: { method: 'lora', micro_batch_size: 1, sequence_length: 2048 },
  hardware: { gpu: 'rtx-4090' },
};

/** What the native command line answers to it. @param {object} [scenario] */
export function nativeAnswer(scenario = kScenario) {
  return JSON.parse(run(kCli, ['estimate', '--json', '-'], { input: JSON.stringify(scenario) }));
}
