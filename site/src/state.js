// The page's state: one flat object of values by field path, with subscribers and an undo stack.
// SPDX-License-Identifier: MIT
/** @import { Json, Values } from './types.js' */

const UNDO_DEPTH = 200;

/** @typedef {ReturnType<typeof createStore>} Store */
/** @typedef {{ past: Values[], future: Values[] }} History */

/** @param {Values} [initial] @param {History} [history] undo and redo of an earlier visit */
export function createStore(initial = {}, history = { past: [], future: [] }) {
  /** @type {Values} */
  let current = Object.freeze({ ...initial });
  /** The last committed state: what undo returns to and what a drag is compared with. @type {Values} */
  let committed = current;
  let past = history.past.slice(-UNDO_DEPTH);
  let future = history.future.slice(-UNDO_DEPTH);
  /** @type {Set<() => void>} */
  const listeners = new Set();
  const notify = () => listeners.forEach((listener) => listener());

  /** @param {Values} next */
  const show = (next) => {
    current = next;
    committed = next;
    notify();
  };

  return {
    get values() {
      return current;
    },
    get committed() {
      return committed;
    },
    /** True while a drag shows values that are not committed. */
    get isPreview() {
      return current !== committed;
    },
    /** @returns {History} */
    get history() {
      return { past: [...past], future: [...future] };
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    /** Shows values without an undo step; `undefined` takes a value back to its default. @param {Record<string, Json | undefined>} patch */
    preview(patch) {
      current = patched(current, patch);
      notify();
    },
    /** Makes the values (and whatever was previewed) one undo step. @param {Record<string, Json | undefined>} [patch] */
    commit(patch = {}) {
      const next = patched(current, patch);
      if (sameValues(next, committed)) {
        show(committed);
        return;
      }
      past = [...past.slice(-(UNDO_DEPTH - 1)), committed];
      future = [];
      show(next);
    },
    /** Replaces everything as one undo step. @param {Values} values */
    replace(values) {
      past = [...past.slice(-(UNDO_DEPTH - 1)), committed];
      future = [];
      show(Object.freeze({ ...values }));
    },
    undo() {
      const previous = past.at(-1);
      if (!previous) return;
      past = past.slice(0, -1);
      future = [...future, committed];
      show(previous);
    },
    redo() {
      const next = future.at(-1);
      if (!next) return;
      future = future.slice(0, -1);
      past = [...past, committed];
      show(next);
    },
    /** @param {() => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** @param {Values} values @param {Record<string, Json | undefined>} patch @returns {Values} */
function patched(values, patch) {
  /** @type {Record<string, Json>} */
  const next = { ...values };
  for (const [path, value] of Object.entries(patch)) {
    if (value === undefined) delete next[path];
    else next[path] = value;
  }
  return Object.freeze(next);
}

/** @param {Values} a @param {Values} b */
export function sameValues(a, b) {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]))
  );
}
