// A pasted log: what it says beside what was predicted, as the command line has it; its settings taken over and back.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { estimateNatively, eventually, findViolations, readLogNatively, shownTotal, start } from '../support/page.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
before(async () => (site = await start()));
after(() => site.stop());

const kScenario = { model: 'meta-llama/Llama-3.1-8B', task: 'inference', hardware: { gpu: 'rtx-4090' } };
const kHash = '#v=1&task=inference';
const logText = (name) => readFileSync(new URL(`../../fixtures/logs/${name}`, import.meta.url), 'utf8');
const openLogs = async (page) => {
  await page.getByRole('button', { name: 'Logs', exact: true }).first().click();
  await page.getByRole('dialog').waitFor();
  return page.locator('log-reader');
};

for (const name of ['vllm-llama3-8b-h100.txt', 'oom-new-wording.txt', 'nvidia-smi.txt']) {
  test(`${name}: the rows of the command line, and its settings with one click`, async () => {
    const native = readLogNatively(logText(name), kScenario);
    assert.ok(native.comparison.length > 1);
    const { page, close } = await site.open({ hash: kHash });
    const before = await shownTotal(page);
    const reader = await openLogs(page);
    await reader.getByLabel('Log', { exact: true }).fill(logText(name));
    await reader.locator('tbody tr').first().waitFor();
    const rows = await reader
      .locator('tbody tr')
      .evaluateAll((all) =>
        all.map((row) => [row.dataset.id, ...[...row.cells].slice(1).map((cell) => cell.textContent.trim())]),
      );
    assert.deepEqual(rows.map(([id]) => id).sort(), native.values.map(({ id }) => id).sort());
    for (const { id, measured, relative_error } of native.comparison) {
      const [, shown, , off] = rows.find(([one]) => one === id);
      const unit = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }[shown.slice(-3)] ?? 1;
      const value = Number(shown.replace(/[^\d.]/g, '')) * unit;
      assert.ok(Math.abs(value - measured) <= measured / 100, `${id}: ${shown} for ${measured}`);
      if (relative_error !== undefined) {
        const percent = Number(off.replace('−', '-').replace(/[^\d.+-]/g, ''));
        assert.ok(Math.abs(percent - 100 * relative_error) <= 0.51, `${id}: ${off} for ${relative_error}`);
      }
    }

    await reader.getByRole('button', { name: 'Take over its settings' }).click();
    const part = (key) => ({ ...kScenario[key], ...native.changes[key] });
    const changed = { ...kScenario, ...Object.fromEntries(Object.keys(native.changes).map((key) => [key, part(key)])) };
    const total = estimateNatively(changed).memory.total_bytes;
    await eventually(async () => assert.equal(await shownTotal(page), total));
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await eventually(async () => assert.equal(await shownTotal(page), before));
    await close();
  });
}

test('what is no log is said so, nothing is offered, and axe finds nothing', async () => {
  const { page, close } = await site.open({ hash: kHash });
  const reader = await openLogs(page);
  await reader.getByLabel('Log', { exact: true }).fill(`<img src=x onerror=alert(1)>${logText('not-a-log.txt')}`);
  await reader.getByText(/No line about memory was recognised/).waitFor();
  assert.equal(await reader.getByRole('button', { name: 'Take over its settings' }).count(), 0);
  await reader.getByLabel('Log', { exact: true }).fill(logText('vllm-phi4-gptq.txt'));
  await reader.locator('tbody tr').first().waitFor();
  assert.deepEqual(await findViolations(page), []);
  await close();
});
