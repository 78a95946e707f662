// How far a control may go before the run stops fitting, by asking the engine (more never needs less memory).
// SPDX-License-Identifier: MIT
/** @import { FitRange, Result } from './types.js' */

/** Beyond this use, or below this probability, a fit is called tight. */
const TIGHT_USE = 0.9;
const SURE = 0.9;

/** @typedef {'fits' | 'tight' | 'over' | 'unknown'} Fit */

/** @param {Result} result @returns {Fit} */
export function fitOf(result) {
  const memory = result.memory;
  if (!memory || !memory.usable_bytes || memory.fits === undefined) return 'unknown';
  if (!memory.fits) return 'over';
  const tight =
    memory.fit_probability !== undefined
      ? memory.fit_probability < SURE
      : memory.total_bytes > TIGHT_USE * memory.usable_bytes;
  return tight ? 'tight' : 'fits';
}

/**
 * Searches the ladder, then between its steps for whole numbers.
 * @param {readonly number[]} ladder @param {boolean} integer @param {(value: number) => Fit} fitAt
 * @returns {FitRange | null} null when the engine gives no verdict
 */
export function fitRange(ladder, integer, fitAt) {
  const first = ladder[0];
  if (first === undefined || fitAt(first) === 'unknown') return null;
  /** @type {Map<number, Fit>} */
  const known = new Map();
  const cached = (/** @type {number} */ value) => {
    let fit = known.get(value);
    if (fit === undefined) known.set(value, (fit = fitAt(value)));
    return fit;
  };
  const limit = largest(ladder, integer, (value) => cached(value) === 'fits' || cached(value) === 'tight');
  const comfortable = limit === null ? null : largest(ladder, integer, (value) => cached(value) === 'fits');
  return { comfortable, limit };
}

/** @param {readonly number[]} ladder @param {boolean} integer @param {(value: number) => boolean} holds @returns {number | null} */
function largest(ladder, integer, holds) {
  let low = -1;
  let high = ladder.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (holds(/** @type {number} */ (ladder[middle]))) low = middle;
    else high = middle;
  }
  if (low < 0) return null;
  let inside = /** @type {number} */ (ladder[low]);
  let outside = ladder[high];
  if (!integer || outside === undefined) return inside;
  // A sixty-fourth of the value is finer than a thumb can show.
  const fine = Math.max(1, Math.floor(inside / 64));
  while (outside - inside > fine) {
    const middle = Math.floor((inside + outside) / 2);
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
