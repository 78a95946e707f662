// One engine for all widgets of a page, unpacked from the script itself when the first of them comes into view.
// SPDX-License-Identifier: MIT
import { load } from '../../../wasm/vram.js';
import { inflate } from '../inflate.js';
import engineData from 'widget:engine';

/** @typedef {{ vram: import('../../../wasm/vram.js').Vram, models: any[], gpus: any[], fields: Map<string, any> }} SharedEngine */

/** @type {Promise<SharedEngine> | undefined} */
let engine;

export function sharedEngine() {
  return (engine ??= start());
}

/** @returns {Promise<SharedEngine>} */
async function start() {
  const vram = await load({ wasm: await inflate(engineData) });
  const fields = /** @type {any[]} */ (/** @type {unknown} */ (vram.catalog('fields')));
  return Object.freeze({
    vram,
    models: vram.catalog('models'),
    gpus: vram.catalog('gpus'),
    fields: new Map(fields.map((field) => [field.path, field])),
  });
}
