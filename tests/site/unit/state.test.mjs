// The store: previews, commits, undo and redo; and one recompute per frame.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheduler } from '../../../site/src/schedule.js';
import { createStore } from '../../../site/src/state.js';

test('a drag is one undo step, however long', () => {
  const store = createStore({ a: 1 });
  for (let value = 2; value < 50; value += 1) store.preview({ a: value });
  assert.equal(store.isPreview, true);
  assert.deepEqual(store.committed, { a: 1 });
  store.commit({ a: 50 });
  assert.equal(store.isPreview, false);
  store.undo();
  assert.deepEqual(store.values, { a: 1 });
  assert.equal(store.canUndo, false);
  store.redo();
  assert.deepEqual(store.values, { a: 50 });
});

test('settling where it began is no step', () => {
  const store = createStore({ a: 1 });
  store.preview({ a: 2 });
  store.commit({ a: 1 });
  assert.equal(store.canUndo, false);
  assert.equal(store.isPreview, false);
});

test('a new change forgets what was undone', () => {
  const store = createStore();
  store.commit({ a: 1 });
  store.undo();
  store.commit({ a: 2 });
  assert.equal(store.canRedo, false);
  store.undo();
  assert.deepEqual(store.values, {});
});

test('undefined takes a value back to its default', () => {
  const store = createStore({ a: 1 });
  store.commit({ a: undefined, b: 2 });
  assert.deepEqual(store.values, { b: 2 });
});

test('reset can be undone', () => {
  const store = createStore({ a: 1 });
  store.replace({});
  store.undo();
  assert.deepEqual(store.values, { a: 1 });
});

test('undo and redo at the ends do nothing', () => {
  const store = createStore({ a: 1 });
  store.undo();
  store.redo();
  assert.deepEqual(store.values, { a: 1 });
});

test('subscribers hear every change until they leave', () => {
  const store = createStore();
  let heard = 0;
  const leave = store.subscribe(() => (heard += 1));
  store.preview({ a: 1 });
  store.commit();
  leave();
  store.commit({ a: 2 });
  assert.equal(heard, 2);
});

test('any number of requests is one recompute per frame', () => {
  const frames = [];
  let runs = 0;
  const scheduler = createScheduler(
    () => (runs += 1),
    (callback) => frames.push(callback),
  );
  for (let i = 0; i < 100; i += 1) scheduler.request();
  assert.equal(frames.length, 1);
  frames.shift()();
  assert.equal(runs, 1);
  scheduler.request();
  frames.shift()();
  assert.equal(runs, 2);
});
