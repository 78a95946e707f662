// Whether a run fits, and how far a control may go before it no longer does.
// SPDX-License-Identifier: MIT
/** @import { EngineFitRange, FitRange, Result } from './types.js' */

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

/** Three digits are enough of a bound, and what is shown must hold: `limit` is rounded down, `from` up. @param {number} value @param {(n: number) => number} round */
export function shownBound(value, round) {
  if (Number.isInteger(value) || value <= 0) return value;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return Number((round(value / unit) * unit).toPrecision(3));
}

/**
 * What the engine says of one field, as a slider is painted: from where, how far with room to spare, how far at all.
 * @param {EngineFitRange} range @returns {FitRange}
 */
export function fitRange({ fits_min, fits_max, likely_max }) {
  if (fits_max === undefined) return { from: null, comfortable: null, limit: null };
  return { from: fits_min ?? null, comfortable: likely_max ?? null, limit: fits_max };
}
