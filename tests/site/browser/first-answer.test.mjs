// The first number comes without the engine: from the page as built, then from the script; never an untrue one.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { estimateNatively, eventually, shownTotal, start } from '../support/page.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

const kOpening = {
  model: 'meta-llama/Llama-3.1-8B',
  task: 'finetuning',
  training: { method: 'lora', micro_batch_size: 1, activation_checkpointing: 'full' },
  hardware: { gpu: 'rtx-4090' },
};
const native = estimateNatively(kOpening).memory;

/** A page whose files that match `held` come only when `release` is called. */
async function openHeld(held, { hash = '', context = {} } = {}) {
  const browserContext = await site.browser.newContext({ locale: 'en-US', ...context });
  const page = await browserContext.newPage();
  let release = () => {};
  const gate = new Promise((done) => (release = () => done(undefined)));
  await page.route(held, async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto(site.url + hash, { waitUntil: 'commit' });
  return { page, release, close: () => browserContext.close() };
}
const kEngine = /\.wasm$/;
const kScript = /assets\/index-[^/]*\.js$/;

test('before the script: the words in the page are the answer of the command line', async () => {
  const { page, release, close } = await openHeld(kScript);
  const answer = page.locator('.boot-answer');
  await answer.waitFor();
  assert.equal(Number(await answer.locator('data').getAttribute('value')), native.total_bytes);
  assert.equal(await answer.locator('data').innerText(), (native.total_bytes / 2 ** 30).toFixed(1));
  assert.match(await answer.innerText(), native.fits ? /fits on one RTX 4090/i : /does not fit/i);
  const before = (await answer.locator('h1').innerText()).trim();
  await eventually(async () => assert.equal(await page.locator('.boot-question').isVisible(), false));

  await page.locator('#boot-form [name="training.micro_batch_size"]').fill('2');
  assert.equal(await answer.isVisible(), false, 'what was entered is not what was answered');
  await page.locator('#boot-form [name="training.micro_batch_size"]').fill('1');
  release();
  const verdict = page.locator('verdict-panel h1');
  await verdict.waitFor();
  await eventually(async () => assert.equal((await verdict.innerText()).trim(), before));
  await close();
});

for (const [name, options] of Object.entries({
  'another scenario in the link': { hash: '#v=1&task=inference' },
  'a reader of Chinese': { context: { locale: 'zh-CN' } },
  'no script at all': { context: { javaScriptEnabled: false } },
})) {
  test(`before the script: nothing is said for ${name}`, async () => {
    const { page, release, close } = await openHeld(kScript, options);
    await page.locator('.boot-question').waitFor();
    await eventually(async () => assert.equal(await page.locator('.boot-answer').isVisible(), false)); // once the style sheet is here
    release();
    await close();
  });
}

for (const locale of ['en-US', 'zh-CN']) {
  test(`before the engine: the same bytes as natively, every control at hand (${locale})`, async () => {
    const { page, release, close } = await openHeld(kEngine, { context: { locale } });
    await eventually(async () => assert.equal(await shownTotal(page), native.total_bytes));
    const rows = await page
      .locator('breakdown-table tr[data-term]')
      .evaluateAll((rows) => rows.map((row) => [row.dataset.term, Number(row.querySelector('data').value)]));
    assert.deepEqual(
      Object.fromEntries(rows),
      Object.fromEntries(native.terms.filter(({ bytes }) => bytes > 0).map(({ id, bytes }) => [id, bytes])),
    );

    // What is entered now is answered when the engine comes, and nothing untrue is said until then.
    const slider = page.locator('[data-path="training.micro_batch_size"] input[type=range]');
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await eventually(async () => assert.equal(await page.locator('verdict-panel #total').count(), 0));
    assert.match(await page.locator('verdict-panel h1').innerText(), /Working it out|正在计算/);
    assert.equal(await page.locator('breakdown-table').count(), 0);
    release();
    const scenario = { ...kOpening, training: { ...kOpening.training, micro_batch_size: 2 } };
    await eventually(async () => assert.equal(await shownTotal(page), estimateNatively(scenario).memory.total_bytes));
    await close();
  });
}

test('before the engine: another scenario in the link waits without a number', async () => {
  const { page, release, close } = await openHeld(kEngine, { hash: '#v=1&task=inference' });
  await page.locator('verdict-panel h1').waitFor();
  assert.match(await page.locator('verdict-panel h1').innerText(), /Working it out/);
  assert.equal(await page.locator('verdict-panel #total').count(), 0);
  release();
  const scenario = { model: kOpening.model, task: 'inference', hardware: kOpening.hardware };
  await eventually(async () => assert.equal(await shownTotal(page), estimateNatively(scenario).memory.total_bytes));
  await close();
});

test('before the engine: a tab and a dialog wait for it instead of failing', async () => {
  const { page, release, close } = await openHeld(kEngine);
  await page.locator('verdict-panel h1').waitFor();
  await page.getByRole('navigation').getByRole('button', { name: 'Multimodal' }).click();
  await page.getByRole('button', { name: 'Presets' }).click();
  assert.equal(await page.getByRole('alert').count(), 0);
  release();
  await page.getByRole('dialog').waitFor();
  await page.locator('[data-tab=multimodal][aria-current=page]').waitFor({ state: 'attached' });
  await close();
});
