// Rules of thumb behind the Guide tab: sizes, words, speeds, storage; pure.
// SPDX-License-Identifier: MIT

/** Bits each weight takes, block scales included. */
export const BITS = Object.freeze({ fp32: 32, bf16: 16, int8: 8.5, int4: 4.5 });
/** @typedef {keyof typeof BITS} Packing */

/** Part of a card that weights may fill, so that cache, activations and runtime have room. */
export const WEIGHT_SHARE = 0.75;

/** Upper ends, in parameters. */
export const SIZE_CLASSES = Object.freeze(
  /** @type {const} */ ([
    { id: 'tiny', below: 1e9 },
    { id: 'small', below: 1e10 },
    { id: 'medium', below: 4e10 },
    { id: 'large', below: 1.5e11 },
    { id: 'huge', below: Infinity },
  ]),
);

/** Usual device memories, in GiB. */
export const DEVICE_GIB = Object.freeze([6, 8, 12, 16, 24, 32, 48, 80, 141]);

/** Tokens for a word of common text. */
export const TOKENS_PER_WORD = Object.freeze({ en: 1.3, de: 1.8, zh: 2.5, ja: 2.8 });

/** Lower ends, in tokens per second for one reader. */
export const SPEED_CLASSES = Object.freeze(
  /** @type {const} */ ([
    { id: 'instant', from: 100 },
    { id: 'fast', from: 50 },
    { id: 'fluent', from: 20 },
    { id: 'slow', from: 10 },
    { id: 'tedious', from: 0 },
  ]),
);

/** @param {number} parameters */
export function sizeClass(parameters) {
  return SIZE_CLASSES.find(({ below }) => parameters < below)?.id ?? 'huge';
}

/** @param {number} parameters @param {Packing} packing */
export function weightBytes(parameters, packing) {
  return (parameters * BITS[packing]) / 8;
}

/** The largest model whose weights leave room on that memory. @param {number} gib @param {Packing} packing */
export function largestModel(gib, packing) {
  return (gib * 2 ** 30 * WEIGHT_SHARE * 8) / BITS[packing];
}

/** @param {number} tokensPerSecond */
export function speedClass(tokensPerSecond) {
  return SPEED_CLASSES.find(({ from }) => tokensPerSecond >= from)?.id ?? 'tedious';
}

/** Bytes per parameter on disk and in main memory. Full checkpoint: bf16 weights, fp32 master copy and two fp32 moments. */
export const CHECKPOINT_BYTES = 14;
/** What offloading the optimizer puts into main memory: fp32 master copy and two moments. */
export const OFFLOAD_BYTES = 12;

/** @param {number} parameters */
export function storage(parameters) {
  return {
    weights: weightBytes(parameters, 'bf16'),
    packed: weightBytes(parameters, 'int4'),
    checkpoint: parameters * CHECKPOINT_BYTES,
    loading: weightBytes(parameters, 'bf16') * 1.2,
    offload: parameters * OFFLOAD_BYTES,
  };
}

/** Token ids of a data set: two bytes each where the vocabulary allows it. @param {number} tokens @param {number} vocabulary */
export function datasetBytes(tokens, vocabulary) {
  return tokens * (vocabulary <= 2 ** 16 ? 2 : 4);
}

/** @typedef {'post_training' | 'calibrated' | 'aware'} QuantizationWay */
/** @type {readonly QuantizationWay[]} */
export const QUANTIZATION_WAYS = Object.freeze(['post_training', 'calibrated', 'aware']);

/** The simplest way that is good enough. @param {{ bits: number, hasText: boolean, canTrain: boolean }} situation @returns {QuantizationWay} */
export function chooseQuantization({ bits, hasText, canTrain }) {
  if (bits >= 8) return 'post_training';
  if (bits < 4 && canTrain) return 'aware';
  return hasText ? 'calibrated' : 'post_training';
}
