// A short list of named scenarios kept in the browser: the history, the comparison. Survives broken and full storage.
// SPDX-License-Identifier: MIT

/** @typedef {{ name: string, hash: string, at: number }} Entry `hash` is a link's text, read back as carefully as any link */
/** @typedef {ReturnType<typeof createShelf>} Shelf */

const MAX_NAME = 120;
const MAX_HASH = 16_384;
/** The last moment a Date can hold. */
const MAX_TIME = 8.64e15;

/** @param {unknown} item @returns {Entry[]} */
function readEntry(item) {
  const { name, hash, at } = /** @type {Record<string, unknown>} */ (item ?? {});
  const isOurs =
    typeof name === 'string' &&
    typeof hash === 'string' &&
    hash.length <= MAX_HASH &&
    typeof at === 'number' &&
    Math.abs(at) <= MAX_TIME;
  return isOurs ? [{ name: name.slice(0, MAX_NAME), hash, at: Number(at) }] : [];
}

/** The same one, though another tab may have read it anew. @param {Entry} a @param {Entry} b */
const isSame = (a, b) => a.at === b.at && a.hash === b.hash && a.name === b.name;

/**
 * Tabs share a shelf: each change starts from what is stored now, so that none takes back what another tab did.
 * @param {{ key: string, most: number, storage: () => Pick<Storage, 'getItem' | 'setItem'> }} options `storage` may throw
 */
export function createShelf({ key, most, storage }) {
  /** @type {readonly Entry[]} the newest first */
  let entries = [];
  /** What storage held when this tab last read or wrote it. @type {string | null} */
  let seen = null;
  /** @type {Set<() => void>} */
  const listeners = new Set();
  load();

  /** Takes what another tab has written; what this one could not store stays only as long as nobody else writes. */
  function load() {
    try {
      const text = storage().getItem(key);
      if (text === seen) return;
      seen = text;
      const saved = JSON.parse(text ?? '[]');
      entries = Array.isArray(saved) ? saved.flatMap(readEntry).slice(0, most) : [];
    } catch {
      // blocked, or not ours: what this tab has is all there is
    }
  }

  /** When the browser's storage is full, the oldest are not kept beyond this visit. */
  function save() {
    for (let kept = entries.length; ; kept = Math.floor(kept / 2)) {
      try {
        const text = JSON.stringify(entries.slice(0, kept));
        storage().setItem(key, text);
        seen = text;
        return;
      } catch {
        if (kept === 0) return;
      }
    }
  }

  const tell = () => listeners.forEach((listener) => listener());

  /** @param {(now: readonly Entry[]) => readonly Entry[]} change */
  function set(change) {
    load();
    entries = Object.freeze(change(entries).slice(0, most));
    save();
    tell();
  }

  return {
    get entries() {
      return entries;
    },
    get isFull() {
      return entries.length >= most;
    },
    /** @param {Entry} entry */
    add: (entry) => set((now) => [entry, ...now]),
    /** Puts it in the place of the newest. @param {Entry} entry */
    replaceNewest: (entry) => set((now) => [entry, ...now.slice(1)]),
    /** @param {Entry} entry @param {string} name */
    rename: (entry, name) =>
      set((now) =>
        now.map((one) => (isSame(one, entry) ? { ...one, name: name.trim().slice(0, MAX_NAME) || one.name } : one)),
      ),
    /** @param {Entry} entry */
    remove: (entry) => set((now) => now.filter((one) => !isSame(one, entry))),
    clear: () => set(() => []),
    /** Another tab wrote: shows what it left. */
    refresh() {
      load();
      tell();
    },
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

/** In the browser's own storage, asked for each time: it may be blocked. @param {string} key @param {number} most */
function browserShelf(key, most) {
  const shelf = createShelf({ key, most, storage: () => localStorage });
  // Without a key: everything was cleared.
  addEventListener('storage', (event) => {
    if (event.key === key || event.key === null) shelf.refresh();
  });
  return shelf;
}

export const historyShelf = () => browserShelf('vram-calculator-history', 50);
export const compareShelf = () => browserShelf('vram-calculator-compare', 4);
