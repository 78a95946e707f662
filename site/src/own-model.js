// A model described by family and size: what the form asks for, and the request made of it. Pure.
// SPDX-License-Identifier: MIT
/** @import { Json } from './types.js' */
import { parseQuantity } from './quantity.js';

export const MODEL_VIEWS = Object.freeze(/** @type {const} */ (['paste', 'build', 'hub']));

/** Dimensions that may be left to the engine; each is a key of the request. */
export const DIMENSIONS = Object.freeze(
  /** @type {const} */ ([
    'hidden_size',
    'num_hidden_layers',
    'num_attention_heads',
    'num_key_value_heads',
    'head_dim',
    'intermediate_size',
    'vocab_size',
    'num_experts',
    'num_experts_per_tok',
    'image_size',
  ]),
);
/** Kinds of family that alone have such a dimension. */
const ONLY = Object.freeze(
  /** @type {Record<string, readonly string[]>} */ ({
    num_experts: ['moe'],
    num_experts_per_tok: ['moe'],
    image_size: ['multimodal', 'cnn'],
  }),
);

/** What a family of this kind can be asked for. @param {string} kind */
export function dimensionsOf(kind) {
  return DIMENSIONS.filter((name) => ONLY[name]?.includes(kind) ?? kind !== 'cnn');
}

/**
 * What is empty is left to the engine.
 * @param {string} family @param {(name: string) => string} read the text of an entry
 * @returns {{ model: { [key: string]: Json } } | { mistyped: string }}
 */
export function familyModel(family, read) {
  /** @type {{ [key: string]: Json }} */
  const model = { family };
  for (const name of ['parameters', ...DIMENSIONS]) {
    const text = read(name);
    if (text === '') continue;
    const value = parseQuantity(text, { integer: true });
    if (value === null || value <= 0) return { mistyped: text };
    model[name] = value;
  }
  return { model };
}
