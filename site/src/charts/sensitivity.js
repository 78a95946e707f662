// How much the memory moves when one control is halved or doubled; pure.
// SPDX-License-Identifier: MIT
/** @import { Field } from '../types.js' */
import { curveOf } from './curve.js';

/** @typedef {{ path: string, lower: number, upper: number, lowerValue: number, upperValue: number }} Sway bytes beyond the present total */

/** Half and twice the value as far as the field allows; a field at 0 has no half and no double. @param {Field} field @param {number} value @returns {[number, number]} */
export function neighbours(field, value) {
  const round = (/** @type {number} */ one) => (field.type === 'integer' ? Math.round(one) : one);
  const within = (/** @type {number} */ one) => Math.min(field.max ?? one, Math.max(field.min ?? one, one));
  return [within(round(value / 2)), within(round(value * 2))];
}

/**
 * Fields that move the total, the strongest first.
 * @param {readonly { field: Field, value: number }[]} controls @param {number} total
 * @param {(field: string, values: number[]) => { columns: readonly string[], numbers: ArrayLike<number> }} sweep
 * @returns {Sway[]}
 */
export function sensitivity(controls, total, sweep) {
  const sways = controls.flatMap(({ field, value }) => {
    const [lowerValue, upperValue] = neighbours(field, value);
    const asked = [...new Set([lowerValue, upperValue])].filter((one) => one !== value);
    if (asked.length === 0) return [];
    const points = curveOf(sweep(field.path, asked));
    const beyond = (/** @type {number} */ one) => (points.find((point) => point.value === one)?.total ?? total) - total;
    const [lower, upper] = [beyond(lowerValue), beyond(upperValue)];
    return lower === 0 && upper === 0 ? [] : [{ path: field.path, lower, upper, lowerValue, upperValue }];
  });
  const span = (/** @type {Sway} */ sway) => Math.abs(sway.upper - sway.lower);
  return sways.sort((a, b) => span(b) - span(a));
}
