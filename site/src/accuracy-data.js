// The measured values behind the Accuracy tab: unpacked, filtered, summed up; pure.
// SPDX-License-Identifier: MIT

/**
 * @typedef {{ groups: string[], quantities: string[], one_sided: number[], trusts: string[], sources: string[], reasons: string[],
 *   models: string[], rows: (string | number)[][], values: (number | null)[][] }} Packed
 * @typedef {{ id: string, group: string, trust: string, source: string | null, model: string | null, quantity: string,
 *   measured: number, ours: number | null, error: number | null, reason: string | null, isBound: boolean }} Measurement
 * @typedef {'scored' | 'unscored' | 'all'} Scope
 */

/** @param {Packed} packed @returns {Measurement[]} */
export function unpack(packed) {
  const at = (/** @type {readonly string[]} */ list, /** @type {unknown} */ place) => list[Number(place)] ?? null;
  return packed.values.map(([row, quantity, measured, ours, error, reason]) => {
    const [id, group, trust, source, model] = packed.rows[Number(row)] ?? [];
    return {
      id: String(id),
      group: at(packed.groups, group) ?? '',
      trust: at(packed.trusts, trust) ?? '',
      source: at(packed.sources, source),
      model: at(packed.models, model),
      quantity: at(packed.quantities, quantity) ?? '',
      measured: measured ?? 0,
      ours: error === null ? null : (ours ?? 0),
      error: error ?? null,
      reason: at(packed.reasons, reason),
      isBound: packed.one_sided.includes(Number(quantity)),
    };
  });
}

/** Tokens per second; everything else is bytes. @param {string} quantity */
export const isRate = (quantity) => quantity.endsWith('_rate');

/** Who measured: our own reference runs, published training runs, or logs of serving engines. @param {string} group */
export function kindOf(group) {
  if (group.startsWith('pytorch-')) return 'reference';
  return /^([A-Z]_|speed-(?!training))/.test(group) ? 'serving' : 'training';
}

/** Every time, as a choice of quantity. */
export const RATES = 'rates';

/** @param {readonly Measurement[]} all @param {{ group: string, quantity: string, scope: Scope }} filter an empty group is any; an empty quantity every size, where there are sizes: errors of bytes and of seconds make no common figure */
export function select(all, { group, quantity, scope }) {
  const inGroup = group === '' ? all : all.filter((one) => one.group === group);
  const wantsRates = quantity === RATES || inGroup.every((one) => isRate(one.quantity));
  return inGroup.filter(
    (one) =>
      (quantity === '' || quantity === RATES ? isRate(one.quantity) === wantsRates : one.quantity === quantity) &&
      (scope === 'all' || (scope === 'scored') === (one.error !== null)),
  );
}

/** The usual figures over values that say how much it was, not only whether it ran. @param {readonly Measurement[]} all */
export function figures(all) {
  const errors = all
    .filter((one) => one.error !== null && !one.isBound)
    .map((one) => Math.abs(one.error ?? 0))
    .sort((a, b) => a - b);
  return { count: errors.length, median: quantile(errors, 0.5), p95: quantile(errors, 0.95), worst: errors.at(-1) };
}

/** Linear between the neighbours. @param {readonly number[]} sorted @param {number} share */
function quantile(sorted, share) {
  if (sorted.length === 0) return undefined;
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}

/** @typedef {'error' | 'measured' | 'id'} Order */

/** The largest error, or the largest value, first; rows without an error last. @param {readonly Measurement[]} all @param {Order} order */
export function ordered(all, order) {
  if (order === 'id') return [...all].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const key = (/** @type {Measurement} */ one) =>
    order === 'measured' ? one.measured : one.error === null ? -1 : Math.abs(one.error);
  return [...all].sort((a, b) => key(b) - key(a));
}
