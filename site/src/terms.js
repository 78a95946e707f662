// The terms of a result: their fixed order and colour, the same everywhere on the page.
// SPDX-License-Identifier: MIT

/** The fixed order in which terms are drawn and listed. */
export const TERM_ORDER = Object.freeze([
  'weights',
  'adapter_weights',
  'master_weights',
  'optimizer_states',
  'gradients',
  'activations',
  'logits',
  'kv_cache',
  'communication_buffers',
  'engine_buffers',
  'framework_overhead',
  'fragmentation',
]);

const COLOURS = new Map(TERM_ORDER.map((id) => [id, `var(--c-${id.replaceAll('_', '-')})`]));
const RANKS = new Map(TERM_ORDER.map((id, rank) => [id, rank]));

/** A term's colour; terms the page does not know are grey. @param {string} id */
export function termColour(id) {
  return COLOURS.get(id) ?? 'var(--c-framework-overhead)';
}

/**
 * Terms in the fixed order, without the empty ones.
 * @template {{ id: string, bytes: number }} T @param {readonly T[]} terms @returns {T[]}
 */
export function inTermOrder(terms) {
  const rank = (/** @type {T} */ term) => RANKS.get(term.id) ?? TERM_ORDER.length;
  return terms.filter((term) => term.bytes > 0).sort((a, b) => rank(a) - rank(b));
}
