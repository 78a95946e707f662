// The main job: a real config.json, a slider dragged with the mouse, and the very number the command line gives.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { complete, estimateNatively, eventually, settled, shownTotal, start } from '../support/page.mjs';

const kConfig = fileURLToPath(new URL('../fixtures/qwen2.5-7b/config.json', import.meta.url));
const kStart = {
  model: 'meta-llama/Llama-3.1-8B',
  task: 'finetuning',
  training: { method: 'lora', micro_batch_size: 1, activation_checkpointing: 'full' },
  hardware: { gpu: 'rtx-4090' },
};

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

const control = (page, path) => page.locator(`[data-path="${path}"]`);
const slider = (page, path) => control(page, path).locator('input[type=range]');
const number = (page, path) => control(page, path).locator('input[type=text]');
const valueOf = async (page, path) => Number((await number(page, path).inputValue()).replace(/\D/g, ''));

/** Drags a slider to a share of its width, a step at a time. */
async function drag(page, path, to, { release = true } = {}) {
  await complete(page); // what comes later moves what stands below it
  const box = await slider(page, path).boundingBox();
  const y = box.y + box.height / 2;
  const range = await slider(page, path).evaluate((input) => Number(input.value) / Number(input.max));
  const at = (share) => box.x + 9 + share * (box.width - 18);
  await page.mouse.move(at(range), y);
  await page.mouse.down();
  for (let i = 1; i <= 12; i += 1) await page.mouse.move(at(range + ((to - range) * i) / 12), y);
  if (release) await page.mouse.up();
  await settled(page);
}

async function assertAgrees(page, scenario) {
  const native = estimateNatively(scenario);
  assert.ok(native.memory, JSON.stringify(native.issues));
  await eventually(async () => assert.equal(await shownTotal(page), native.memory.total_bytes));
  const shown = await page
    .locator('breakdown-table tbody tr[data-term]')
    .evaluateAll((rows) => rows.map((row) => [row.dataset.term, Number(row.querySelector('data').value)]));
  assert.deepEqual(
    Object.fromEntries(shown),
    Object.fromEntries(native.memory.terms.map((term) => [term.id, term.bytes])),
  );
}

test('the page opens with the number of the command line', async () => {
  const { page, close } = await site.open();
  await assertAgrees(page, kStart);
  await close();
});

test('a real config.json, the batch slider dragged with the mouse: the same bytes as natively', async () => {
  const { page, close } = await site.open();
  await page.locator('#model-file').setInputFiles(kConfig);
  const config = JSON.parse(readFileSync(kConfig, 'utf8'));
  await assertAgrees(page, { ...kStart, model: { config } });
  const before = await shownTotal(page);
  await drag(page, 'training.micro_batch_size', 0.6);
  const batch = await valueOf(page, 'training.micro_batch_size');
  assert.ok(batch > 1, `batch ${batch}`);
  await assertAgrees(page, { ...kStart, model: { config }, training: { ...kStart.training, micro_batch_size: batch } });
  assert.ok((await shownTotal(page)) > before);
  await close();
});

