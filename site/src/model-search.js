// Finding a model of the catalog by what a person types.
// SPDX-License-Identifier: MIT
/** @import { ModelRow } from './types.js' */

/** What names a tuned or packed checkpoint, behind a model's name; the engine knows the same (`find_base_of` in core/src/catalog.cpp). */
export const ENDINGS = Object.freeze('instruct chat it hf awq gptq gguf fp8 int4 int8 4bit bnb base'.split(' '));

const ENDING = new RegExp(`[-_ ](${ENDINGS.join('|')})$`);

/** Words in any order, anywhere in id, name or family; where none has them all, those of the model that was tuned or packed. @param {readonly ModelRow[]} models @param {string} query @returns {readonly ModelRow[]} */
export function searchModels(models, query) {
  const asked = query.toLowerCase().trim();
  const words = asked.split(/\s+/).filter(Boolean);
  const found = models.filter((model) => {
    const text = `${model.id} ${model.name} ${model.family}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return found.length === 0 && ENDING.test(asked) ? searchModels(models, asked.replace(ENDING, '')) : found;
}
