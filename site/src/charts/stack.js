// Terms stacked over the moments of a step: paths and the places of the phases' names; pure.
// SPDX-License-Identifier: MIT
/** @import { TimelinePoint } from '../types.js' */
import { TERM_ORDER } from '../terms.js';

/**
 * One closed path per term, stacked in the fixed order, in a box of 100 by 100.
 * @param {readonly TimelinePoint[]} points rising in `at` @param {number} scale bytes at the top of the plot
 */
export function stackPaths(points, scale) {
  const x = (/** @type {TimelinePoint} */ point) => (100 * positionOf(points, point.at)).toFixed(2);
  const y = (/** @type {number} */ bytes) => (100 * (1 - bytes / scale)).toFixed(2);
  const known = new Set(points.flatMap((point) => Object.keys(point.terms)));
  const ids = [...TERM_ORDER.filter((id) => known.has(id)), ...[...known].filter((id) => !TERM_ORDER.includes(id))];
  let below = points.map(() => 0);
  return ids.map((id) => {
    const base = below;
    const above = points.map((point, i) => (base[i] ?? 0) + (point.terms[id] ?? 0));
    below = above;
    const upper = points.map((point, i) => `${x(point)} ${y(above[i] ?? 0)}`);
    const lower = points.map((point, i) => `${x(point)} ${y(base[i] ?? 0)}`).reverse();
    return { id, d: `M${[...upper, ...lower].join('L')}Z` };
  });
}

/** Names nearer than this share of the width would lie on each other. */
const LABEL_GAP = 0.12;

/** Where each phase is named: in the middle of its points, and where that is too near to the one before, beside it. @param {readonly TimelinePoint[]} points */
export function phaseLabels(points) {
  /** @type {Map<string, number[]>} */
  const places = new Map();
  for (const point of points)
    places.set(point.phase, [...(places.get(point.phase) ?? []), positionOf(points, point.at)]);
  const labels = [...places]
    .map(([phase, at]) => ({ phase, at: at.reduce((sum, place) => sum + place, 0) / at.length }))
    .sort((a, b) => a.at - b.at);
  labels.forEach((label, i) => {
    const before = labels[i - 1];
    if (!before || label.at - before.at >= LABEL_GAP) return;
    const missing = LABEL_GAP - (label.at - before.at);
    const left = Math.min(before.at, missing / 2);
    before.at -= left;
    label.at = Math.min(1, label.at + missing - left);
  });
  return labels;
}

/** From 0 at the first point to 1 at the last. @param {readonly TimelinePoint[]} points @param {number} at */
function positionOf(points, at) {
  const first = points[0]?.at ?? 0;
  return (at - first) / ((points.at(-1)?.at ?? 1) - first || 1);
}
