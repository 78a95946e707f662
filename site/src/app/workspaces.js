// One workspace per calculator: its own state with its own undo, so that a visit to another tab changes nothing in this one.
// SPDX-License-Identifier: MIT
/** @import { Field, Json, Values } from '../types.js' */
/** @import { Calculator } from '../calculators/layout.js' */
import { fromHash } from '../permalink.js';
import { createStore, sameValues } from '../state.js';

/** @typedef {ReturnType<typeof createWorkspaces>} Workspaces */
/** @typedef {import('../state.js').Store} Store */

/** What an earlier visit left of a calculator. @typedef {{ values: Values, history: import('../state.js').History }} Kept */

/** @param {() => void} onChange called whenever the workspace in front changes */
export function createWorkspaces(onChange) {
  /** @type {Map<string, { calculator: Calculator, store: Store }>} */
  const all = new Map();
  /** @type {{ calculator: Calculator, store: Store } | null} */
  let front = null;
  /** @type {(id: string) => Kept | null} */
  let takeKept = () => null;

  return {
    get calculator() {
      return front?.calculator ?? null;
    },
    get store() {
      return front?.store ?? null;
    },
    /** Whether Reset would change something. */
    get isMoved() {
      return front !== null && !sameValues(front.store.values, front.calculator.opening);
    },
    /** Brings a calculator to the front; the first time with the values given, else with those it opens with. @param {Calculator} calculator @param {Values} [values] */
    open(calculator, values) {
      let space = all.get(calculator.id);
      if (!space) {
        const kept = takeKept(calculator.id);
        space = { calculator, store: createStore(kept?.values ?? values ?? calculator.opening, kept?.history) };
        const { store } = space;
        store.subscribe(() => {
          if (front?.store === store) onChange();
        });
        all.set(calculator.id, space);
      } else if (values) space.store.replace(values);
      front = space;
      onChange();
    },
    /** Where to look, once, for what a calculator held before a reload. @param {(id: string) => Kept | null} take */
    remember: (take) => (takeKept = take),
    /** Hands over what every calculator holds. @param {(id: string, kept: Kept) => void} put */
    keep: (put) => all.forEach(({ store }, id) => put(id, { values: store.values, history: store.history })),
    reset: () => front?.store.replace(front.calculator.opening),
  };
}

/**
 * The values a link holds for a calculator: what it says, else what the calculator opens with.
 * @param {string} hash @param {readonly Field[]} fields @param {Calculator} calculator
 * @returns {{ values: Record<string, Json>, rejected: string[] }}
 */
export function linkedValues(hash, fields, calculator) {
  const { values, rejected } = fromHash(hash, fields);
  return { values: Object.keys(values).length > 0 ? values : { ...calculator.opening }, rejected };
}
