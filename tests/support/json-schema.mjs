// The part of JSON Schema that docs/schema uses. A keyword it does not know is an error, so nothing goes unchecked.
// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';

const kFolder = new URL('../../docs/schema/', import.meta.url);
const kSilent = new Set(['$schema', '$defs', 'title', 'description', 'examples', 'default']);

/** @param {any} value */
const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value);

/** @type {Record<string, (rule: any, value: any, check: (schema: any, value: any, at: string) => void, schema: any) => string | void>} */
const kKeywords = {
  type: (rule, value) => {
    const type = typeOf(value);
    return [rule].flat().some((one) => one === type || (one === 'number' && type === 'integer')) ? undefined : `is ${type}, not ${rule}`;
  },
  enum: (rule, value) => (rule.includes(value) ? undefined : `is none of ${rule}`),
  const: (rule, value) => (rule === value ? undefined : `is not ${rule}`),
  minimum: (rule, value) => (typeof value !== 'number' || value >= rule ? undefined : `is below ${rule}`),
  maximum: (rule, value) => (typeof value !== 'number' || value <= rule ? undefined : `is above ${rule}`),
  pattern: (rule, value) => (typeof value !== 'string' || new RegExp(rule).test(value) ? undefined : `does not match ${rule}`),
  minItems: (rule, value) => (!Array.isArray(value) || value.length >= rule ? undefined : `has fewer than ${rule} items`),
  required: (rule, value) => {
    const missing = typeOf(value) === 'object' ? rule.filter((/** @type {string} */ name) => !(name in value)) : [];
    return missing.length ? `lacks ${missing}` : undefined;
  },
  items: (rule, value, check) => {
    if (Array.isArray(value)) value.forEach((item, i) => check(rule, item, `[${i}]`));
  },
  properties: (rule, value, check) => {
    if (typeOf(value) !== 'object') return;
    for (const [name, schema] of Object.entries(rule)) if (name in value) check(schema, value[name], `.${name}`);
  },
  additionalProperties: (rule, value, check, schema) => {
    if (typeOf(value) !== 'object') return undefined;
    const others = Object.keys(value).filter((name) => !(name in (schema.properties ?? {})));
    if (rule === false) return others.length ? `has ${others} too` : undefined;
    if (rule !== true) others.forEach((name) => check(rule, value[name], `.${name}`));
    return undefined;
  },
};

/**
 * A function that lists what in a value breaks the schema of a file (`result.schema.json#/$defs/issue`).
 * @param {string} reference
 */
export async function schemaChecker(reference) {
  /** @type {Map<string, any>} */
  const files = new Map();
  /** @param {string} file */
  const load = async (file) => {
    if (files.has(file)) return;
    const text = await readFile(new URL(file, kFolder), 'utf8');
    files.set(file, JSON.parse(text));
    for (const [, other] of text.matchAll(/"\$ref": "([a-z.-]+)#/g)) if (other) await load(other);
  };
  const [start = ''] = reference.split('#');
  await load(start);
  /** @param {string} target @param {string} file */
  const resolve = (target, file) => {
    const [other, path = ''] = target.split('#');
    const name = other || file;
    const schema = path.split('/').slice(1).reduce((at, key) => at[key], files.get(name));
    if (schema === undefined) throw new Error(`${target} is not there`);
    return { schema, file: name };
  };
  return (/** @type {unknown} */ value) => {
    /** @type {string[]} */
    const faults = [];
    /** @param {any} schema @param {any} item @param {string} at @param {string} file */
    const check = (schema, item, at, file) => {
      if (schema.$ref) {
        const found = resolve(schema.$ref, file);
        check(found.schema, item, at, found.file);
      }
      for (const [keyword, rule] of Object.entries(schema)) {
        if (keyword === '$ref' || kSilent.has(keyword)) continue;
        const test = kKeywords[keyword];
        if (!test) throw new Error(`the checker does not know ${keyword}`);
        const fault = test(rule, item, (inner, part, where) => check(inner, part, at + where, file), schema);
        if (fault) faults.push(`${at || 'value'} ${fault}`);
      }
    };
    const { schema, file } = resolve(reference.includes('#') ? reference : `${reference}#`, start);
    check(schema, value, '', file);
    return faults;
  };
}
