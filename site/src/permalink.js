// State to link hash and back: only what differs from the defaults, readable keys, a version, tolerant of anything.
// SPDX-License-Identifier: MIT
/** @import { Field, Json, Values } from './types.js' */
import { START } from './scenario.js';

export const LINK_VERSION = '1';
/** A longer hash is not one of ours; a longer model is left out of the link. */
export const MAX_HASH = 32_768;
const MAX_DEPTH = 12;
const MAX_TEXT = 200;

/**
 * The hash without `#`; empty when everything is at its default. `complete` is false when the model was too large to go in.
 * @param {Values} values @param {readonly Field[]} fields @param {string} [tab] left out for the first one
 */
export function toHash(values, fields, tab = '') {
  const parts = tab === '' ? [] : [`tab=${encode(tab)}`];
  let complete = true;
  for (const field of fields) {
    const value = values[field.path];
    if (value === undefined || sameJson(value, START[field.path] ?? field.default)) continue;
    const part = `${field.path}=${encode(typeof value === 'string' ? value : JSON.stringify(value))}`;
    if (part.length > MAX_HASH / 2) complete = false;
    else parts.push(part);
  }
  return { hash: parts.length > 0 ? [`v=${LINK_VERSION}`, ...parts].join('&') : '', complete };
}

/**
 * Reads a hash. Unknown keys are ignored; a value that its field cannot hold is left out and named in `rejected`.
 * @param {string} hash @param {readonly Field[]} fields
 * @returns {{ values: Record<string, Json>, rejected: string[] }}
 */
export function fromHash(hash, fields) {
  /** @type {Record<string, Json>} */
  const values = {};
  /** @type {string[]} */
  const rejected = [];
  const text = hash.replace(/^#/, '');
  if (text.length > MAX_HASH) return { values, rejected: ['#'] };
  const byPath = new Map(fields.map((field) => [field.path, field]));
  for (const part of text.split('&')) {
    const at = part.indexOf('=');
    const field = byPath.get(part.slice(0, Math.max(at, 0)));
    if (!field) continue;
    const value = readValue(decode(part.slice(at + 1)), field);
    if (value === undefined) rejected.push(field.path);
    else if (!sameJson(value, START[field.path] ?? field.default)) values[field.path] = value;
  }
  return { values, rejected };
}

/** Stored values as carefully as those of a link; a model may be larger than a link takes. @param {Values} stored @param {readonly Field[]} fields */
export function readValues(stored, fields) {
  const { model, ...rest } = stored;
  const { values } = fromHash(toHash(rest, fields).hash, fields);
  const isModel = typeof model === 'string' || (model !== null && typeof model === 'object' && !Array.isArray(model));
  return isModel ? { ...values, model } : values;
}

/** The tab a hash names, if any. @param {string} hash */
export function tabInHash(hash) {
  return hash.length > MAX_HASH ? '' : (/^#?(?:.*&)?tab=([a-z]{1,20})(?:&|$)/.exec(hash)?.[1] ?? '');
}

/** @param {string | undefined} text @param {Field} field @returns {Json | undefined} */
function readValue(text, field) {
  if (text === undefined || text === '') return undefined;
  if (field.path === 'model') return readModel(text);
  switch (field.type) {
    case 'integer':
    case 'number':
      return readNumber(text, field.type === 'integer');
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    default:
      break;
  }
  if (field.type === 'list') {
    const list = parseJson(text);
    const allowed =
      Array.isArray(list) &&
      list.length <= 64 &&
      list.every((item) => typeof item === 'string' && item.length <= MAX_TEXT);
    return allowed && (!field.values || list.every((item) => field.values?.includes(/** @type {string} */ (item))))
      ? list
      : undefined;
  }
  if (text.length > MAX_TEXT) return undefined;
  return field.type === 'enum' && !field.values?.includes(text) ? undefined : text;
}

/** @param {string} text @param {boolean} integer @returns {number | undefined} */
function readNumber(text, integer) {
  if (!/^-?\d+(\.\d+)?(e[+-]?\d{1,3})?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && (!integer || Number.isSafeInteger(value)) ? value : undefined;
}

/** A catalog id, or an object with a description that the engine will check. @param {string} text @returns {Json | undefined} */
function readModel(text) {
  if (!text.startsWith('{')) return text.length <= MAX_TEXT ? text : undefined;
  const value = parseJson(text);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}

/** @param {string} text @returns {Json | undefined} */
function parseJson(text) {
  try {
    const value = /** @type {Json} */ (JSON.parse(text));
    return depthOf(value) <= MAX_DEPTH ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Json} value @returns {number} */
function depthOf(value, depth = 0) {
  if (value === null || typeof value !== 'object') return depth;
  if (depth > MAX_DEPTH) return depth;
  return Math.max(depth + 1, ...Object.values(value).map((item) => depthOf(item, depth + 1)));
}

/** @param {Json} a @param {Json | undefined} b */
function sameJson(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Percent-encodes only what would end the value or break the link. @param {string} text */
function encode(text) {
  return encodeURIComponent(text).replace(/%(2F|3A|2C|40)/g, (code) => decodeURIComponent(code));
}

/** @param {string} text @returns {string | undefined} */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
