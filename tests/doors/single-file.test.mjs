// The page as one file, opened from disk: everything in it, policy by hashes.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { budgets, emptyFolder, kSite, launch, nativeAnswer, watch } from './support.mjs';

const kBuilt = join(kSite, 'vram-calculator.html');
const kAlone = join(emptyFolder(), 'vram-calculator.html'); // nothing beside it

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  copyFileSync(kBuilt, kAlone);
  browser = await launch();
});
after(() => browser.close());

test('the file stays within its budget, and its policy allows one script, one sheet and one host', () => {
  const size = statSync(kBuilt).size;
  assert.ok(size <= budgets.single_file_bytes, `${size} of ${budgets.single_file_bytes} bytes`);
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(readFileSync(kBuilt, 'utf8'))?.[1] ?? '';
  assert.match(policy, /^default-src 'none'; script-src 'sha256-[^']+' 'wasm-unsafe-eval'; style-src 'sha256-[^']+'; /);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'/);
  // Asked only for a model that a person names there.
  assert.deepEqual(policy.match(/https?:[^\s;]*/g), ['https://huggingface.co']);
});

test('from disk: numbers, every tab, the exact token count, Chinese, the link', async () => {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 1000 } });
  const page = await context.newPage();
  const problems = await watch(page);
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${pathToFileURL(kAlone)}#v=1&training.lora_rank=64`);
  await page.locator('verdict-panel h1').waitFor();
  const { memory } = nativeAnswer({
    model: 'meta-llama/Llama-3.1-8B',
    task: 'finetuning',
    training: { method: 'lora', micro_batch_size: 1, activation_checkpointing: 'full', lora_rank: 64 },
    hardware: { gpu: 'rtx-4090' },
  });
  assert.equal(Number(await page.locator('verdict-panel data#total').getAttribute('value')), memory.total_bytes);
  const open = (name) => page.getByRole('navigation').getByRole('button', { name }).click();
  await open('Accuracy');
  await page.locator('scatter-plot svg').waitFor();
  await open('Guide');
  await page.locator('guide-page textarea').first().fill('How many tokens is this?');
  await page.getByText('6 tokens', { exact: true }).waitFor();
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: '分享' }).waitFor();
  assert.deepEqual(
    asked.filter((url) => !url.startsWith('file:') && !url.startsWith('data:')),
    [],
  );
  assert.equal(asked.filter((url) => url.startsWith('file:')).length, 1, asked.join('\n'));
  assert.deepEqual([...problems, ...(await page.evaluate(() => globalThis.policyReports))], []);
  await context.close();
});
