// The one place that loads the WebAssembly module; afterwards every question is answered at once.
// SPDX-License-Identifier: MIT
/** @import { Engine, FamilyRow, Field, FirstEngine, GpuRow, ModelRow, Result } from './types.js' */
import { compile, load } from '../../wasm/vram.js';
import { engineSource } from './engine-source.js';
import { currentLanguage } from './i18n/index.js';

/** The model is the one part of a scenario that is not a row of the engine's field table. @type {Field} */
const MODEL_FIELD = Object.freeze({ path: 'model', type: 'model' });

/** The engine accepts more than a control offers; the page uses the range of the control. @typedef {Field & { control_min?: number, control_max?: number }} FieldRow */

/** @param {FieldRow} row @returns {Field} */
function readField({ control_min, control_max, ...field }) {
  const isList = field.type === 'list' && typeof field.default === 'string';
  return {
    ...field,
    ...(control_min !== undefined && { min: control_min, least: field.min }),
    ...(control_max !== undefined && { max: control_max, most: field.max }),
    ...(isList && { default: String(field.default).split(',').filter(Boolean) }),
  };
}

/** @param {readonly FieldRow[]} rows */
const readFields = (rows) => [MODEL_FIELD, ...rows.map(readField)];

/** Compiling, starting and asking are tasks of their own, so that none of them is a long one. */
const nextTask = () => new Promise((done) => setTimeout(done));

/** Stands in until the engine is here: knows one answer. @param {import('./first-answer.js').FirstAnswer} answer @returns {FirstEngine} */
export function firstEngine({ key, version, fields, gpus, results }) {
  return Object.freeze({
    version,
    models: [],
    gpus,
    gpu: (/** @type {string} */ id) => gpus.find((row) => row.id === id),
    fields: readFields(fields),
    estimate: (/** @type {any} */ scenario) =>
      JSON.stringify(scenario) === key ? (results[currentLanguage()] ?? null) : null,
  });
}

/** @param {readonly GpuRow[]} [known] cards that need not be looked up @returns {Promise<Engine>} */
export async function loadEngine(known = []) {
  const { wasm } = await engineSource();
  const compiled = await compile(wasm);
  await nextTask();
  const vram = await load({ wasm: compiled });
  await nextTask();
  const catalog = (/** @type {'models' | 'gpus' | 'fields'} */ kind) => /** @type {unknown} */ (vram.catalog(kind));
  /** @type {readonly ModelRow[]} */
  let models = Object.freeze([]);
  /** @type {readonly GpuRow[]} */
  let gpus = known;
  const allGpus = () => (gpus === known ? (gpus = /** @type {GpuRow[]} */ (catalog('gpus'))) : gpus);
  return Object.freeze({
    compiled,
    version: vram.version(),
    /** None until `prepare` has been called: the first number does without them. */
    get models() {
      return models;
    },
    prepare() {
      if (models.length === 0) models = /** @type {ModelRow[]} */ (catalog('models'));
      allGpus();
    },
    get gpus() {
      return gpus;
    },
    gpu: (/** @type {string} */ id) => gpus.find((row) => row.id === id) ?? allGpus().find((row) => row.id === id),
    fields: readFields(/** @type {FieldRow[]} */ (catalog('fields'))),
    tool: vram.tool,
    tools: vram.tools,
    /** For a form of one's own model: asked for when it is opened. */
    families: () => /** @type {FamilyRow[]} */ (/** @type {unknown} */ (vram.catalog('families'))),
    /** The long questions by name; see background.js. */
    answer: (/** @type {'advise' | 'recommend' | 'solve' | 'sweep' | 'estimate'} */ what, /** @type {any} */ request) =>
      vram[what](request),
    readTensorFile: (/** @type {Uint8Array} */ prefix, /** @type {number} */ fileBytes) =>
      vram.readTensorFile(prefix, { file_bytes: fileBytes, language: currentLanguage() }),
    readLog: (/** @type {string} */ log, /** @type {any} */ scenario) => vram.readLog(log, scenario),
    sweep: (/** @type {any} */ request) => vram.sweep(request),
    fitRanges: (/** @type {any} */ request) => vram.fitRanges(request).ranges ?? [],
    estimate: (/** @type {any} */ scenario) =>
      /** @type {Result} */ (vram.estimate({ ...scenario, language: currentLanguage() })),
  });
}
