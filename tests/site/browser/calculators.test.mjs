// The calculators beside the first: their numbers are the command line's, links lead to them, each keeps its own state.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { askNatively, estimateNatively, eventually, findViolations, shownTotal, start } from '../support/page.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

const kHardware = { gpu: 'rtx-4090' };
const kVision = 'Qwen/Qwen2.5-VL-7B-Instruct';
const kTraining = { method: 'lora', micro_batch_size: 1, activation_checkpointing: 'full' };
const openTab = (page, name) => page.getByRole('navigation').getByRole('button', { name, exact: true }).click();
const radio = (page, name) => page.getByRole('radio', { name, exact: true });
const agrees = (page, scenario) =>
  eventually(async () => assert.equal(await shownTotal(page), estimateNatively(scenario).memory.total_bytes));

test('multimodal: image, video and audio, served and trained, as natively', async () => {
  const { page, close } = await site.open({ hash: '#v=1&tab=multimodal' });
  await radio(page, 'Video').waitFor({ state: 'attached' });
  await agrees(page, { model: kVision, task: 'inference', inference: { images: 1 }, hardware: kHardware });
  await radio(page, 'Video').check();
  await agrees(page, { model: kVision, task: 'inference', inference: { frames: 16 }, hardware: kHardware });
  await radio(page, 'Fine-tuning').check();
  await agrees(page, {
    model: kVision,
    task: 'finetuning',
    training: { ...kTraining, frames: 16 },
    hardware: kHardware,
  });
  await radio(page, 'Audio').check();
  await agrees(page, {
    model: 'openai/whisper-large-v3',
    task: 'finetuning',
    training: kTraining,
    hardware: kHardware,
  });
  assert.equal(await page.locator('[data-path="training.images"]').count(), 0);
  await close();
});

test('advanced: four types, three panels, as natively', async () => {
  const { page, close } = await site.open({ hash: '#v=1&tab=advanced' });
  await radio(page, 'CNN').waitFor({ state: 'attached' });
  await agrees(page, {
    model: 'meta-llama/Llama-3.1-8B',
    task: 'finetuning',
    training: kTraining,
    hardware: kHardware,
  });
  await radio(page, 'CNN').check();
  const cnn = { method: 'full', framework: 'torchvision', micro_batch_size: 32, optimizer: 'sgd_momentum' };
  const training = { ...cnn, activation_checkpointing: 'none' };
  await agrees(page, { model: 'torchvision/resnet50', task: 'finetuning', training, hardware: kHardware });
  await page.locator('[data-path="training.image_size"] input[type=text]').fill('448');
  await page.keyboard.press('Enter');
  const large = { ...training, image_size: 448 };
  await agrees(page, { model: 'torchvision/resnet50', task: 'finetuning', training: large, hardware: kHardware });
  await radio(page, 'MoE').check();
  await agrees(page, {
    model: 'Qwen/Qwen3-30B-A3B',
    task: 'finetuning',
    training: { ...kTraining, method: 'qlora', image_size: 448 },
    hardware: kHardware,
  });
  await radio(page, 'Optimization').check();
  await page.locator('[data-path="parallelism.expert_parallel_size"]').waitFor();
  assert.equal(await page.locator('[data-path="training.micro_batch_size"]').count(), 0);
  await close();
});

test('each calculator keeps its own state and undo; the link names the one in front', async () => {
  const { page, close } = await site.open();
  const first = await shownTotal(page);
  await openTab(page, 'Multimodal');
  await radio(page, 'Video').check();
  await eventually(async () => assert.match(page.url(), /tab=multimodal.*inference\.frames=16/));
  const link = page.url();
  const video = await shownTotal(page);
  await openTab(page, 'Language models');
  await eventually(async () => assert.equal(await shownTotal(page), first));
  await eventually(async () => assert.equal(await page.getByRole('button', { name: 'Undo' }).isEnabled(), false));
  await openTab(page, 'Multimodal');
  await eventually(async () => assert.equal(await shownTotal(page), video));
  await page.getByRole('button', { name: 'Undo' }).click();
  await eventually(async () => assert.equal(await radio(page, 'Image').isChecked(), true));
  await page.goto('about:blank');
  await page.goto(link);
  await eventually(async () => assert.equal(await shownTotal(page), video));
  await close();
});

