// What a reload for an update must not lose and a link may not hold: every value, undo and redo. Read once, then gone.
// SPDX-License-Identifier: MIT
/** @import { Values } from './types.js' */
/** @import { History } from './state.js' */

const KEY = 'vram-calculator-reload';

/** @typedef {{ values: Values, history: History }} Kept */

/** @param {Kept} kept @param {() => Pick<Storage, 'setItem'>} [storage] `storage` may throw @param {string} [name] of the calculator; each keeps its own */
export function keepForReload(kept, storage = () => sessionStorage, name = '') {
  const { values } = kept;
  // Too full for the whole history: the values alone.
  for (const part of [kept, { values, history: { past: [], future: [] } }]) {
    try {
      storage().setItem(KEY + name, JSON.stringify(part));
      return true;
    } catch {
      // Blocked or full.
    }
  }
  return false;
}

/**
 * @param {(stored: Values) => Values} read leaves out what no field can hold
 * @param {() => Pick<Storage, 'getItem' | 'removeItem'>} [storage] @param {string} [name] of the calculator @returns {Kept | null}
 */
export function takeKept(read, storage = () => sessionStorage, name = '') {
  try {
    const { values, history } = JSON.parse(storage().getItem(KEY + name) ?? 'null') ?? {};
    storage().removeItem(KEY + name);
    if (!isValues(values)) return null;
    const list = (/** @type {unknown} */ states) => (Array.isArray(states) ? states.filter(isValues).map(read) : []);
    return { values: read(values), history: { past: list(history?.past), future: list(history?.future) } };
  } catch {
    return null; // blocked, or not ours
  }
}

/** @param {unknown} value @returns {value is Values} */
function isValues(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
