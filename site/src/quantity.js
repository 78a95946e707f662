// Reads what a person types into a number field: `8k`, `1.5M`, `2 048`, `80 GiB`, full-width digits.
// SPDX-License-Identifier: MIT

/** Bytes per unit; the decimal and the binary word each mean what they say. */
const BYTE_UNITS = Object.freeze(
  /** @type {Record<string, number>} */ ({
    b: 1,
    kb: 1e3,
    mb: 1e6,
    gb: 1e9,
    tb: 1e12,
    kib: 2 ** 10,
    mib: 2 ** 20,
    gib: 2 ** 30,
    tib: 2 ** 40,
  }),
);
const DECIMAL = Object.freeze(
  /** @type {Record<string, number>} */ ({ k: 1e3, m: 1e6, g: 1e9, b: 1e9, t: 1e12, 千: 1e3, 万: 1e4, 亿: 1e8 }),
);
/** Context lengths are spoken in powers of two: an 8k context is 8192 tokens. */
const TOKENS = Object.freeze(
  /** @type {Record<string, number>} */ ({ ...DECIMAL, k: 2 ** 10, m: 2 ** 20, ki: 2 ** 10, mi: 2 ** 20 }),
);
const NUMBER = /^([+\u2212-]?(?:\d+\.?\d*|\.\d+)(?:e[+\u2212-]?\d{1,3})?)\s*([a-z%\u4e00-\u9fff ]*)$/;

/**
 * The number in the unit of the field, or null when the text is not a quantity.
 * @param {string} text
 * @param {{ unit?: string, integer?: boolean }} [field]
 * @returns {number | null}
 */
export function parseQuantity(text, { unit = '', integer = false } = {}) {
  const compact = text
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/(\d)[\s_'](?=\d{3}(\D|$))/g, '$1')
    .replace(/(\d)[\s_'](?=\d{3}(\D|$))/g, '$1')
    .replace(/(\d),(?=\d{3}(\D|$))/g, '$1');
  const match = NUMBER.exec(compact);
  if (!match) return null;
  const factor = factorOf((match[2] ?? '').replaceAll(' ', ''), unit.toLowerCase());
  if (factor === null) return null;
  const value = Number((match[1] ?? '').replaceAll('\u2212', '-')) * factor;
  if (!Number.isFinite(value)) return null;
  if (!integer) return value;
  const whole = Math.round(value);
  return Math.abs(whole - value) < 1e-6 ? whole : null;
}

/** @param {string} suffix @param {string} unit @returns {number | null} */
function factorOf(suffix, unit) {
  if (suffix === '' || suffix === unit) return 1;
  if (suffix === '%') return 0.01;
  const own = BYTE_UNITS[unit] ?? (unit === 'bytes' ? 1 : undefined);
  if (own !== undefined) return suffix in BYTE_UNITS ? /** @type {number} */ (BYTE_UNITS[suffix]) / own : null;
  if (unit === 'tokens') {
    const bare = suffix.replace(/(tok|tokens?)$/, '');
    return bare === '' ? 1 : (TOKENS[bare] ?? null);
  }
  return DECIMAL[suffix] ?? null;
}
