// Nothing leaves the page, nothing foreign runs in it, and what it keeps survives rubbish, a full disk and a second tab.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, kSite, launch, serve, watch } from './support.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
before(async () => {
  server = await serve(kSite);
  browser = await launch();
});
after(async () => {
  await browser.close();
  await server.close();
});

/** @param {import('node:test').TestContext} t @param {(arg: any) => void} [init] */
async function open(t, init, arg) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 1000 } });
  t.after(() => context.close());
  if (init) await context.addInitScript(init, arg);
  const visit = async () => {
    const page = await context.newPage();
    const problems = await watch(page);
    await page.goto(server.url);
    await page.locator('verdict-panel h1').waitFor();
    return { page, problems };
  };
  return { context, visit, ...(await visit()) };
}

test('a tour of everything asks no other origin', async (t) => {
  const { context, page, problems } = await open(t);
  const asked = [];
  context.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  const tabs = page.getByRole('navigation').getByRole('button');
  assert.ok((await tabs.count()) >= 4);
  for (const tab of [...(await tabs.all()), (await tabs.all())[0]]) {
    await tab.click();
    await page.waitForLoadState('networkidle');
  }
  for (const name of ['Presets', 'History', 'Import', 'Export']) {
    await page.locator('.row-of-links').getByRole('button', { name, exact: true }).first().click();
    await page.locator('scenario-library dialog[open]').waitFor();
    await page.keyboard.press('Escape');
  }
  await page.getByRole('button', { name: 'Embed' }).click();
  await page.locator('embed-dialog textarea').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: '分享' }).waitFor();
  assert.ok(asked.length > 5, 'the tour loads something');
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(server.url) && !/^(data|blob):/.test(url)),
    [],
  );
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual([...problems, ...(await page.evaluate(() => globalThis.policyReports))], []);
});

test('the policy names one other host, for a model that a person names there', async (t) => {
  const { page } = await open(t);
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  assert.deepEqual(policy?.match(/https?:[^\s;]*/g), ['https://huggingface.co']);
  assert.match(policy ?? '', /connect-src 'self' https:\/\/huggingface\.co;/);
  assert.doesNotMatch(policy ?? '', /unsafe-inline|'unsafe-eval'|\*/);
});

test('the policy refuses what would leave or come in: this test would see one', async (t) => {
  const { page } = await open(t);
  const sent = [];
  page.on('requestfinished', (request) => sent.push(request.url()));
  page.on('response', (response) => sent.push(response.url()));
  const refused = await page.evaluate(async () => {
    const tries = {
      fetch: () => fetch('https://example.org/'),
      image: () =>
        new Promise((done, failed) =>
          Object.assign(new Image(), { onload: done, onerror: failed, src: 'https://example.org/x.png' }),
        ),
      socket: () =>
        new Promise((done, failed) =>
          Object.assign(new WebSocket('wss://example.org/'), { onopen: done, onerror: failed }),
        ),
      eval: () => (0, eval)('1 + 1'),
      markup: () => (document.body.innerHTML = '<img src=x>'),
      'inline script': () => {
        const script = document.createElement('script');
        script.append('globalThis.ran = true');
        document.head.append(script);
        if (!globalThis.ran) throw new Error('did not run');
      },
      'script of another host': () => (document.createElement('script').src = 'https://example.org/x.js'),
    };
    const failed = [];
    for (const [name, attempt] of Object.entries(tries)) {
      try {
        await attempt();
      } catch {
        failed.push(name);
      }
    }
    return failed;
  });
  assert.deepEqual(refused, ['fetch', 'image', 'socket', 'eval', 'markup', 'inline script', 'script of another host']);
  assert.deepEqual(
    sent.filter((url) => url.startsWith('http') && !url.startsWith(server.url)),
    [],
  );
  assert.ok((await page.evaluate(() => globalThis.policyReports.length)) >= 5);
});

const kRemove = /^Remove (?!all)/;
const kKeys = ['vram-calculator', 'vram-calculator-history', 'vram-calculator-compare', 'vram-calculator-reload'];
const kRubbish = [
  '{',
  'null',
  '[]',
  '"x"',
  '{"values":{"task":7,"training.lora_rank":"x"},"history":{"past":[{"model":{}}]}}',
  '[{"name":"x","hash":"v=1&model=%ZZ","at":1e99}]',
  '\u0000'.repeat(1000),
];
test('rubbish in storage is no trouble, whichever key it is under', async (t) => {
  for (const rubbish of kRubbish) {
    const { context, page, problems } = await open(
      t,
      ([keys, rubbish]) => {
        for (const key of keys) {
          localStorage.setItem(key, rubbish);
          sessionStorage.setItem(key, rubbish);
        }
      },
      [kKeys, rubbish],
    );
    await page.getByRole('radio', { name: 'Inference' }).check();
    await page.locator('verdict-panel #total').waitFor();
    await page.locator('.row-of-links').getByRole('button', { name: 'History', exact: true }).first().click();
    await page
      .locator('scenario-library dialog[open]')
      .waitFor({ timeout: 5000 })
      .catch((error) => assert.fail(`${rubbish}: ${error}`));
    assert.deepEqual(problems, [], rubbish);
    await context.close();
  }
});

test('a full disk: the page works, and keeps what there is room for', async (t) => {
  const { page, problems } = await open(t, () => {
    for (let size = 2 ** 22; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (let i = 0; ; i += 1) localStorage.setItem(`full-${size}-${i}`, 'x'.repeat(size));
      } catch {
        // this size no longer fits
      }
    }
  });
  await page.getByRole('button', { name: 'Add to compare' }).first().click();
  await page.getByText('is in the comparison').waitFor();
  await page.getByRole('navigation').getByRole('button', { name: 'Compare' }).click();
  await page.locator('compare-page').getByRole('button', { name: kRemove }).first().waitFor();
  assert.equal(await page.locator('compare-page').getByRole('button', { name: kRemove }).count(), 1);
  assert.deepEqual(problems, []);
});

test('two tabs: what one puts into the comparison the other shows, and neither loses any', async (t) => {
  const first = await open(t);
  const second = await first.visit();
  const add = async (page, task) => {
    await page.getByRole('radio', { name: task }).check();
    await page.getByRole('button', { name: 'Add to compare' }).first().click();
    await page.getByText('is in the comparison').waitFor();
  };
  await add(first.page, 'Inference');
  await add(second.page, 'Training');
  await add(first.page, 'Fine-tuning');
  await first.page.waitForFunction(() => JSON.parse(localStorage.getItem('vram-calculator-compare')).length === 3);
  await second.page.getByRole('navigation').getByRole('button', { name: 'Compare' }).click();
  await second.page.locator('compare-page').getByRole('button', { name: kRemove }).first().waitFor();
  await eventually(async () =>
    assert.equal(await second.page.locator('compare-page').getByRole('button', { name: kRemove }).count(), 3),
  );
  assert.deepEqual([...first.problems, ...second.problems], []);
});
