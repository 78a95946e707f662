// The page without a network: after one visit everything works, under any path; an update loses nothing.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { appendFileSync, cpSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { emptyFolder, eventually, kSite, launch, serve } from './support.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const folders = Array.from({ length: 4 }, emptyFolder);

/** A copy of the site that may be changed, served, and opened until its worker has everything. */
async function visit(/** @type {import('node:test').TestContext} */ t, base = '/') {
  const folder = folders.pop();
  cpSync(kSite, folder, { recursive: true });
  const server = await serve(folder, base);
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  t.after(async () => {
    await context.close();
    await server.close();
  });
  const asked = [];
  context.on('request', (request) => asked.push(request.url()));
  await page.goto(server.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return { folder, server, context, page, asked };
}

const total = (page) => page.locator('verdict-panel data#total').getAttribute('value');

for (const base of ['/', '/deep/er/path/']) {
  test(`after one visit of ${base} everything works with the server gone`, async (t) => {
    const { server, context, page, asked } = await visit(t, base);
    const before = await total(page);
    await server.close();
    await page.reload();
    await page.locator('verdict-panel h1').waitFor();
    assert.equal(await total(page), before);
    for (const [tab, what] of [
      ['Accuracy', 'scatter-plot svg'],
      ['Guide', 'guide-page h2'],
      ['Compare', 'compare-page'],
    ]) {
      await page.getByRole('navigation').getByRole('button', { name: tab }).click();
      await page.locator(what).first().waitFor();
    }
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('button', { name: '分享' }).waitFor();
    // A link somebody sent, opened offline too.
    await page.goto(`${server.url}index.html#v=1&task=inference`);
    await page.locator('verdict-panel h1').waitFor();
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(server.url)),
      [],
    );
  });
}

test('a new version waits for the person and keeps every value, undo, and a model too large for a link', async (t) => {
  const { folder, server, context, page } = await visit(t, '/a/');
  const rank = page.locator('[data-path="training.lora_rank"] input[type=text]');
  const setRank = async (value) => {
    await rank.fill(value);
    await rank.press('Enter');
  };
  await page.evaluate(() => {
    const data = new DataTransfer();
    const config = {
      model_type: 'llama',
      hidden_size: 2048,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      num_hidden_layers: 16,
      intermediate_size: 8192,
      vocab_size: 128256,
    };
    data.setData('text', JSON.stringify({ ...config, _name_or_path: 'x'.repeat(30_000) }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await setRank('48');
  await page
    .getByText(/1.235.814.400 parameters|1\s236|1.498.482.688/)
    .first()
    .waitFor();
  const before = await total(page);

  const other = await context.newPage(); // a second tab of the same site
  await other.goto(server.url);
  await other.locator('update-prompt').waitFor({ state: 'attached' }); // it listens

  appendFileSync(`${folder}/sw.js`, '\n// the next version\n');
  await page.evaluate(async () => void (await (await navigator.serviceWorker.getRegistration())?.update()));
  const reload = page.getByRole('button', { name: 'Reload' });
  await reload.waitFor();
  assert.equal(await total(page), before, 'nothing changes before the click');
  const loaded = page.waitForEvent('load');
  await reload.click();
  await loaded;
  await page.locator('verdict-panel h1').waitFor();
  assert.equal(await total(page), before);
  assert.equal(await rank.inputValue(), '48');
  assert.equal(await page.getByRole('button', { name: 'Reload' }).count(), 0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await eventually(async () => assert.notEqual(await rank.inputValue(), '48'));

  // The other tab still runs the old version and is told, not reloaded.
  await other.getByRole('button', { name: 'Reload' }).waitFor();
});

test('the page can be installed', async (t) => {
  const { server, context, page } = await visit(t);
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  assert.deepEqual(
    installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'),
    [],
  );
  const { data, errors } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const { id, start_url, scope, icons } = JSON.parse(data);
  for (const address of [id, start_url, scope, ...icons.map(({ src }) => src)])
    assert.doesNotMatch(address, /^\/|:/, 'relative');
});
