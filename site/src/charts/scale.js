// Logarithmic and linear axes: where a value stands and where the ticks are; pure.
// SPDX-License-Identifier: MIT

/** @typedef {{ min: number, max: number, log: boolean }} Domain */

/** From 0 at the least value to 1 at the largest. @param {Domain} domain @param {number} value */
export function shareOf({ min, max, log }, value) {
  if (!(max > min)) return 0;
  return log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
}

/** The smallest domain that holds all values, with a little air. @param {readonly number[]} values @returns {Domain} */
export function logDomain(values) {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return { min: 1, max: 2, log: true };
  let min = Infinity;
  let max = 0;
  for (const value of positive) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { min: min / 1.4, max: max * 1.4, log: true };
}

/** Powers of two that fall inside, at most `most` of them. @param {Domain} domain @param {number} most */
export function binaryTicks({ min, max }, most) {
  const first = Math.ceil(Math.log2(min));
  const last = Math.floor(Math.log2(max));
  const step = [1, 2, 5, 10, 20].find((size) => (last - first) / size < most) ?? 40;
  const ticks = [];
  for (let power = Math.ceil(first / step) * step; power <= last; power += step) ticks.push(2 ** power);
  return ticks;
}

/** Round values from 0: 1, 2 or 5 times a power of ten apart. @param {number} max @param {number} most */
export function linearTicks(max, most) {
  if (!(max > 0) || !Number.isFinite(max)) return [0];
  const power = 10 ** Math.floor(Math.log10(max / most));
  const step = ([1, 2, 5, 10].find((digit) => max / (digit * power) <= most) ?? 10) * power;
  const ticks = [];
  for (let i = 0; i * step <= max; i += 1) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}
