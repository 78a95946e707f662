// The answer in words: headline, what is used of what, details. The page says it, and the page as built opens with it.
// SPDX-License-Identifier: MIT
/** @import { GpuRow, Memory, Result } from './types.js' */
/** @import { VerdictKind } from './verdict.js' */
import { shortGpuName } from './verdict.js';

/** Texts and numbers of one language, as i18n/index.js has them. @typedef {{ t: (key: string, places?: Record<string, string | number>) => string, tOr: (key: string, fallback: string) => string, fmt: () => import('./format.js').Formatter }} Say */

export const VERDICT_CLASS = Object.freeze({
  fits: 'ok',
  tight: 'warn',
  probable: 'warn',
  improbable: 'bad',
  over: 'bad',
  size: '',
  error: 'bad',
  pending: '',
});

/** @param {VerdictKind | 'pending'} kind @param {GpuRow | null} gpu @param {number} gpus @param {Say} say */
export function headline(kind, gpu, gpus, { t, fmt }) {
  if (kind === 'size' || kind === 'error' || kind === 'pending') return t(`verdict.${kind}`);
  const name = gpu ? shortGpuName(gpu) : '';
  const cards =
    gpus > 1 ? t('verdict.cards', { count: fmt().count(gpus), gpu: name }) : t('verdict.card', { gpu: name });
  return t(`verdict.${kind}`, { cards });
}

/** What stands before and after the total. @param {Memory} memory @param {Say} say @returns {readonly [string, string]} */
export function aroundTotal({ total_bytes, usable_bytes }, { t, fmt }) {
  if (!usable_bytes) return ['', ' GiB'];
  const places = { usable: fmt().gibShort(usable_bytes), percent: fmt().percent(total_bytes / usable_bytes) };
  const [before = '', after = ''] = t('verdict.use', places).split('{used}');
  return [before, after];
}

/** When, how sure, how fast. @param {Result} result @param {Memory} memory @param {Say} say */
export function details({ speed }, memory, { t, tOr, fmt }) {
  const { peak_phase: phase, fit_probability: probability, low_bytes: low, high_bytes: high } = memory;
  const parts = [];
  if (phase) parts.push(t('verdict.peak', { phase: tOr(`phase.${phase}`, phase) }));
  if (probability !== undefined) parts.push(t('verdict.probability', { percent: fmt().probability(probability) }));
  if (low && high && low < high)
    parts.push(t('verdict.band', { low: fmt().gibShort(low), high: fmt().gibShort(high) }));
  if (speed?.tokens_per_second) {
    const rounded = fmt().count(Number(speed.tokens_per_second.toPrecision(2)));
    parts.push(t(`verdict.speed_${speed.unit}`, { speed: rounded }));
  }
  return parts.join(t('sentence.join'));
}
