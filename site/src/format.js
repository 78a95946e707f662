// Numbers and units for people, by locale; a number that is not finite is shown as a dash.
// SPDX-License-Identifier: MIT

export const GIB = 2 ** 30;
const BYTE_UNITS = Object.freeze(['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
const DASH = '–';
/** Digit groups are parted by a narrow space in every language, as in the engine's own formula texts. */
const GROUP = '\u202f';

/** @typedef {ReturnType<typeof createFormatter>} Formatter */

/** @typedef {(value: number | undefined | null) => string} Write */

/** A dash for what is no number. @param {(value: number) => string} write @returns {Write} */
const finite = (write) => (value) => (typeof value === 'number' && Number.isFinite(value) ? write(value) : DASH);

// Plain numbers are written here: both languages use the same point, and the browser's formatter takes as long to start as
// the page to draw. tests/site/unit/format.test.mjs holds them against it.

/** Digits with a narrow space before every three. @param {string} digits */
const grouped = (digits) => {
  const [whole = '', part] = digits.split('.');
  const text = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+$)/g, GROUP) : whole;
  return part === undefined ? text : `${text}.${part}`;
};
/** Beyond these toFixed and String write an exponent. @param {number} value */
const isPlain = (value) => value === 0 || (Math.abs(value) < 1e21 && Math.abs(value) >= 1e-6);
/** As many digits after the point. @param {number} digits */
const fixedStyle = (digits) =>
  finite((value) => grouped(Math.abs(value) < 1e21 ? value.toFixed(digits) : String(value)));
/** At most so many digits that count. @param {number} digits */
const significantStyle = (digits) =>
  finite((value) => (isPlain(value) ? grouped(String(Number(value.toPrecision(digits)))) : String(value)));

const FIXED = Object.freeze([0, 1, 2].map(fixedStyle));
const whole = /** @type {Write} */ (FIXED[0]);
const three = significantStyle(3);
const six = significantStyle(6);
const fifteen = significantStyle(15);
const percent = finite((share) => `${whole(Number((share * 100).toPrecision(15)))}%`);
/** @param {number | undefined | null} value @param {0 | 1 | 2} digits */
const fixed = (value, digits) => /** @type {Write} */ (FIXED[digits])(value);

/** @param {string} locale */
export function createFormatter(locale) {
  /**
   * A way of writing numbers that is the language's own; the browser's formatter behind it is made when it is first used, and once.
   * @param {Intl.NumberFormatOptions} options @returns {Write}
   */
  const style = (options) => {
    /** @type {Intl.NumberFormat | undefined} */
    let format;
    return finite((value) => {
      format ??= new Intl.NumberFormat(locale, { useGrouping: true, ...options });
      return format.format(value).replaceAll(',', GROUP);
    });
  };

  const styles = {
    tenths: style({ style: 'percent', maximumFractionDigits: 1 }),
    change: style({ style: 'percent', maximumFractionDigits: 0, signDisplay: 'always' }),
    cents: usdStyle(2),
    dollars: usdStyle(0),
  };
  /** @param {number} digits */
  function usdStyle(digits) {
    return style({
      style: 'currency',
      currency: 'USD',
      currencyDisplay: 'narrowSymbol',
      maximumFractionDigits: digits,
    });
  }
  const unitStyle = (/** @type {string} */ unit, digits = 0) =>
    style({ style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits });
  const units = {
    shortSeconds: unitStyle('second', 1),
    seconds: unitStyle('second'),
    minutes: unitStyle('minute'),
    hours: unitStyle('hour'),
    days: unitStyle('day'),
  };

  return {
    locale,
    /** A whole number: 8 030 261 248. @param {number | undefined | null} n */
    count: whole,
    /** A plain value with at most six significant digits after rounding: 0.9, 2048, 2e-5. @param {number | undefined | null} n */
    plain: (n) =>
      typeof n === 'number' && n !== 0 && Math.abs(n) < 1e-3
        ? Number.isFinite(n)
          ? n.toExponential().replace('e-', 'e\u2212')
          : DASH
        : (Math.abs(n ?? 0) >= 1e6 ? fifteen : six)(n),
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
      return `${three(bytes / 2 ** (10 * step))}\u00a0${BYTE_UNITS[step]}`;
    },
    /** A share as a percentage: 0.78 → 78%. @param {number | undefined | null} share */
    percent,
    /** An error as a percentage: 0.0003 → < 0.1%. @param {number} share */
    error: (share) =>
      share < 0.001 ? `<\u2009${styles.tenths(0.001)}` : share < 0.1 ? styles.tenths(share) : percent(share),
    /** A probability, which is never quite 0 or 1. @param {number | undefined | null} p */
    probability: (p) => {
      const text = percent(Math.min(0.99, Math.max(0.01, p ?? NaN)));
      return (p ?? 0) > 0.99 ? `>\u2009${text}` : (p ?? 1) < 0.01 ? `<\u2009${text}` : text;
    },
    /** A relative change with its sign: 1.31 → +31%. @param {number | undefined | null} factor */
    change: (factor) => styles.change((factor ?? NaN) - 1).replace('-', '\u2212'),
    /** Parameter counts: 8.03B, 494M. @param {number | undefined | null} n */
    size: (n) => {
      if (typeof n !== 'number' || !Number.isFinite(n)) return DASH;
      for (const [unit, letter] of /** @type {const} */ ([
        [1e12, 'T'],
        [1e9, 'B'],
        [1e6, 'M'],
        [1e3, 'K'],
      ])) {
        if (n >= unit) return three(n / unit) + letter;
      }
      return whole(n);
    },
    /** Seconds as the two largest units that matter. @param {number | undefined | null} seconds */
    duration: (seconds) => {
      if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return DASH;
      if (seconds < 60) return (seconds < 10 ? units.shortSeconds : units.seconds)(seconds);
      const minutes = Math.round(seconds / 60);
      if (minutes < 60) return units.minutes(minutes);
      if (minutes < 48 * 60) return `${units.hours(Math.floor(minutes / 60))} ${units.minutes(minutes % 60)}`;
      const hours = Math.round(seconds / 3600);
      return `${units.days(Math.floor(hours / 24))} ${units.hours(hours % 24)}`;
    },
    /** @param {number | undefined | null} usd */
    usd: (usd) => ((usd ?? 0) < 100 ? styles.cents : styles.dollars)(usd),
  };
}
