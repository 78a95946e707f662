// The engine's columns as points of a curve; pure.
// SPDX-License-Identifier: MIT

/** @typedef {{ value: number, total: number, low: number, high: number }} CurvePoint */

/** Values that cannot be computed are left out. @param {{ columns: readonly string[], numbers: ArrayLike<number> }} sweep @returns {CurvePoint[]} */
export function curveOf({ columns, numbers }) {
  const place = (/** @type {string} */ name) => columns.indexOf(name);
  const [value, total, low, high] = ['value', 'total_bytes', 'low_bytes', 'high_bytes'].map(place);
  /** @type {CurvePoint[]} */
  const points = [];
  for (let row = 0; columns.length > 0 && row + columns.length <= numbers.length; row += columns.length) {
    const read = (/** @type {number | undefined} */ column) => numbers[row + (column ?? -1)] ?? NaN;
    const point = { value: read(value), total: read(total), low: read(low), high: read(high) };
    if (point.total > 0 && Object.values(point).every(Number.isFinite)) points.push(point);
  }
  return points;
}

/** Up to where the curve is of interest: beyond the card by a factor, but never short of the present value. @param {readonly CurvePoint[]} points @param {number} most @param {number} now */
export function trimmed(points, most, now) {
  const end = points.findIndex((point) => point.total > most && point.value > now);
  return end < 0 ? [...points] : points.slice(0, Math.max(2, end));
}
