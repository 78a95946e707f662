// The one place that loads the WebAssembly module; afterwards every question is answered at once.
// SPDX-License-Identifier: MIT
/** @import { Engine, Field, GpuRow, ModelRow, Result } from './types.js' */
import { load } from '../../wasm/vram.js';

/** The model is the one part of a scenario that is not a row of the engine's field table. @type {Field} */
const MODEL_FIELD = Object.freeze({ path: 'model', type: 'model' });

/** @returns {Promise<Engine>} */
export async function loadEngine() {
  const vram = await load();
  const catalog = (/** @type {'models' | 'gpus' | 'fields'} */ kind) => /** @type {unknown} */ (vram.catalog(kind));
  return Object.freeze({
    version: vram.version(),
    models: /** @type {ModelRow[]} */ (catalog('models')),
    gpus: /** @type {GpuRow[]} */ (catalog('gpus')),
    fields: [MODEL_FIELD, .../** @type {Field[]} */ (catalog('fields'))],
    estimate: (/** @type {any} */ scenario) => /** @type {Result} */ (vram.estimate(scenario)),
  });
}
