// The history and the comparison of one visit.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShelves } from '../../../site/src/app/shelves.js';

test('asked for twice at once there is one comparison: what has no room in storage is not lost', async (t) => {
  const before = { addEventListener: globalThis.addEventListener, localStorage: globalThis.localStorage };
  t.after(() => Object.assign(globalThis, before));
  const asked = [];
  Object.assign(globalThis, { addEventListener: () => {} });
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    writable: true,
    value: {
      getItem: (key) => (asked.push(key), null),
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    },
  });
  const now = { name: 'a', hash: 'b', at: 1 };
  const shelves = createShelves({ entry: () => now, isWorthy: () => false });
  await Promise.all([shelves.load(), shelves.load()]);
  assert.deepEqual(asked, ['vram-calculator-history', 'vram-calculator-compare']);
  assert.equal(shelves.compare(now).code, 'added');
  await shelves.load();
  assert.equal(shelves.comparison?.entries.length, 1);
});
