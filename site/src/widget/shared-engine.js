// One engine for all widgets of a page, unpacked from the script itself when the first of them comes into view.
// SPDX-License-Identifier: MIT
/** @import { Result } from '../types.js' */
import packed from 'widget:engine';
import { unlzma } from './unlzma.js';

/** @typedef {{ estimate: (text: string) => Result, models: any[], gpus: any[], fields: Map<string, any> }} SharedEngine */

/** @type {Promise<SharedEngine> | undefined} */
let engine;

export function sharedEngine() {
  return (engine ??= start());
}

/** What wasm/widget_bindings.cpp exports. @typedef {{ memory: WebAssembly.Memory, _initialize: () => void, room: (bytes: number) => number, answer: () => number, lists: () => number, answered: () => number }} Exports */

/** What the C library asks of its surroundings: it may say that memory has grown; anything else is its end. @param {WebAssembly.Module} compiled */
function surroundings(compiled) {
  /** @type {Record<string, Record<string, () => void>>} */
  const imports = {};
  for (const { module, name } of WebAssembly.Module.imports(compiled))
    (imports[module] ??= {})[name] =
      name === 'emscripten_notify_memory_growth'
        ? () => {}
        : () => {
            throw new WebAssembly.RuntimeError(name);
          };
  return imports;
}

/** @returns {Promise<SharedEngine>} */
async function start() {
  const bytes = Uint8Array.from(atob(packed.text), (letter) => letter.charCodeAt(0));
  const compiled = await WebAssembly.compile(unlzma(bytes, packed.size));
  const { exports } = await WebAssembly.instantiate(compiled, surroundings(compiled));
  const core = /** @type {Exports} */ (/** @type {unknown} */ (exports));
  core._initialize();
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

  const answerAt = (/** @type {number} */ at) =>
    JSON.parse(decoder.decode(new Uint8Array(core.memory.buffer, at, core.answered())));

  /** @param {string} text */
  function estimate(text) {
    const request = encoder.encode(text);
    const place = core.room(request.length); // may move the memory, so before it is looked at
    new Uint8Array(core.memory.buffer).set(request, place);
    return answerAt(core.answer());
  }

  const { models, gpus, fields } = answerAt(core.lists());
  return Object.freeze({
    estimate,
    models,
    gpus,
    fields: new Map(fields.map((/** @type {any} */ field) => [field.path, field])),
  });
}
