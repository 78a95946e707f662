// What the page opens with, as the engine said it when the page was built (build/first-answer.mjs), so that the first number
// need not wait for the engine itself. Null where the engine comes with the page: the development server, the single file.
// SPDX-License-Identifier: MIT

/** `key`: the scenario as text. @typedef {{ key: string, version: string, fields: readonly import('./engine.js').FieldRow[], gpus: readonly import('./types.js').GpuRow[], results: Readonly<Record<string, import('./types.js').Result>> }} FirstAnswer */

/** @type {FirstAnswer | null} */
export const firstAnswer = null;
