// Decodes LZMA (the ".lzma" container that `xz --format=lzma` writes): a fifth smaller than gzip on the engine, and browsers
// have no decoder of their own. After the format's specification by I. Pavlov.
// SPDX-License-Identifier: MIT

const HEADER = 13;
const HALF = 1024; // probability of one half, of 2048
const TOP = 2 ** 24;
const STATES = 12;
const FIRST_MATCH_STATE = 7;

/** A tree of adaptive bits. @param {number} bits */
const tree = (bits) => new Uint16Array(1 << bits).fill(HALF);
const trees = (/** @type {number} */ count, /** @type {number} */ bits) =>
  Array.from({ length: count }, () => tree(bits));
const bits = (/** @type {number} */ count) => new Uint16Array(count).fill(HALF);

/** The arithmetic decoder: turns bytes into bits by adaptive probabilities. @param {Uint8Array} input */
function createDecoder(input) {
  let at = HEADER + 1; // the coder's first byte says nothing
  let range = 2 ** 32 - 1;
  let code = 0;
  for (let i = 0; i < 4; i += 1) code = code * 256 + (input[at++] ?? 0);

  function refill() {
    if (range >= TOP) return;
    range *= 256;
    code = code * 256 + (input[at++] ?? 0);
  }

  /** @param {Uint16Array} probabilities @param {number} which */
  function bit(probabilities, which) {
    const probability = probabilities[which] ?? 0;
    const bound = (range >>> 11) * probability;
    const one = code >= bound;
    if (one) {
      range -= bound;
      code -= bound;
      probabilities[which] = probability - (probability >> 5);
    } else {
      range = bound;
      probabilities[which] = probability + ((2048 - probability) >> 5);
    }
    refill();
    return one ? 1 : 0;
  }

  return {
    bit,
    /** @param {Uint16Array} probabilities @param {number} count */
    fromTree(probabilities, count) {
      let node = 1;
      for (let i = 0; i < count; i += 1) node = node * 2 + bit(probabilities, node);
      return node - (1 << count);
    },
    /** The lowest bit first. @param {Uint16Array} probabilities @param {number} offset @param {number} count */
    reversed(probabilities, offset, count) {
      let node = 1;
      let value = 0;
      for (let i = 0; i < count; i += 1) {
        const next = bit(probabilities, offset + node);
        node = node * 2 + next;
        value += next * 2 ** i;
      }
      return value;
    },
    /** Bits that are as likely as not. @param {number} count */
    direct(count) {
      let value = 0;
      for (let i = 0; i < count; i += 1) {
        range = Math.floor(range / 2);
        const one = code >= range;
        if (one) code -= range;
        refill();
        value = value * 2 + (one ? 1 : 0);
      }
      return value;
    },
  };
}

/** How long a copy is: 2 to 273. @param {ReturnType<typeof createDecoder>} decoder */
function createLengths(decoder) {
  const choice = bits(2);
  const low = trees(16, 3);
  const middle = trees(16, 3);
  const high = tree(8);
  return (/** @type {number} */ place) => {
    if (decoder.bit(choice, 0) === 0) return 2 + decoder.fromTree(/** @type {Uint16Array} */ (low[place]), 3);
    if (decoder.bit(choice, 1) === 0) return 10 + decoder.fromTree(/** @type {Uint16Array} */ (middle[place]), 3);
    return 18 + decoder.fromTree(high, 8);
  };
}

/** How far back a copy begins. @param {ReturnType<typeof createDecoder>} decoder */
function createDistances(decoder) {
  const slots = trees(4, 6);
  const special = bits(115);
  const align = tree(4);
  return (/** @type {number} */ length) => {
    const slot = decoder.fromTree(/** @type {Uint16Array} */ (slots[Math.min(length - 2, 3)]), 6);
    if (slot < 4) return slot;
    const count = (slot >> 1) - 1;
    const base = (2 + (slot & 1)) * 2 ** count;
    if (slot < 14) return base + decoder.reversed(special, base - slot, count);
    return base + decoder.direct(count - 4) * 16 + decoder.reversed(align, 0, 4);
  };
}

/** @param {Uint8Array} input @param {number} size of what comes out @returns {Uint8Array<ArrayBuffer>} */
export function unlzma(input, size) {
  const out = new Uint8Array(size);
  const properties = input[0] ?? 0;
  const literalContext = properties % 9;
  const literalPlace = Math.floor(properties / 9) % 5;
  const placeMask = (1 << Math.floor(properties / 45)) - 1;
  const decoder = createDecoder(input);
  const lengthOfMatch = createLengths(decoder);
  const lengthOfRepeat = createLengths(decoder);
  const distanceOf = createDistances(decoder);
  const isMatch = bits(STATES * 16);
  const isRepeat = bits(STATES);
  const isOther = [bits(STATES), bits(STATES), bits(STATES)]; // not the last distance, not the one before it, not the third
  const isLong = bits(STATES * 16);
  const literals = bits(0x300 << (literalContext + literalPlace));

  let at = 0;
  let state = 0;
  let last = [0, 0, 0, 0]; // the four last distances, less one
  const back = () => out[at - /** @type {number} */ (last[0]) - 1] ?? 0;

  function literal() {
    const before = at > 0 ? (out[at - 1] ?? 0) : 0;
    const context = ((at & ((1 << literalPlace) - 1)) << literalContext) + (before >> (8 - literalContext));
    const offset = 0x300 * context;
    let node = 1;
    if (state >= FIRST_MATCH_STATE) {
      // After a copy the byte that the copy would have gone on with helps to guess.
      let guess = back();
      while (node < 0x100) {
        const guessed = guess >> 7;
        guess = (guess << 1) & 0xff;
        const next = decoder.bit(literals, offset + ((1 + guessed) << 8) + node);
        node = node * 2 + next;
        if (next !== guessed) break;
      }
    }
    while (node < 0x100) node = node * 2 + decoder.bit(literals, offset + node);
    out[at++] = node & 0xff;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  function copy(/** @type {number} */ length) {
    const distance = /** @type {number} */ (last[0]) + 1;
    if (distance > at) throw new Error('the packed data is damaged');
    for (let i = 0; i < length && at < size; i += 1, at += 1) out[at] = out[at - distance] ?? 0;
  }

  while (at < size) {
    const place = at & placeMask;
    if (decoder.bit(isMatch, state * 16 + place) === 0) {
      literal();
    } else if (decoder.bit(isRepeat, state) === 0) {
      const length = lengthOfMatch(place);
      last = [distanceOf(length), .../** @type {[number, number, number]} */ (last.slice(0, 3))];
      state = state < FIRST_MATCH_STATE ? 7 : 10;
      copy(length);
    } else {
      let which = 0;
      while (which < 3 && decoder.bit(/** @type {Uint16Array} */ (isOther[which]), state) === 1) which += 1;
      if (which === 0 && decoder.bit(isLong, state * 16 + place) === 0) {
        state = state < FIRST_MATCH_STATE ? 9 : 11;
        copy(1);
        continue;
      }
      const [chosen] = last.splice(which, 1);
      last.unshift(/** @type {number} */ (chosen));
      const length = lengthOfRepeat(place);
      state = state < FIRST_MATCH_STATE ? 8 : 11;
      copy(length);
    }
  }
  return out;
}
