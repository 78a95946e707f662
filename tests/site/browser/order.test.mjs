// Things that come late or at the same time: what a person asked for last is what the page shows, and nothing stands under another's name.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { estimateNatively, eventually, shownTotal, start } from '../support/page.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

const tab = (page, name) => page.getByRole('navigation').getByRole('button', { name, exact: true });
const front = (page) => page.locator('[data-tab][aria-current=page]').getAttribute('data-tab');

/** A page whose files that match `held` come only when `release` is called. @param {RegExp} held @param {string} [hash] */
async function openHeld(held, hash = '') {
  const context = await site.browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 1000 } });
  const page = await context.newPage();
  let release = () => {};
  const gate = new Promise((done) => (release = () => done(undefined)));
  const asked = new Promise((done) => page.on('request', (request) => held.test(request.url()) && done(request)));
  await page.route(held, async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto(site.url + hash, { waitUntil: 'commit' });
  return { page, release, asked, close: () => context.close() };
}

test('a link to another calculator is kept while the engine is on its way', async () => {
  const hash = '#v=1&tab=multimodal&model=Qwen/Qwen2.5-VL-7B-Instruct&task=inference&inference.frames=16';
  const { page, release, close } = await openHeld(/\.wasm$/, hash);
  await page.locator('verdict-panel h1').waitFor();
  // Longer than the page waits before it writes the address; the page's own clock.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 600)));
  assert.equal(new URL(page.url()).hash, hash);
  release();
  await eventually(async () => assert.equal(await front(page), 'multimodal'));
  const { memory } = estimateNatively({
    model: 'Qwen/Qwen2.5-VL-7B-Instruct',
    task: 'inference',
    inference: { frames: 16 },
    hardware: { gpu: 'rtx-4090' },
  });
  await eventually(async () => assert.equal(await shownTotal(page), memory.total_bytes));
  await close();
});

test('of two tabs asked for one after the other the second opens, whichever comes first', async () => {
  const { page, release, asked, close } = await openHeld(/assets\/accuracy-page[^/]*\.js$/);
  await page.locator('calculator-page what-if-chart svg').waitFor();
  await tab(page, 'Accuracy').click();
  await asked;
  await tab(page, 'Guide').click();
  await page.locator('guide-page h1').waitFor();
  const came = page.waitForResponse(/assets\/accuracy-page/);
  release();
  await (await came).finished();
  await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
  assert.equal(await front(page), 'guide');
  await close();
});

test('the language asked for stays when texts of another come later', async () => {
  const { page, release, asked, close } = await openHeld(/assets\/more\.en[^/]*\.js$/);
  await page.locator('verdict-panel #total').waitFor();
  await asked;
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: 'English' }).waitFor();
  const came = page.waitForResponse(/assets\/more\.en/);
  release();
  await (await came).finished();
  await page.locator('what-if-chart svg').waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  assert.match(await page.locator('what-if-chart h2').innerText(), /^[一-鿿]/);
  await close();
});

test('charts and lists of a calculator are drawn for its own card, not for that of the one before', async () => {
  const { page, close } = await site.open({ hash: '#v=1&hardware.gpu=h100-sxm5-80gb' });
  const usable = page.locator('what-if-chart svg text').filter({ hasText: 'usable' });
  const { memory } = estimateNatively({ model: 'Qwen/Qwen2.5-VL-7B-Instruct', task: 'inference', hardware: { gpu: 'rtx-4090' } });
  await usable.waitFor();
  assert.doesNotMatch(await usable.textContent(), new RegExp((memory.usable_bytes / 2 ** 30).toFixed(1)));
  await tab(page, 'Multimodal').click();
  await eventually(async () => assert.match(await usable.textContent(), new RegExp((memory.usable_bytes / 2 ** 30).toFixed(1))));
  await close();
});

test('another panel of the controls has its sliders painted, too', async () => {
  const { page, close } = await site.open({ hash: '#v=1&tab=advanced' });
  await page.getByRole('radio', { name: 'Optimization', exact: true }).check();
  await page.locator('[data-path="parallelism.tensor_parallel_size"] .track[data-fit=known]').waitFor({ timeout: 5000 });
  await close();
});

test('of two files dropped one after the other the second is the model, whichever is read first', async () => {
  const { page, close } = await site.open();
  await page.locator('calculator-page what-if-chart svg').waitFor();
  const model = page.getByRole('combobox', { name: 'Model' });
  await page.evaluate(() => {
    const { text } = Blob.prototype;
    const gate = new Promise((done) => (globalThis.release = done));
    Blob.prototype.text = function () {
      return this.name === 'late.json' ? gate.then(() => text.call(this)) : text.call(this);
    };
    const config = {
      hidden_size: 2048,
      num_attention_heads: 32,
      num_hidden_layers: 16,
      intermediate_size: 8192,
      vocab_size: 128256,
    };
    for (const [name, model_type] of Object.entries({ 'late.json': 'llama', 'soon.json': 'mistral' })) {
      const transfer = new DataTransfer();
      transfer.items.add(new File([JSON.stringify({ ...config, model_type })], name));
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
  });
  await eventually(async () => assert.match(await model.inputValue(), /mistral/));
  await page.evaluate(() => (globalThis.release(), new Promise((done) => setTimeout(done, 100))));
  assert.match(await model.inputValue(), /mistral/);
  await close();
});