test('the history leads back to the calculator an entry was made in', async () => {
  const { page, close } = await site.open({ hash: '#v=1&tab=multimodal' });
  await radio(page, 'Video').check();
  await agrees(page, { model: kVision, task: 'inference', inference: { frames: 16 }, hardware: kHardware });
  const video = await shownTotal(page);
  await page.waitForFunction(() => localStorage.getItem('vram-calculator-history')?.includes('inference.frames=16'));
  await openTab(page, 'Language models');
  await page.locator('.row-of-links').getByRole('button', { name: 'History' }).click();
  await page
    .getByRole('button', { name: /^Use Qwen2\.5-VL-7B-Instruct/ })
    .first()
    .click();
  await eventually(async () => assert.equal(await shownTotal(page), video));
  await page.locator('[data-tab=multimodal][aria-current=page]').waitFor();
  await close();
});

// What the page opens with.
const kFirst = {
  model: 'meta-llama/Llama-3.1-8B',
  task: 'finetuning',
  training: { method: 'lora', micro_batch_size: 1, activation_checkpointing: 'full' },
  hardware: { gpu: 'rtx-4090' },
};

test('cards: the levels and layouts of the engine, one click takes one, the others say why not', async () => {
  const { page, close } = await site.open();
  const table = page.locator('recommendation-table');
  await table.locator('tbody tr').first().waitFor();
  const row = table.locator('tbody tr').first();
  // Those of the chosen card's maker first; every maker's on request, as the command line lists them.
  const ids = () => table.locator('tbody tr').evaluateAll((rows) => rows.map((found) => found.dataset.gpu));
  const native = (request) =>
    askNatively({ scenario: kFirst, ...request }, 'recommend')
      .recommendations.slice(0, 6)
      .map(({ gpu }) => gpu);
  assert.deepEqual(await ids(), native({ vendor: 'NVIDIA' }));
  await table.locator('select').selectOption('');
  await eventually(async () => assert.deepEqual(await ids(), native({})));
  await table.locator('select').selectOption('NVIDIA');
  await eventually(async () => assert.deepEqual(await ids(), native({ vendor: 'NVIDIA' })));
  const name = (await row.getByRole('button').textContent()).replace(/^\d+ × /, '');
  const gpu = await row.getAttribute('data-gpu');
  await table.getByText(/cards left out/).click();
  assert.match(await table.locator('li').first().textContent(), /has no bf16|needs|does not/);
  await row.getByRole('button').click();
  await eventually(async () => assert.ok((await page.locator('verdict-panel h1').textContent()).includes(name)));
  await eventually(async () => assert.ok(page.url().includes(`hardware.gpu=${gpu}`)));
  await page.locator(`recommendation-table tr[data-gpu="${gpu}"][aria-current=true]`).first().waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await eventually(async () => assert.match(await page.locator('verdict-panel h1').textContent(), /RTX 4090/));
  await close();
});

test('cost and the published formula say what the command line says', async () => {
  const hash = '#v=1&training.tokens=100000000';
  const { page, close } = await site.open({ hash });
  const native = estimateNatively({
    model: 'meta-llama/Llama-3.1-8B',
    task: 'finetuning',
    training: { ...kTraining, tokens: 1e8 },
    hardware: kHardware,
  });
  const dollars = (usd) => `$${usd.toFixed(2)}`;
  const cost = page.locator('cost-panel');
  await cost.getByText(dollars(native.cost.usd_per_hour), { exact: true }).waitFor();
  await cost.getByText(dollars(native.cost.usd_total), { exact: true }).waitFor();
  const gib = (bytes) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  await page.locator('documented-panel').getByText(gib(native.documented.total_bytes)).waitFor();
  await page.locator('documented-panel').getByText(native.documented.why.slice(0, 40)).waitFor();
  await close();
});

