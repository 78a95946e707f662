// What the single file and the widget share: scripts in one piece, data packed into text, hashes for policies.
// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** gzip, then base64; src/inflate.js is the way back. @param {string | Uint8Array} data */
export const packed = (data) => gzipSync(data, { level: 9 }).toString('base64');

/** As written in a policy or an integrity attribute. @param {'sha256' | 'sha384'} kind @param {string} text */
export const hashOf = (kind, text) => `${kind}-${createHash(kind).update(text).digest('base64')}`;

/** One script without chunks; what is imported on demand runs on demand. @param {import('esbuild').BuildOptions} options */
export async function bundle(options) {
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    minify: true,
    target: 'es2022',
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
    ...options,
  });
  const text = outputFiles?.[0]?.text ?? '';
  if (/<\/script|<!--/i.test(text)) throw new Error('the script would end or comment out the element that holds it');
  return text;
}
