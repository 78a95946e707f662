// What is kept over the reload of an update: all of it, once, and nothing that is not ours.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepForReload, takeKept } from '../../../site/src/kept-state.js';
import { createStore } from '../../../site/src/state.js';

const kAll = (values) => values;

function memory(text = null, room = Infinity) {
  return {
    getItem: () => text,
    removeItem: () => (text = null),
    setItem: (_, next) => {
      if (next.length > room) throw new DOMException('full', 'QuotaExceededError');
      text = next;
    },
  };
}

test('values, undo and redo come back once', () => {
  const storage = memory();
  const store = createStore({ a: 1 });
  store.commit({ a: 2 });
  store.commit({ a: 3 });
  store.undo();
  store.preview({ b: 7 });
  assert.equal(
    keepForReload({ values: store.values, history: store.history }, () => storage),
    true,
  );
  const kept = takeKept(kAll, () => storage);
  const again = createStore(kept.values, kept.history);
  assert.deepEqual(again.values, { a: 2, b: 7 });
  again.undo();
  assert.deepEqual(again.values, { a: 1 });
  assert.equal(
    takeKept(kAll, () => storage),
    null,
  );
});

test('full storage keeps the values, blocked storage says so', () => {
  const small = memory(null, 120);
  assert.equal(
    keepForReload({ values: { a: 1 }, history: { past: [{ b: 'x'.repeat(200) }], future: [] } }, () => small),
    true,
  );
  assert.deepEqual(
    takeKept(kAll, () => small),
    { values: { a: 1 }, history: { past: [], future: [] } },
  );
  const blocked = () => {
    throw new DOMException('blocked', 'SecurityError');
  };
  assert.equal(keepForReload({ values: {}, history: { past: [], future: [] } }, blocked), false);
  assert.equal(takeKept(kAll, blocked), null);
});

for (const text of [null, '{', '7', '[]', '{"values":[1]}', '{"values":7,"history":{}}'])
  test(`nothing is taken from ${text}`, () =>
    assert.equal(
      takeKept(kAll, () => memory(text)),
      null,
    ));

test('a history that is not one is none', () => {
  const kept = takeKept(kAll, () => memory('{"values":{"a":1},"history":{"past":[3,{"a":2}],"future":"x"}}'));
  assert.deepEqual(kept, { values: { a: 1 }, history: { past: [{ a: 2 }], future: [] } });
});