test('the number moves while the mouse is still down, with the previous bar as a ghost', async () => {
  const { page, close } = await site.open();
  const before = await shownTotal(page);
  await drag(page, 'training.micro_batch_size', 0.7, { release: false });
  await settled(page);
  await eventually(async () => assert.notEqual(await shownTotal(page), before));
  await page.locator('verdict-panel memory-bar .ghost[data-shown]').waitFor();
  assert.equal(new URL(page.url()).hash, '');
  await page.mouse.up();
  await eventually(async () => assert.equal(await page.locator('memory-bar .ghost[data-shown]').count(), 0));
  await eventually(async () => assert.match(page.url(), /#v=1&training\.micro_batch_size=\d+$/));
  await close();
});

test('a drag is one undo step, by button and by keyboard', async () => {
  const { page, close } = await site.open();
  const before = await shownTotal(page);
  await drag(page, 'training.micro_batch_size', 0.6);
  const batch = await valueOf(page, 'training.micro_batch_size');
  const dragged = { ...kStart, training: { ...kStart.training, micro_batch_size: batch } };
  assert.ok(batch > 1, `batch ${batch}`);
  await assertAgrees(page, dragged);
  const shows = (total) => eventually(async () => assert.equal(await shownTotal(page), total));
  await page.getByRole('button', { name: 'Undo' }).click();
  await shows(before);
  await page.keyboard.press('Control+Shift+z');
  await assertAgrees(page, dragged);
  await page.keyboard.press('Control+z');
  await shows(before);
  await close();
});

test('typed quantities are read when they are committed, and not before', async () => {
  const { page, close } = await site.open();
  const before = await shownTotal(page);
  const field = number(page, 'training.sequence_length');
  await field.fill('8k');
  await settled(page);
  assert.equal(await shownTotal(page), before);
  assert.equal(await field.inputValue(), '8k');
  await field.press('Enter');
  await assertAgrees(page, { ...kStart, training: { ...kStart.training, sequence_length: 8192 } });
  assert.equal(await valueOf(page, 'training.sequence_length'), 8192);
  await close();
});

test('what is no quantity is said so, and nothing changes', async () => {
  const { page, close } = await site.open();
  const before = await shownTotal(page);
  const field = number(page, 'training.micro_batch_size');
  await field.fill('plenty');
  await field.press('Enter');
  await page.getByText('“plenty” is not a quantity').waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(await shownTotal(page), before);
  await field.press('Escape');
  assert.equal(await valueOf(page, 'training.micro_batch_size'), 1);
  await close();
});

test('the slider by keyboard', async () => {
  const { page, close } = await site.open();
  await slider(page, 'training.micro_batch_size').focus();
  for (let i = 0; i < 5; i += 1) await page.keyboard.press('ArrowRight');
  await eventually(async () => assert.equal(await valueOf(page, 'training.micro_batch_size'), 8));
  await page.keyboard.press('ArrowLeft');
  await assertAgrees(page, { ...kStart, training: { ...kStart.training, micro_batch_size: 6 } });
  await page.keyboard.press('Home');
  await assertAgrees(page, kStart);
  await close();
});

test('the model by keyboard: type, walk, take', async () => {
  const { page, close } = await site.open();
  const picker = page.getByRole('combobox', { name: 'Model' });
  await picker.click();
  await page.keyboard.type('qwen2.5 7b');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await eventually(async () => assert.match(await picker.inputValue(), /Qwen2\.5.*7B/));
  await assertAgrees(page, { ...kStart, model: await picker.inputValue() });
  await page.locator('.facts', { hasText: /28 layers, 28 heads over 4 KV heads/ }).waitFor();
  await close();
});

test('a tuned checkpoint that the catalog lacks finds the model of its shape', async () => {
  const { page, close } = await site.open();
  await page.getByRole('combobox', { name: 'Model' }).click();
  await page.keyboard.type('qwen2.5-7b-instruct-awq');
  await page
    .getByRole('option', { name: /Qwen2\.5-7B/ })
    .first()
    .waitFor();
  await close();
});

test('every task agrees with the command line', async () => {
  const { page, close } = await site.open();
  await page.getByRole('radio', { name: 'Inference' }).check();
  await assertAgrees(page, { model: kStart.model, task: 'inference', hardware: kStart.hardware });
  await page.getByRole('radio', { name: 'Training' }).check();
  await assertAgrees(page, {
    model: kStart.model,
    task: 'pretraining',
    training: { micro_batch_size: 1, activation_checkpointing: 'full' },
    hardware: kStart.hardware,
  });
  await page.getByRole('radio', { name: 'Fine-tuning' }).check();
  await assertAgrees(page, kStart);
  await close();
});

test('the painted range says where it stops fitting, and the engine agrees', async () => {
  const { page, close } = await site.open();
  const hint = control(page, 'training.micro_batch_size').locator('.hint');
  await hint.waitFor();
  const limit = Number((await hint.textContent()).replace(/\D/g, ''));
  assert.ok(limit >= 1);
  const at = (batch) =>
    estimateNatively({ ...kStart, training: { ...kStart.training, micro_batch_size: batch } }).memory.fits;
  assert.deepEqual([at(limit), at(limit + Math.max(1, Math.floor(limit / 16)))], [true, false]);
  await close();
});

test('a run that does not fit says so and shows how much is over', async () => {
  const { page, close } = await site.open({ hash: '#v=1&model=meta-llama/Llama-3.1-70B' });
  assert.match(await page.locator('verdict-panel h1').textContent(), /^Does not fit on one RTX 4090\./);
  assert.equal(await page.locator('memory-bar .over').count(), 1);
  await close();
});

test('several cards: the degree that the engine chose is shown and agrees', async () => {
  const { page, close } = await site.open();
  await number(page, 'hardware.gpus').fill('4');
  await number(page, 'hardware.gpus').press('Enter');
  await assertAgrees(page, { ...kStart, hardware: { gpu: 'rtx-4090', gpus: 4 } });
  assert.match(await page.locator('verdict-panel h1').textContent(), /4 × RTX 4090/);
  await close();
});

test('on a phone the verdict stays in view while a slider is dragged', async () => {
  const { page, close } = await site.open({
    context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  });
  await complete(page);
  await slider(page, 'training.sequence_length').scrollIntoViewIfNeeded();
  await page.evaluate(() => scrollTo(0, 500));
  await settled(page);
  const box = await page.locator('verdict-panel h1').boundingBox();
  assert.ok(box.y >= 0 && box.y < 150, `verdict at ${box.y}`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await close();
});

test('the curve ends where the engine says the card ends, and follows the chosen control', async () => {
  const { page, close } = await site.open();
  const chart = page.locator('what-if-chart');
  await chart.locator('svg').waitFor();
  const label = async () => (await chart.locator('svg').getAttribute('aria-label')).replace(/\s/g, ' ');
  await chart.getByLabel('Control to vary').selectOption('training.sequence_length');
  await eventually(async () => assert.match(await label(), /^Memory as Sequence length changes; 23\.6 GiB hold up to/));
  const limit = Number((await label()).match(/up to ([\d ]+)$/)[1].replace(/\D/g, ''));
  const fits = (length) =>
    estimateNatively({ ...kStart, training: { ...kStart.training, sequence_length: length } }).memory.fits;
  assert.deepEqual([fits(limit), fits(limit * 2)], [true, false]);
  const [picture] = await Promise.all([
    page.waitForEvent('download'),
    chart.getByRole('button', { name: 'Save as PNG' }).click(),
  ]);
  assert.equal(
    readFileSync(await picture.path())
      .subarray(1, 4)
      .toString(),
    'PNG',
  );
  await close();
});

test('a degree of parallelism that must be at least two is painted so', async () => {
  const { page, close } = await site.open({
    hash: '#v=1&task=inference&hardware.gpu=rtx-4090&inference.quantization=awq&model=meta-llama/Llama-3.1-70B',
  });
  for (const summary of await page.locator('scenario-controls summary').all()) await summary.click();
  const hint = control(page, 'parallelism.tensor_parallel_size').locator('.hint');
  await hint.waitFor();
  const least = Number((await hint.textContent()).match(/fits from (\d+)/)[1]);
  const fits = (degree) =>
    estimateNatively({
      model: 'meta-llama/Llama-3.1-70B',
      task: 'inference',
      inference: { quantization: 'awq' },
      parallelism: { tensor_parallel_size: degree },
      hardware: { gpu: 'rtx-4090' },
    }).memory.fits;
  assert.ok(least > 1);
  assert.deepEqual([fits(least - 1), fits(least)], [false, true]);
  await close();
});
