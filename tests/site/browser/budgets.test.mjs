// Bytes before the first number, as a static host with gzip sends them; budgets in tests/site/budgets.json.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { start } from '../support/page.mjs';

const budgets = JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8'));

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

test('what the page loads before its first number stays within its budget', async () => {
  const context = await site.browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  const loaded = [];
  page.on('response', (response) => loaded.push(response));
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelector('verdict-panel')?.shadowRoot?.querySelector('h1'))
        globalThis.firstNumberAt = performance.now();
      else requestAnimationFrame(look);
    };
    look();
  });
  await page.goto(site.url);
  await page.locator('calculator-page what-if-chart svg').waitFor();
  const late = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => entry.startTime > globalThis.firstNumberAt)
      .map((entry) => entry.name),
  );
  // The worker's script is no entry of the page's list, and only code among the late asks for it.
  const isLate = (/** @type {string} */ url) => late.includes(url) || url.includes('/engine-worker-');
  assert.ok(
    late.some((name) => name.includes('deep-results')),
    'charts come after the first number',
  );
  const sizes = { page: 0, engine: 0 };
  for (const response of loaded) {
    const type = response.headers()['content-type'] ?? '';
    const isEngine = type.includes('wasm'); // asked for early, but the first number does without it: first-answer.test.mjs
    if (!/html|javascript|css|wasm/.test(type) || (isLate(response.url()) && !isEngine)) continue;
    sizes[isEngine ? 'engine' : 'page'] += gzipSync(await response.body(), { level: 9 }).length;
  }
  assert.ok(sizes.page > 10_000 && sizes.engine > 10_000, JSON.stringify(sizes));
  assert.ok(sizes.page <= budgets.page_gzip_bytes, `page ${sizes.page} of ${budgets.page_gzip_bytes} bytes`);
  assert.ok(sizes.engine <= budgets.engine_gzip_bytes, `engine ${sizes.engine} of ${budgets.engine_gzip_bytes} bytes`);
  await context.close();
});

test('nothing is fetched from anywhere else, or twice', async () => {
  const context = await site.browser.newContext({ locale: 'zh-CN' });
  const page = await context.newPage();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(site.url);
  await page.locator('calculator-page verdict-panel h1').waitFor();
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(site.url)),
    [],
  );
  assert.deepEqual([...new Set(asked)].length, asked.length, asked.join('\n'));
  await context.close();
});
