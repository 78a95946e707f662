// Numbers and units for people, by locale; a number that is not finite is shown as a dash.
// SPDX-License-Identifier: MIT

export const GIB = 2 ** 30;
const BYTE_UNITS = Object.freeze(['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
const DASH = '–';
/** Digit groups are parted by a narrow space in every language, as in the engine's own formula texts. */
const GROUP = '\u202f';

/** @typedef {ReturnType<typeof createFormatter>} Formatter */

/** @param {string} locale */
export function createFormatter(locale) {
  /** @type {Map<string, Intl.NumberFormat>} */
  const cache = new Map();

  /** @param {Intl.NumberFormatOptions} options */
  const formatOf = (options) => {
    const key = JSON.stringify(options);
    let found = cache.get(key);
    if (!found) cache.set(key, (found = new Intl.NumberFormat(locale, { useGrouping: true, ...options })));
    return found;
  };

  /**
   * @param {number | undefined | null} value
   * @param {Intl.NumberFormatOptions} [options]
   */
  const show = (value, options = {}) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return DASH;
    let text = '';
    for (const part of formatOf(options).formatToParts(value)) text += part.type === 'group' ? GROUP : part.value;
    return text;
  };

  /** @param {number | undefined | null} value @param {number} digits */
  const fixed = (value, digits) => show(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });

  return {
    locale,
    /** A whole number: 8 030 261 248. @param {number | undefined | null} n */
    count: (n) => show(n, { maximumFractionDigits: 0 }),
    /** A plain value with at most six significant digits after rounding: 0.9, 2048, 2e-5. @param {number | undefined | null} n */
    plain: (n) =>
      typeof n === 'number' && n !== 0 && Math.abs(n) < 1e-3
        ? Number.isFinite(n)
          ? n.toExponential().replace('e-', 'e\u2212')
          : DASH
        : show(n, { maximumSignificantDigits: Math.abs(n ?? 0) >= 1e6 ? 15 : 6 }),
    /** GiB with two digits, for tables. @param {number | undefined | null} bytes */
    gib: (bytes) =>
      typeof bytes === 'number' && bytes > 0 && bytes < 0.005 * GIB
        ? `<\u2009${fixed(0.01, 2)}`
        : fixed((bytes ?? NaN) / GIB, 2),
    /** GiB with about three significant digits, for headlines. @param {number | undefined | null} bytes */
    gibShort: (bytes) => {
      const gib = (bytes ?? NaN) / GIB;
      return fixed(gib, Math.abs(gib) >= 99.95 ? 0 : Math.abs(gib) >= 9.995 ? 1 : 2);
    },
    /** Bytes with the binary unit that suits them, three significant digits: 1.5 GiB, 640 MiB. @param {number | undefined | null} bytes */
    bytes: (bytes) => {
      if (typeof bytes !== 'number' || !Number.isFinite(bytes)) return DASH;
      const step = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(bytes) || 1) / 10)));
      return `${show(bytes / 2 ** (10 * step), { maximumSignificantDigits: 3 })}\u00a0${BYTE_UNITS[step]}`;
    },
    /** A share as a percentage: 0.78 → 78%. @param {number | undefined | null} share */
    percent: (share) => show(share, { style: 'percent', maximumFractionDigits: 0 }),
    /** A probability, which is never quite 0 or 1. @param {number | undefined | null} p */
    probability: (p) => {
      const text = show(Math.min(0.99, Math.max(0.01, p ?? NaN)), { style: 'percent', maximumFractionDigits: 0 });
      return (p ?? 0) > 0.99 ? `>\u2009${text}` : (p ?? 1) < 0.01 ? `<\u2009${text}` : text;
    },
    /** A relative change with its sign: 1.31 → +31%. @param {number | undefined | null} factor */
    change: (factor) =>
      show((factor ?? NaN) - 1, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'always' }),
    /** Parameter counts: 8.03B, 494M. @param {number | undefined | null} n */
    size: (n) => {
      if (typeof n !== 'number' || !Number.isFinite(n)) return DASH;
      for (const [unit, letter] of /** @type {const} */ ([
        [1e12, 'T'],
        [1e9, 'B'],
        [1e6, 'M'],
        [1e3, 'K'],
      ])) {
        if (n >= unit) return show(n / unit, { maximumSignificantDigits: 3 }) + letter;
      }
      return show(n);
    },
    /** Seconds as the two largest units that matter. @param {number | undefined | null} seconds */
    duration: (seconds) => {
      if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return DASH;
      /** @param {number} n @param {string} unit @param {number} [digits] */
      const part = (n, unit, digits = 0) =>
        show(n, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits });
      if (seconds < 60) return part(seconds, 'second', seconds < 10 ? 1 : 0);
      const minutes = Math.round(seconds / 60);
      if (minutes < 60) return part(minutes, 'minute');
      if (minutes < 48 * 60) return `${part(Math.floor(minutes / 60), 'hour')} ${part(minutes % 60, 'minute')}`;
      const hours = Math.round(seconds / 3600);
      return `${part(Math.floor(hours / 24), 'day')} ${part(hours % 24, 'hour')}`;
    },
    /** @param {number | undefined | null} usd */
    usd: (usd) =>
      show(usd, {
        style: 'currency',
        currency: 'USD',
        currencyDisplay: 'narrowSymbol',
        maximumFractionDigits: (usd ?? 0) < 100 ? 2 : 0,
      }),
  };
}
