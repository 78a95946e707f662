// One engine for all widgets of a page, unpacked from the script itself when the first of them comes into view.
// SPDX-License-Identifier: MIT
/** @import { Result } from '../types.js' */
import packed from 'widget:engine';
import createModule from 'widget:glue';
import { unlzma } from './unlzma.js';

/** @typedef {{ estimate: (text: string) => Result, models: any[], gpus: any[], fields: Map<string, any> }} SharedEngine */

/** @type {Promise<SharedEngine> | undefined} */
let engine;

export function sharedEngine() {
  return (engine ??= start());
}

/** @returns {Promise<SharedEngine>} */
async function start() {
  const bytes = Uint8Array.from(atob(packed.text), (letter) => letter.charCodeAt(0));
  const compiled = await WebAssembly.compile(unlzma(bytes, packed.size));
  const module = await createModule({
    instantiateWasm(
      /** @type {WebAssembly.Imports} */ imports,
      /** @type {(instance: WebAssembly.Instance) => void} */ done,
    ) {
      void WebAssembly.instantiate(compiled, imports).then(done);
      return {};
    },
  });
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

  /** @param {string} text @param {boolean} isCatalog */
  function ask(text, isCatalog) {
    const request = encoder.encode(text);
    const place = module._room(request.length); // may move the memory, so before it is looked at
    module.HEAPU8.set(request, place);
    const at = module._answer(Number(isCatalog));
    return JSON.parse(decoder.decode(module.HEAPU8.subarray(at, at + module._answered())));
  }

  return Object.freeze({
    estimate: (/** @type {string} */ text) => ask(text, false),
    models: ask('models', true),
    gpus: ask('gpus', true),
    fields: new Map(ask('fields', true).map((/** @type {any} */ field) => [field.path, field])),
  });
}
