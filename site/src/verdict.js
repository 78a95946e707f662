// The verdict in one word, and the short name of a card: the page and the widget say the same.
// SPDX-License-Identifier: MIT
/** @import { GpuRow, Result } from './types.js' */
import { fitOf } from './fit.js';

const LIKELY = 0.5;
const VERY_UNLIKELY = 0.1;
/** @typedef {'fits' | 'tight' | 'probable' | 'improbable' | 'over' | 'size' | 'error'} VerdictKind */

/** @param {Result} result @returns {VerdictKind} */
export function verdictOf(result) {
  if (!result.memory) return 'error';
  const fit = fitOf(result);
  if (fit === 'unknown') return 'size';
  const probability = result.memory.fit_probability;
  if (probability === undefined || fit === 'fits') return fit;
  if (fit === 'tight') return probability >= LIKELY ? 'probable' : 'improbable';
  return probability >= VERY_UNLIKELY ? 'improbable' : 'over';
}

/** The short name of a card: "RTX 4090", not "NVIDIA GeForce RTX 4090". @param {Pick<GpuRow, 'name' | 'vendor'>} gpu */
export function shortGpuName(gpu) {
  return gpu.name.replace(new RegExp(`^${gpu.vendor}\\s+`, 'i'), '').replace(/^(GeForce|Radeon|Instinct)\s+(?=\S)/, '');
}