test('a model described by family and size', async () => {
  const { page, close } = await site.open();
  await page.getByRole('button', { name: 'Paste one' }).click();
  await page.getByRole('button', { name: 'Describe it' }).click();
  await page.getByLabel('Parameters').fill('13B');
  await page.getByLabel('Layers', { exact: true }).fill('40');
  await page.getByRole('button', { name: 'Use this model' }).click();
  await agrees(page, {
    model: { family: 'llama', parameters: 13e9, num_hidden_layers: 40 },
    task: 'finetuning',
    training: kTraining,
    hardware: kHardware,
  });
  await page.getByRole('button', { name: 'Paste one' }).click();
  await page.getByLabel('Parameters').fill('9000T');
  const before = await shownTotal(page);
  await page.getByRole('button', { name: 'Use this model' }).click();
  await page.locator('model-dialog').getByRole('alert').filter({ hasText: /parameters/i }).waitFor();
  assert.equal(await shownTotal(page), before);
  await close();
});

test('a Hugging Face id is fetched on request only, and a failure is said in words', async () => {
  const context = await site.browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  const asked = [];
  await page.route('https://huggingface.co/**', (route) => {
    asked.push(route.request().url());
    const isThere = route.request().url().includes('/Own/');
    const body =
      '{"model_type":"llama","hidden_size":2048,"num_attention_heads":32,"num_key_value_heads":8,"num_hidden_layers":16,"intermediate_size":8192,"vocab_size":128256,"tie_word_embeddings":true}';
    return isThere ? route.fulfill({ body, headers: { 'access-control-allow-origin': '*' } }) : route.abort();
  });
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Paste one' }).click();
  await page.getByRole('button', { name: 'From Hugging Face' }).click();
  assert.deepEqual(asked, []);
  await page.getByLabel(/Model id/).fill('Gone/Away');
  await page.getByRole('button', { name: 'Use this model' }).click();
  await page.getByText('huggingface.co could not be reached').waitFor();
  await page.getByLabel(/Model id/).fill('https://huggingface.co/Own/Model');
  await page.getByRole('button', { name: 'Use this model' }).click();
  await eventually(async () =>
    assert.equal(await page.getByRole('combobox', { name: 'Model' }).inputValue(), 'Own/Model (from file)'),
  );
  assert.deepEqual(asked.at(-1), 'https://huggingface.co/Own/Model/resolve/main/config.json');
  await context.close();
});

for (const [locale, colorScheme] of [
  ['en-US', 'light'],
  ['zh-CN', 'dark'],
]) {
  for (const tab of ['multimodal', 'advanced']) {
    test(`axe: ${tab}, ${locale}, ${colorScheme}`, async () => {
      const { page, close } = await site.open({ hash: `#v=1&tab=${tab}`, context: { locale, colorScheme } });
      await page.locator('recommendation-table tbody tr').first().waitFor();
      assert.deepEqual(await findViolations(page), []);
      await close();
    });
    test(`phone: ${tab}, ${locale}: nothing is wider than the screen`, async () => {
      const context = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, locale, colorScheme };
      const { page, close } = await site.open({ hash: `#v=1&tab=${tab}`, context });
      await page.locator('recommendation-table tbody tr').first().waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      await close();
    });
  }
}

for (const view of ['Paste a config.json', 'Describe it', 'From Hugging Face']) {
  test(`axe: own model, ${view}`, async () => {
    const { page, close } = await site.open({ context: { colorScheme: 'dark' } });
    await page.getByRole('button', { name: 'Paste one' }).click();
    await page.getByRole('button', { name: view }).click();
    await page.getByRole('heading', { name: view }).waitFor();
    assert.deepEqual(await findViolations(page), []);
    await close();
  });
}
