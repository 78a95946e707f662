// "Does not fit" says what to do next: the engine's proposals, applied with one click, in both languages, as natively.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { askNatively, eventually, findViolations, shownTotal, start } from '../support/page.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

const kModel = 'meta-llama/Llama-3.1-8B';
const kRows = [
  {
    name: 'a full fine-tuning on one card of 24 GB',
    hash: '#v=1&training.method=full',
    scenario: {
      model: kModel,
      task: 'finetuning',
      training: { method: 'full', micro_batch_size: 1, activation_checkpointing: 'full' },
      hardware: { gpu: 'rtx-4090' },
    },
  },
  {
    name: 'a model of 70B served on one card of 24 GB',
    hash: '#v=1&task=inference&model=meta-llama/Llama-3.1-70B',
    scenario: { model: 'meta-llama/Llama-3.1-70B', task: 'inference', hardware: { gpu: 'rtx-4090' } },
  },
];

/** `changes` laid over a scenario, as the reference says. */
function laidOver(scenario, changes) {
  const merged = { ...scenario };
  for (const [key, value] of Object.entries(changes)) {
    const isPart = value !== null && typeof value === 'object' && !Array.isArray(value);
    merged[key] = isPart ? laidOver(merged[key] ?? {}, value) : value;
  }
  return merged;
}
const gib = (bytes) => Math.abs(bytes) / 2 ** 30;
const shownGib = (text) => Number(text.replace(/[^\d.]/g, ''));

for (const { name, hash, scenario } of kRows) {
  test(`${name}: the proposals of the command line, and the fewest changes make it fit`, async () => {
    const native = askNatively({ scenario }, 'advise');
    assert.equal(native.smallest_set.found, true);
    const { page, close } = await site.open({ hash });
    const list = page.locator('suggestion-list');
    await list.getByRole('button', { name: 'Apply: Fewest changes that fit' }).waitFor();
    assert.match(await page.locator('verdict-panel h1').innerText(), /does not fit/i);
    const before = await shownTotal(page);

    const all = list.getByRole('button', { name: /^All \d+ changes$/ });
    if (await all.count()) await all.click();
    const rows = await list.locator('.one:not(.set)').evaluateAll((ones) =>
      ones.map((one) => ({
        message: one.querySelector('p').textContent,
        saved: one.querySelector('.saved')?.textContent ?? '0',
        fits: one.querySelector('.stake b') !== null,
      })),
    );
    assert.deepEqual(
      rows.map(({ message, fits }) => [message, fits]),
      native.suggestions.map(({ message, fits }) => [message, fits]),
    );
    rows.forEach(({ saved }, i) => {
      const exact = gib(native.suggestions[i].bytes_saved);
      assert.ok(Math.abs(shownGib(saved) - exact) <= Math.max(0.5, exact / 100), `${saved} for ${exact}`);
    });

    await list.getByRole('button', { name: 'Apply: Fewest changes that fit' }).click();
    const after = askNatively(laidOver(scenario, native.smallest_set.changes));
    assert.equal(after.memory.fits, true);
    assert.equal(after.memory.total_bytes, native.smallest_set.total_bytes);
    await eventually(async () => assert.equal(await shownTotal(page), after.memory.total_bytes));
    await eventually(async () =>
      assert.doesNotMatch(await page.locator('verdict-panel h1').innerText(), /does not fit/i),
    );
    await eventually(async () => assert.equal(await list.locator('.set').count(), 0));

    await list.getByRole('button', { name: 'Undo' }).click();
    await eventually(async () => assert.equal(await shownTotal(page), before));
    await eventually(async () => assert.equal(await list.getByRole('button', { name: 'Undo' }).count(), 0));
    await close();
  });
}

test('in Chinese, the sentences of the engine in Chinese, without a fault that axe knows', async () => {
  const { hash, scenario } = kRows[0];
  const { suggestions } = askNatively({ scenario: { ...scenario, language: 'zh' } }, 'advise');
  const { page, close } = await site.open({ hash, context: { locale: 'zh-CN' } });
  const list = page.locator('suggestion-list');
  await list.getByRole('heading', { name: /怎样才放得下/ }).waitFor();
  const shown = await list.locator('.one:not(.set) p').allInnerTexts();
  assert.deepEqual(
    shown,
    suggestions.slice(0, shown.length).map(({ message }) => message),
  );
  assert.ok(shown.length >= 3);
  assert.deepEqual(await findViolations(page), []);
  await close();
});
