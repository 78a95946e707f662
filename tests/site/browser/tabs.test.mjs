// The tabs beside the calculator: opened, linked to, and left without losing the scenario.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, findViolations, shownTotal, start } from '../support/page.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

const openTab = (page, name) => page.getByRole('navigation').getByRole('button', { name }).click();

test('a tab keeps the scenario, and the link holds both', async () => {
  const { page, close } = await site.open({ hash: '#v=1&training.lora_rank=64' });
  const total = await shownTotal(page);
  await openTab(page, 'Accuracy');
  await page.getByRole('heading', { name: 'Measured against calculated' }).waitFor();
  await eventually(async () => assert.match(page.url(), /#v=1&tab=accuracy&training\.lora_rank=64$/));
  await page.locator('verdict-panel h1').waitFor({ state: 'hidden' });
  await openTab(page, 'Language models');
  await page.locator('verdict-panel h1').waitFor();
  assert.equal(await shownTotal(page), total);
  await close();
});

test('a link to a tab that is not there opens the first', async () => {
  const { page, close } = await site.open({ hash: '#v=1&tab=nowhere' });
  await page.locator('verdict-panel h1').waitFor();
  await close();
});

test('a tab whose code cannot be loaded says so and leaves the page as it was', async () => {
  const context = await site.browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await page.route('**/accuracy-page*.js', (route) => route.abort());
  await page.goto(site.url);
  await page.locator('verdict-panel h1').waitFor();
  await openTab(page, 'Accuracy');
  assert.match(await page.getByRole('alert').textContent(), /Accuracy could not be loaded/);
  await page.locator('verdict-panel h1').waitFor();
  await context.close();
});

test('accuracy: filters narrow the table, sources are links', async () => {
  const { page, close } = await site.open({ hash: '#v=1&tab=accuracy' });
  await page.locator('scatter-plot svg').waitFor();
  const counts = async () => Number((await page.locator('accuracy-page dd').first().textContent()).replace(/\D/g, ''));
  const all = await counts();
  assert.ok(all > 1500, String(all));
  await page.getByLabel('Source group').selectOption('litgpt-restable');
  await eventually(async () => assert.ok((await counts()) < 60));
  const link = page.getByRole('link', { name: 'litgpt-restable-001' });
  assert.match(await link.getAttribute('href'), /^https:\/\/github\.com\/Lightning-AI\/litgpt\//);
  await page.getByLabel('Source group').selectOption('pytorch-moe');
  await page
    .getByRole('cell', { name: /no public source/ })
    .first()
    .waitFor();
  assert.equal(await page.locator('accuracy-page a').count(), 0);
  await page.locator('select[name=scope]').selectOption('unscored');
  await page
    .getByText(/^Not compared: /)
    .first()
    .waitFor();
  await close();
});

test('guide: figures follow what is typed; tokens are counted exactly, from this site alone', async () => {
  const { page, close } = await site.open({ hash: '#v=1&tab=guide' });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.getByLabel('Parameters').fill('70B');
  await page.getByLabel('Parameters').press('Enter');
  await page.getByText('Weights: 130\u00a0GiB in 16 bits').waitFor();
  await page.getByLabel('Tokens per second').fill('plenty');
  await page.getByLabel('Tokens per second').press('Enter');
  assert.equal(await page.getByLabel('Tokens per second').inputValue(), '30');
  await page.getByLabel('Text to count exactly').fill('hello world');
  await page.getByText('2 tokens', { exact: true }).waitFor();
  assert.ok(asked.length > 0 && asked.every((url) => url.startsWith(site.url)));
  await close();
});

for (const [locale, colorScheme] of [
  ['en-US', 'light'],
  ['zh-CN', 'dark'],
]) {
  for (const tab of ['compare', 'accuracy', 'guide']) {
    test(`axe: ${tab}, ${locale}, ${colorScheme}`, async () => {
      const { page, close } = await site.open({ hash: `#v=1&tab=${tab}`, context: { locale, colorScheme } });
      await page.locator(`${tab}-page h1`).waitFor();
      assert.deepEqual(await findViolations(page), []);
      await close();
    });
    test(`phone: ${tab}, ${locale}: nothing is wider than the screen`, async () => {
      const context = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, locale, colorScheme };
      const { page, close } = await site.open({ hash: `#v=1&tab=${tab}`, context });
      await page.locator(`${tab}-page h1`).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      await close();
    });
  }
}
