// A dropped, picked or pasted model description → the scenario's `model`; read here, sent nowhere.
// SPDX-License-Identifier: MIT
/** @import { Engine, Json } from './types.js' */

/** No config.json comes near this; anything larger is another kind of file. */
export const MAX_CONFIG_BYTES = 2 * 2 ** 20;
const HEAD_BYTES = 16;
/** Most headers fit into the first read; the largest token lists take a few times as much. */
const FIRST_BYTES = 4 * 2 ** 20;
/** No header comes near this. */
const MOST_BYTES = 2 ** 29;

/** Why a file was not taken; `code` has a text in every language (`import.<code>`). */
export class ImportError extends Error {
  /** @param {string} code @param {Record<string, string>} [details] */
  constructor(code, details = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

/** @typedef {{ model: Json, name: string }} ImportedModel */
/** @typedef {Engine['readTensorFile']} ReadHeader */

/**
 * The kinds of file, tried in this order. Only `head` is read to tell them apart.
 * @type {ReadonlyArray<{ matches: (head: Uint8Array) => boolean, read: (file: Blob, name: string, readHeader: ReadHeader) => Promise<ImportedModel> }>}
 */
const READERS = Object.freeze([
  { matches: isGguf, read: readWeightFile },
  { matches: isSafetensors, read: readWeightFile },
  { matches: isText, read: readConfigFile },
]);

/** @param {File} file @param {ReadHeader} readHeader @returns {Promise<ImportedModel>} */
export async function readModelFile(file, readHeader) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const reader = READERS.find(({ matches }) => matches(head));
  if (!reader) throw new ImportError('not_text', { name: file.name });
  return reader.read(file, file.name, readHeader);
}

/** Only the header is read, in as many bytes as the engine asks for. @param {Blob} file @param {string} name @param {ReadHeader} readHeader */
async function readWeightFile(file, name, readHeader) {
  const most = Math.min(file.size, MOST_BYTES);
  for (let wanted = Math.min(FIRST_BYTES, most); ;) {
    const answer = readHeader(new Uint8Array(await file.slice(0, wanted).arrayBuffer()), file.size);
    const model = /** @type {Json | undefined} */ (/** @type {unknown} */ (answer.model));
    if (model) return { model, name: answer.file?.name || name };
    const more = answer.more_bytes_needed ?? 0;
    if (more === 0 || wanted === most) throw new ImportError('rejected', { message: answer.issues[0]?.message ?? '' });
    wanted = Math.min(most, wanted + more);
  }
}

/** @param {Blob} file @param {string} name */
async function readConfigFile(file, name) {
  if (file.size > MAX_CONFIG_BYTES) throw new ImportError('too_large', { name });
  return readConfigText(await file.text(), name);
}

/** @param {string} text @param {string} name @returns {ImportedModel} */
export function readConfigText(text, name) {
  if (text.length > MAX_CONFIG_BYTES) throw new ImportError('too_large', { name });
  /** @type {Json} */
  let config;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new ImportError('not_json', { name, reason: error instanceof Error ? error.message : '' });
  }
  if (config === null || typeof config !== 'object' || Array.isArray(config))
    throw new ImportError('not_object', { name });
  const own = config['_name_or_path'];
  return { model: { config }, name: typeof own === 'string' && own !== '' ? own : name };
}

/** @param {Uint8Array} head */
function isGguf(head) {
  return String.fromCharCode(...head.subarray(0, 4)) === 'GGUF';
}

/** An eight-byte little-endian length, then a JSON object. @param {Uint8Array} head */
function isSafetensors(head) {
  return head.length > 8 && head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0);
}

/** @param {Uint8Array} head */
function isText(head) {
  return !head.includes(0);
}
