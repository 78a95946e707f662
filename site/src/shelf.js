// A short list of named scenarios kept in the browser: the history, the comparison. Survives broken and full storage.
// SPDX-License-Identifier: MIT

/** @typedef {{ name: string, hash: string, at: number }} Entry `hash` is a link's text, read back as carefully as any link */
/** @typedef {ReturnType<typeof createShelf>} Shelf */

const MAX_NAME = 120;
const MAX_HASH = 16_384;

/** @param {unknown} item @returns {Entry[]} */
function readEntry(item) {
  const { name, hash, at } = /** @type {Record<string, unknown>} */ (item ?? {});
  const isOurs = typeof name === 'string' && typeof hash === 'string' && hash.length <= MAX_HASH && Number.isFinite(at);
  return isOurs ? [{ name: name.slice(0, MAX_NAME), hash, at: Number(at) }] : [];
}

/**
 * @param {{ key: string, most: number, storage: () => Pick<Storage, 'getItem' | 'setItem'> }} options `storage` may throw
 */
export function createShelf({ key, most, storage }) {
  /** @type {readonly Entry[]} the newest first */
  let entries = load();
  /** @type {Set<() => void>} */
  const listeners = new Set();

  /** @returns {Entry[]} */
  function load() {
    try {
      const saved = JSON.parse(storage().getItem(key) ?? '[]');
      return Array.isArray(saved) ? saved.flatMap(readEntry).slice(0, most) : [];
    } catch {
      return []; // blocked, or not ours
    }
  }

  /** When the browser's storage is full, the oldest are not kept beyond this visit. */
  function save() {
    for (let kept = entries.length; ; kept = Math.floor(kept / 2)) {
      try {
        storage().setItem(key, JSON.stringify(entries.slice(0, kept)));
        return;
      } catch {
        if (kept === 0) return;
      }
    }
  }

  /** @param {readonly Entry[]} next */
  function set(next) {
    entries = Object.freeze(next.slice(0, most));
    save();
    listeners.forEach((listener) => listener());
  }

  return {
    get entries() {
      return entries;
    },
    get isFull() {
      return entries.length >= most;
    },
    /** @param {Entry} entry */
    add: (entry) => set([entry, ...entries]),
    /** Puts it in the place of the newest. @param {Entry} entry */
    replaceNewest: (entry) => set([entry, ...entries.slice(1)]),
    /** @param {Entry} entry @param {string} name */
    rename: (entry, name) =>
      set(entries.map((one) => (one === entry ? { ...one, name: name.trim().slice(0, MAX_NAME) || one.name } : one))),
    /** @param {Entry} entry */
    remove: (entry) => set(entries.filter((one) => one !== entry)),
    clear: () => set([]),
    /** @param {() => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const SAME_MOVE_MS = 60_000;

/** The one key in which two links differ, or null. @param {string} a @param {string} b */
export function onlyDifference(a, b) {
  const read = (/** @type {string} */ hash) =>
    new Map(hash.split('&').map((part) => /** @type {[string, string]} */ ([part.split('=', 1)[0] ?? '', part])));
  const [left, right] = [read(a), read(b)];
  left.delete('v');
  right.delete('v');
  const keys = [...new Set([...left.keys(), ...right.keys()])].filter(
    (key) => key !== '' && left.get(key) !== right.get(key),
  );
  return keys.length === 1 ? (keys[0] ?? null) : null;
}

/**
 * Remembers a scenario once; moving the same control again within a minute goes on with the same entry.
 * @param {Shelf} shelf @param {Entry} entry
 */
export function remember(shelf, entry) {
  const [newest, before] = shelf.entries;
  if (newest?.hash === entry.hash) return;
  const moved = newest ? onlyDifference(newest.hash, entry.hash) : null;
  const isSameMove =
    newest !== undefined &&
    before !== undefined &&
    moved !== null &&
    entry.at - newest.at < SAME_MOVE_MS &&
    onlyDifference(before.hash, newest.hash) === moved;
  if (isSameMove) shelf.replaceNewest(entry);
  else shelf.add(entry);
}

/** The browser's own storage, asked for each time: it may be blocked. */
const browser = () => localStorage;

export const historyShelf = () => createShelf({ key: 'vram-calculator-history', most: 50, storage: browser });
export const compareShelf = () => createShelf({ key: 'vram-calculator-compare', most: 4, storage: browser });
