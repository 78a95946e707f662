// Rows of a pasted log: what can be compared first, every name with a text.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LOG_FIELDS, LOG_QUANTITIES, logRows } from '../../../site/src/log-rows.js';
import { load } from '../../../wasm/vram.js';

const kLogs = new URL('../../fixtures/logs/', import.meta.url);
const kScenario = { task: 'inference', model: 'meta-llama/Meta-Llama-3-8B', hardware: { gpu: 'h100-sxm' } };

test('every value of every log has a name, and what is compared comes first', async () => {
  const vram = await load();
  const fields = new Set(vram.catalog('fields').map(({ path }) => path));
  for (const path of Object.values(LOG_FIELDS)) assert.ok(fields.has(path), path);
  let named = 0;
  for (const name of readdirSync(kLogs)) {
    const reading = vram.readLog(readFileSync(new URL(name, kLogs), 'utf8'), kScenario);
    const rows = logRows(reading);
    assert.equal(rows.length, (reading.values ?? []).length);
    for (const { id, key } of rows) {
      assert.ok(id in LOG_FIELDS ? key === `field.${LOG_FIELDS[id]}` : LOG_QUANTITIES.includes(id), `${name}: ${id}`);
      named += 1;
    }
    const compared = rows.filter(({ predicted }) => predicted !== undefined);
    assert.deepEqual(rows.slice(0, compared.length), compared);
    assert.equal(compared.length, (reading.comparison ?? []).length);
  }
  assert.ok(named > 60, String(named));
});
