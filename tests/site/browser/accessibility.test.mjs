// axe-core in both languages and both themes; labels, focus, and a live region that does not chatter.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { complete, eventually, start } from '../support/page.mjs';

const { AxeBuilder } = createRequire(import.meta.url)('@axe-core/playwright');

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

const kStates = [
  ['fits', ''],
  ['does not fit', '#v=1&model=meta-llama/Llama-3.1-70B'],
  ['errors', '#v=1&training.micro_batch_size=-1'],
  ['inference', '#v=1&task=inference'],
];
for (const locale of ['en-US', 'zh-CN']) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [state, hash] of kStates) {
      test(`axe: ${locale}, ${colorScheme}, ${state}`, async () => {
        const { page, close } = await site.open({ hash, context: { locale, colorScheme } });
        if (state !== 'errors') await complete(page);
        for (const summary of await page.locator('summary').all()) await summary.click();
        for (const grade of await page.locator('breakdown-table button').all()) await grade.click();
        // page.context() of newContext is what the builder needs: it opens a page of its own to join results.
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'])
          .analyze();
        assert.deepEqual(
          violations.map(
            (violation) =>
              `${violation.id}: ${violation.nodes
                .map((node) => node.target.join(' '))
                .slice(0, 4)
                .join(' | ')}`,
          ),
          [],
        );
        await close();
      });
    }
  }
}

test('axe: phone, with the model list open', async () => {
  const { page, close } = await site.open({ context: { viewport: { width: 390, height: 844 } } });
  await page.getByRole('combobox', { name: 'Model' }).click();
  await page.getByRole('option').first().waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(
    violations.map((violation) => violation.id),
    [],
  );
  await close();
});

test('every control can be reached with Tab, in the order of the page', async () => {
  const { page, close } = await site.open();
  const seen = [];
  for (let i = 0; i < 34; i += 1) {
    await page.keyboard.press('Tab');
    seen.push(
      await page.evaluate(() => {
        let element = document.activeElement;
        const host = element?.closest('[data-path]');
        while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
        return host?.dataset.path ?? element?.textContent?.trim() ?? '';
      }),
    );
  }
  const order = [
    '中文',
    'Share',
    'task',
    'model',
    'training.method',
    'training.micro_batch_size',
    'training.sequence_length',
    'training.lora_rank',
    'training.optimizer',
    'hardware.gpu',
    'hardware.gpus',
  ];
  const positions = order.map((name) => seen.indexOf(name));
  assert.ok(
    positions.every((position) => position >= 0),
    `${order[positions.indexOf(-1)]} was not reached: ${seen.join(', ')}`,
  );
  assert.deepEqual(
    [...positions].sort((a, b) => a - b),
    positions,
  );
  await close();
});

test('the live region speaks once a drag has come to rest', async () => {
  const { page, close } = await site.open();
  await complete(page);
  await page.locator('verdict-panel [role=status]').filter({ hasText: 'RTX 4090' }).waitFor({ state: 'attached' });
  await page.clock.install(); // how long the keys take here is not what is tested
  await page.evaluate(() => {
    const region = document.querySelector('verdict-panel').shadowRoot.querySelector('[role=status]');
    globalThis.spoken = [];
    new MutationObserver(() => globalThis.spoken.push(region.textContent)).observe(region, {
      childList: true,
      subtree: true,
      characterData: true,
    });
  });
  const slider = page.locator('[data-path="training.micro_batch_size"] input[type=range]');
  await slider.focus();
  for (let i = 0; i < 8; i += 1) {
    await page.keyboard.press('ArrowRight');
    await page.clock.runFor(50);
  }
  assert.deepEqual(await page.evaluate(() => globalThis.spoken), []);
  // A timer set before the clock was taken over comes in its own time.
  await eventually(async () => {
    await page.clock.runFor(500);
    assert.ok(await page.evaluate(() => globalThis.spoken.length > 0));
  });
  await page.clock.runFor(2000);
  const spoken = await page.evaluate(() => globalThis.spoken);
  assert.equal(new Set(spoken).size, 1, spoken.join(' | '));
  assert.match(spoken[0], /RTX 4090/);
  await close();
});

test('an issue leads to its field', async () => {
  const { page, close } = await site.open({ hash: '#v=1&training.sequence_length=300000' });
  await page
    .locator('issue-list')
    .getByRole('button', { name: /Sequence length/ })
    .first()
    .click();
  assert.equal(
    await page.evaluate(() => document.activeElement?.closest('[data-path]')?.getAttribute('data-path')),
    'training.sequence_length',
  );
  await close();
});

test('language and theme are remembered', async () => {
  const { page, close } = await site.open();
  await page.getByRole('button', { name: '中文' }).click();
  await page.getByRole('button', { name: /配色/ }).click();
  await page.getByRole('button', { name: /配色/ }).click();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  await page.reload();
  await page.getByRole('button', { name: 'English' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme), 'dark');
  await close();
});
