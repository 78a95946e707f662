// The tokenizer's vocabulary, packed tighter than its text: lengths of the tokens, then their bytes; a sixth less after gzip.
// SPDX-License-Identifier: MIT

/** @param {string} module source of a js-tiktoken vocabulary @returns {{ rest: object, count: number, bytes: Uint8Array }} */
export function packVocabulary(module) {
  const { bpe_ranks, ...rest } = JSON.parse(/** @type {RegExpExecArray} */ (/\{.*\}/s.exec(module))[0]);
  const [mark, first, ...words] = bpe_ranks.split(' ');
  const tokens = words.map((/** @type {string} */ word) => Buffer.from(word, 'base64'));
  if (mark !== '!' || first !== '0' || tokens.some((/** @type {Buffer} */ { length }) => length > 255))
    throw new Error('the vocabulary is written in another way than this packing knows');
  return {
    rest,
    count: tokens.length,
    bytes: Buffer.concat([Uint8Array.from(tokens, ({ length }) => length), ...tokens]),
  };
}

/** The way back, as source of a module: `bytes` and `count` are in scope. */
export const kUnpack = `
  let text = '! 0';
  for (let i = 0, at = count; i < count; at += bytes[i], i += 1) text += ' ' + btoa(String.fromCharCode(...bytes.subarray(at, at + bytes[i])));
  export default { ...rest, bpe_ranks: text };`;
