// Presets, history, import, export and comparison: what a person does with scenarios, against the command line's numbers.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { estimateNatively, eventually, findViolations, settled, shownTotal, start } from '../support/page.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

const ask = (page, name) => page.locator('.row-of-links').getByRole('button', { name, exact: true }).click();
const number = (page, path) => page.locator(`[data-path="${path}"] input[type=text]`);
async function set(page, path, value) {
  await number(page, path).fill(String(value));
  await number(page, path).press('Enter');
  await settled(page);
}

test('a preset is taken with one click and undone with another', async () => {
  const { page, close } = await site.open();
  const before = await shownTotal(page);
  await ask(page, 'Presets');
  await page.getByRole('button', { name: 'Use QLoRA of a 70B model on a 48 GB card' }).click();
  const native = estimateNatively({
    model: 'meta-llama/Llama-3.1-70B',
    task: 'finetuning',
    training: {
      method: 'qlora',
      micro_batch_size: 1,
      sequence_length: 1024,
      optimizer: 'paged_adamw_8bit',
      activation_checkpointing: 'full',
    },
    hardware: { gpu: 'rtx-a6000' },
  });
  await eventually(async () => assert.equal(await shownTotal(page), native.memory.total_bytes));
  await page.locator('scenario-library dialog').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await eventually(async () => assert.equal(await shownTotal(page), before));
  await close();
});

/** Once the history in storage is one of so many, the newest of which holds a text. */
const recorded = (page, count, text) =>
  page.waitForFunction(
    ([count, text]) => {
      try {
        const entries = JSON.parse(localStorage.getItem('vram-calculator-history') ?? '[]');
        return entries.length === count && entries[0].hash.includes(text);
      } catch {
        return false; // what was there before
      }
    },
    [count, text],
  );

test('history: named, survives a reload, brings a scenario back; a drag is one entry', async () => {
  const { page, close } = await site.open();
  await recorded(page, 1, '');
  const first = await shownTotal(page);
  for (const batch of [2, 3, 4]) await set(page, 'training.micro_batch_size', batch);
  await recorded(page, 2, 'micro_batch_size=4');
  await page.reload();
  await page.locator('verdict-panel h1').waitFor();
  await set(page, 'training.lora_rank', 64); // a reload is no entry: this one is the third
  await recorded(page, 3, 'lora_rank=64');
  await ask(page, 'History');
  const entries = page.locator('scenario-library li');
  await entries.first().waitFor();
  assert.equal(await entries.count(), 3);
  assert.match(await entries.first().textContent(), /Llama-3\.1-8B · Fine-tuning · LoRA · RTX 4090/);
  await entries
    .last()
    .getByRole('button', { name: /^Rename/ })
    .click();
  await page.getByRole('textbox', { name: 'Name' }).fill('<b>the first</b>');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Use <b>the first</b>' }).click();
  await eventually(async () => assert.equal(await shownTotal(page), first));
  await close();
});

test('a broken history is an empty one', async () => {
  const { page, close } = await site.open({ init: () => localStorage.setItem('vram-calculator-history', '[{"name":') });
  await recorded(page, 1, '');
  await ask(page, 'History');
  const entries = page.locator('scenario-library li');
  await entries.first().waitFor();
  assert.equal(await entries.count(), 1);
  await page.locator('scenario-library').getByRole('button', { name: 'Remove all' }).click();
  await page.getByText('Nothing yet.').waitFor();
  await close();
});

test('import: a vLLM command line; what has no place is named', async () => {
  const { page, close } = await site.open();
  await ask(page, 'Import');
  await page
    .getByLabel('Text', { exact: true })
    .fill('vllm serve Qwen/Qwen2.5-7B --max-model-len 16384 --gpu-memory-utilization 0.9 --swap-space 4');
  await page.locator('scenario-library').getByRole('button', { name: 'Use', exact: true }).click();
  await page.getByText('except for --swap-space').waitFor();
  const native = estimateNatively({
    model: 'Qwen/Qwen2.5-7B',
    task: 'inference',
    inference: { engine: 'vllm', context_length: 16384, gpu_memory_utilization: 0.9 },
    hardware: { gpu: 'rtx-4090', gpus: 1 },
  });
  await eventually(async () => assert.equal(await shownTotal(page), native.memory.total_bytes));
  const total = await shownTotal(page);
  await page.getByLabel('Text', { exact: true }).fill('<script>alert(1)</script>');
  await page.locator('scenario-library').getByRole('button', { name: 'Use', exact: true }).click();
  await page.getByText('none of the kinds that can be read').waitFor();
  assert.equal(await shownTotal(page), total);
  await close();
});

test('export: a file is saved, and so is a picture', async () => {
  const { page, close } = await site.open();
  await ask(page, 'Export');
  await page.getByLabel('Format').selectOption('csv');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save memory.csv' }).click(),
  ]);
  const rows = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\r\n');
  assert.match(rows.at(-1), new RegExp(`^total,${await shownTotal(page)},`));
  for (const name of ['Memory bar as PNG', 'Timeline as PNG']) {
    const [picture] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
    const bytes = readFileSync(await picture.path());
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    assert.equal(bytes.readUInt32BE(16), 1920); // width, at twice the size
  }
  await close();
});

test('compare: two scenarios, the differing setting marked, the totals of the command line', async () => {
  const { page, close } = await site.open();
  await ask(page, 'Add to compare');
  await page.getByText('is in the comparison').waitFor();
  await set(page, 'training.lora_rank', 64);
  await page.getByRole('navigation').getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('button', { name: 'Add the present scenario' }).click();
  const totals = page.locator('compare-page tr.total data');
  const native = [64, 16].map(
    (rank) =>
      estimateNatively({
        model: 'meta-llama/Llama-3.1-8B',
        task: 'finetuning',
        training: { method: 'lora', micro_batch_size: 1, activation_checkpointing: 'full', lora_rank: rank },
        hardware: { gpu: 'rtx-4090' },
      }).memory.total_bytes,
  );
  await eventually(async () =>
    assert.deepEqual(await totals.evaluateAll((cells) => cells.map((cell) => Number(cell.value))), native),
  );
  const differing = await page.locator('compare-page tr[data-differs]').allTextContents();
  assert.ok(
    differing.some((text) => /LoRA rank\s*64\s*16/.test(text)),
    differing.join('\n'),
  );
  assert.ok(!differing.some((text) => /Micro-batch/.test(text)));
  assert.deepEqual(await findViolations(page), []);
  await page.getByRole('button', { name: /^Open/ }).last().click();
  await eventually(async () => assert.equal(await shownTotal(page), native[1]));
  await close();
});

for (const view of ['Presets', 'Import', 'Export']) {
  test(`axe: ${view}`, async () => {
    const { page, close } = await site.open({ context: { colorScheme: 'dark' } });
    await ask(page, view);
    await page.getByRole('heading', { name: view }).waitFor();
    assert.deepEqual(await findViolations(page), []);
    await page.keyboard.press('Escape');
    await page.locator('scenario-library dialog').waitFor({ state: 'hidden' });
    await close();
  });
}
