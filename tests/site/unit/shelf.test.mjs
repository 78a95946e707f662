// History and comparison: kept, coalesced, and safe against broken or full storage.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createShelf, onlyDifference, remember } from '../../../site/src/shelf.js';

function memory(initial = null, room = Infinity) {
  let text = initial;
  return {
    getItem: () => text,
    setItem: (_, next) => {
      if (next.length > room) throw new DOMException('full', 'QuotaExceededError');
      text = next;
    },
    text: () => text,
  };
}
const shelfOn = (storage, most = 4) => createShelf({ key: 'k', most, storage: () => storage });

test('kept from visit to visit, the newest first, never more than its number', () => {
  const storage = memory();
  const shelf = shelfOn(storage);
  for (let i = 0; i < 6; i += 1) shelf.add({ name: `n${i}`, hash: `v=1&a=${i}`, at: i });
  assert.deepEqual(
    shelf.entries.map((entry) => entry.name),
    ['n5', 'n4', 'n3', 'n2'],
  );
  assert.equal(shelf.isFull, true);
  const again = shelfOn(storage);
  again.rename(again.entries[0], '  mine ');
  again.remove(again.entries[1]);
  assert.deepEqual(
    shelfOn(storage).entries.map((entry) => entry.name),
    ['mine', 'n3', 'n2'],
  );
  again.rename(again.entries[0], '   ');
  assert.equal(again.entries[0].name, 'mine');
  again.clear();
  assert.deepEqual(shelfOn(storage).entries, []);
});

test('broken storage is an empty list', () => {
  for (const text of [
    '{',
    '7',
    'null',
    '{"a":1}',
    '[null, 3, {"name":1,"hash":"x","at":1}, {"name":"x","hash":"y","at":"z"}, {"name":"x","hash":"y","at":1e99}]',
  ])
    assert.deepEqual(shelfOn(memory(text)).entries, [], text);
  const long = JSON.stringify([{ name: 'x'.repeat(500), hash: 'h', at: 1 }]);
  assert.equal(shelfOn(memory(long)).entries[0].name.length, 120);
  const blocked = createShelf({
    key: 'k',
    most: 4,
    storage: () => {
      throw new DOMException('blocked', 'SecurityError');
    },
  });
  blocked.add({ name: 'a', hash: 'b', at: 1 });
  assert.equal(blocked.entries.length, 1);
});

test('two tabs: neither takes back what the other did', () => {
  const storage = memory();
  const [left, right] = [shelfOn(storage), shelfOn(storage)];
  left.add({ name: 'left', hash: 'a', at: 1 });
  right.add({ name: 'right', hash: 'b', at: 2 });
  left.add({ name: 'left again', hash: 'c', at: 3 });
  const names = (shelf) => shelf.entries.map((entry) => entry.name);
  assert.deepEqual(names(shelfOn(storage)), ['left again', 'right', 'left']);
  let told = 0;
  right.subscribe(() => (told += 1));
  right.refresh();
  assert.deepEqual([names(right), told], [['left again', 'right', 'left'], 1]);
  right.remove(right.entries[2]);
  left.rename(left.entries[1], 'theirs');
  assert.deepEqual(names(shelfOn(storage)), ['left again', 'theirs']);
  storage.setItem('k', '{broken');
  right.refresh();
  left.add({ name: 'after', hash: 'd', at: 4 });
  assert.deepEqual(names(shelfOn(storage)), ['after', 'left again', 'theirs']);
});

test('full storage keeps what fits', () => {
  const storage = memory(null, 130);
  const shelf = shelfOn(storage);
  for (let i = 0; i < 4; i += 1) shelf.add({ name: `name ${i}`, hash: `v=1&a=${i}`, at: i });
  assert.equal(shelf.entries.length, 4);
  const kept = JSON.parse(storage.text());
  assert.ok(kept.length >= 1 && kept.length < 4);
  assert.equal(kept[0].name, 'name 3');
});

test('a control moved again and again is one entry', () => {
  const shelf = shelfOn(memory(), 50);
  const add = (hash, at) => remember(shelf, { name: hash, hash, at });
  add('', 0);
  for (let i = 1; i <= 20; i += 1) add(`v=1&batch=${i}`, i * 1000);
  assert.deepEqual(
    shelf.entries.map((entry) => entry.hash),
    ['v=1&batch=20', ''],
  );
  add('v=1&batch=20&rank=8', 21_000);
  add('v=1&batch=20&rank=8', 22_000);
  add('v=1&batch=20&rank=9', 200_000); // another minute, another thought
  assert.equal(shelf.entries.length, 4);
  assert.equal(onlyDifference('v=1&a=1&b=2', 'a=1&b=3'), 'b');
  assert.equal(onlyDifference('a=1&b=2', 'a=2&b=3'), null);
  assert.equal(onlyDifference('', ''), null);
});
