// The history and the comparison: what goes onto them, and when.
// SPDX-License-Identifier: MIT
/** @import { Entry, Shelf } from '../shelf.js' */
import { debounce } from '../schedule.js';

/** A scenario is part of the history once it has been looked at for this long. */
const RECORD_DELAY_MS = 1500;

/** @typedef {ReturnType<typeof createShelves>} Shelves */

/** @param {{ entry: () => Entry | null, isWorthy: () => boolean }} options `entry`: the scenario of now; `isWorthy`: whether it is one to remember */
export function createShelves({ entry, isWorthy }) {
  /** @type {Shelf | null} */
  let history = null;
  /** @type {Shelf | null} */
  let comparison = null;

  /** The one set of shelves of this visit: a second would not know what the storage had no room for. @type {Promise<void> | null} */
  let loading = null;

  const record = debounce(() => {
    const now = entry();
    if (!history || !now || !isWorthy()) return;
    const shelf = history;
    void import('../shelf.js').then(({ remember }) => remember(shelf, now));
  }, RECORD_DELAY_MS);

  return {
    get history() {
      return history;
    },
    get comparison() {
      return comparison;
    },
    /** The scenario has changed. */
    record,
    load() {
      loading ??= import('../shelf.js').then(
        ({ compareShelf, historyShelf }) => {
          history = historyShelf();
          comparison = compareShelf();
          record();
        },
        (error) => {
          loading = null; // the next call tries again
          throw error;
        },
      );
      return loading;
    },
    /** Puts a scenario beside the others. @param {Entry | null} now @returns {{ code: 'added' | 'full' | 'incomplete', name: string }} */
    compare(now) {
      if (!comparison || !now) return { code: 'incomplete', name: '' };
      if (comparison.isFull) return { code: 'full', name: now.name };
      comparison.add(now);
      return { code: 'added', name: now.name };
    },
  };
}
