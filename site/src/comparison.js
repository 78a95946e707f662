// Scenarios side by side: which rows there are and where they differ; pure.
// SPDX-License-Identifier: MIT
/** @import { Field, Json, Result } from './types.js' */
import { readAt } from './scenario.js';
import { TERM_ORDER } from './terms.js';

/** @typedef {{ path: string, values: (Json | undefined)[], differs: boolean }} SettingRow */
/** @typedef {{ id: string, bytes: (number | undefined)[], differs: boolean }} TermRow */

/** @param {readonly unknown[]} values */
const isMixed = (values) => new Set(values.map((value) => JSON.stringify(value) ?? '')).size > 1;

/** Settings in the order of the field table; those that are equal everywhere are left out unless asked for. @param {readonly Result[]} results @param {readonly Field[]} fields @param {boolean} all @returns {SettingRow[]} */
export function settingRows(results, fields, all) {
  return fields
    .map(({ path }) => {
      const values = results.map((result) => readAt(result.scenario, path));
      return { path, values, differs: isMixed(values) };
    })
    .filter((row) => row.values.some((value) => value !== undefined) && (all || row.differs));
}

/** Terms that any of them has. @param {readonly Result[]} results @returns {TermRow[]} */
export function termRows(results) {
  const present = new Set(
    results.flatMap((result) => (result.memory?.terms ?? []).filter((term) => term.bytes > 0).map((term) => term.id)),
  );
  const unknown = [...present].filter((id) => !TERM_ORDER.includes(id));
  return [...TERM_ORDER.filter((id) => present.has(/** @type {any} */ (id))), ...unknown].map((id) => {
    const bytes = results.map((result) => result.memory?.terms.find((term) => term.id === id)?.bytes);
    return { id, bytes, differs: isMixed(bytes.map((value) => value ?? 0)) };
  });
}

/** The place of the smallest total, or -1 when no two differ. @param {readonly Result[]} results */
export function smallest(results) {
  const totals = results.map((result) => result.memory?.total_bytes ?? Infinity);
  return isMixed(totals) ? totals.indexOf(Math.min(...totals)) : -1;
}
