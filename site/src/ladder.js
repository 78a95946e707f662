// Ladders of natural values for sliders: 1 2 3 4 6 8 12 … for counts, 1 1.5 2 3 5 7 per decade for rates.
// SPDX-License-Identifier: MIT

/** A range wider than this is walked in ratios, a narrower one in equal steps. */
const LOG_RATIO = 40;
const STEPS = 100;

/**
 * Rising values from min to max, both included.
 * @param {number} min @param {number} max @param {boolean} integer
 * @returns {number[]}
 */
export function makeLadder(min, max, integer) {
  const wide = max / Math.max(min, integer ? 1 : 0) > LOG_RATIO && (min > 0 || integer);
  const inner = !wide ? equalSteps(min, max, integer) : integer || min >= 1 ? binary(min, max) : decades(min, max);
  const between = inner.filter((value) => value > min && value < max);
  return [min, ...between, max];
}

/** @param {number} min @param {number} max @param {boolean} integer */
function equalSteps(min, max, integer) {
  const step = integer ? Math.max(1, Math.ceil((max - min) / STEPS)) : roundStep((max - min) / STEPS);
  const values = [];
  for (let i = Math.floor(min / step) + 1; i * step < max; i += 1) values.push(Number((i * step).toPrecision(12)));
  return values;
}

/** The next larger of 1, 2, 5 times a power of ten. @param {number} least */
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((digit) => digit * power >= least * 0.999) ?? 10) * power;
}

/** 2^k and 3 × 2^k. @param {number} min @param {number} max */
function binary(min, max) {
  const values = [];
  for (let power = 1; power < max; power *= 2) {
    values.push(power);
    if (power >= 2) values.push(power * 1.5);
  }
  return values.filter((value) => value >= min);
}

/** @param {number} min @param {number} max */
function decades(min, max) {
  const values = [];
  for (let exponent = Math.floor(Math.log10(min)); 10 ** exponent < max; exponent += 1) {
    for (const digit of [1, 1.5, 2, 3, 5, 7]) values.push(Number(`${digit}e${exponent}`));
  }
  return values;
}

/**
 * The ladder with the present value on it, so that the thumb stands exactly where the value is.
 * @param {number[]} ladder @param {number} value
 */
export function withValue(ladder, value) {
  const first = ladder[0] ?? value;
  const last = ladder[ladder.length - 1] ?? value;
  if (!(value > first && value < last) || ladder.includes(value)) return ladder;
  const at = ladder.findIndex((step) => step > value);
  return [...ladder.slice(0, at), value, ...ladder.slice(at)];
}

/** Index of the value, or of the nearest end outside the ladder. @param {number[]} ladder @param {number} value */
export function positionOf(ladder, value) {
  const last = ladder.length - 1;
  if (!(value > (ladder[0] ?? 0))) return 0;
  if (value >= (ladder[last] ?? 0)) return last;
  const above = ladder.findIndex((step) => step >= value);
  const high = /** @type {number} */ (ladder[above]);
  const low = /** @type {number} */ (ladder[above - 1]);
  return above - 1 + (value - low) / (high - low);
}
