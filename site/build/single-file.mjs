// Writes dist/vram-calculator.html: the whole page in one file that opens from disk. Large data is packed and unpacked when
// it is asked for; the policy names the one script and the one sheet by their hashes.
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, hashOf, packed } from './packed.mjs';
import { kUnpack, packVocabulary } from './vocabulary.mjs';

const kSite = join(import.meta.dirname, '..');
const read = (/** @type {string} */ path) => readFileSync(join(kSite, path));

const vocabulary = packVocabulary(read('../node_modules/js-tiktoken/dist/ranks/cl100k_base.js').toString());

/** `packedText` is what the element holds. @type {Record<string, { filter: RegExp, data: () => string | Uint8Array, code: string }>} */
const kData = {
  'engine-data': {
    filter: /engine-source\.js$/,
    data: () => read('../wasm/dist/vram_module.wasm'),
    code: 'export const engineSource = async () => ({ wasm: await inflate(packedText) });',
  },
  'accuracy-data': {
    filter: /data\/accuracy\.json$/,
    data: () => read('src/data/accuracy.json'),
    code: 'export default JSON.parse(new TextDecoder().decode(await inflate(packedText)));',
  },
  'vocabulary-data': {
    filter: /ranks\/cl100k_base$/,
    data: () => vocabulary.bytes,
    code: `const bytes = new Uint8Array(await inflate(packedText)), count = ${vocabulary.count}, rest = ${JSON.stringify(vocabulary.rest)}; ${kUnpack}`,
  },
};

/** Modules of data become elements of the page. @type {import('esbuild').Plugin} */
const dataAsElements = {
  name: 'data-as-elements',
  setup(build) {
    for (const [id, { filter, code }] of Object.entries(kData)) {
      build.onResolve({ filter }, () => ({ path: id, namespace: 'element' }));
      build.onLoad({ filter: new RegExp(`^${id}$`), namespace: 'element' }, () => ({
        contents: `import { inflate } from './src/inflate.js'; const packedText = document.getElementById('${id}').textContent; ${code}`,
        resolveDir: kSite,
      }));
    }
  },
};

const script = await bundle({
  entryPoints: [join(kSite, 'src/main.js')],
  format: 'esm',
  define: { 'import.meta.env.PROD': 'false' }, // no worker from a file
  plugins: [dataAsElements],
});
const sheet = await bundle({
  stdin: {
    contents: ['tokens', 'base', 'layout'].map((name) => `@import './src/styles/${name}.css';`).join('\n'),
    resolveDir: kSite,
    loader: 'css',
  },
});
const icon = `data:image/svg+xml;base64,${read('public/icon.svg').toString('base64')}`;
// Besides itself the page asks one host, and only for a model that a person names there.
const hosts = [...(/connect-src ([^;]*)/.exec(read('index.html').toString())?.[1] ?? '').matchAll(/https:\S+/g)].join(
  ' ',
);
const policy = [
  "default-src 'none'",
  `script-src '${hashOf('sha256', script)}' 'wasm-unsafe-eval'`,
  `style-src '${hashOf('sha256', sheet)}'`,
  'img-src data: blob:',
  `connect-src ${hosts || "'none'"}`,
  "require-trusted-types-for 'script'",
  'trusted-types lit-html vram-calculator',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

let html = read('index.html').toString();
/** @param {RegExp} pattern @param {string} text */
function replace(pattern, text) {
  if (!pattern.test(html)) throw new Error(`index.html has no ${pattern}`);
  html = html.replace(pattern, () => text);
}
replace(/(?<=http-equiv="Content-Security-Policy" content=")[^"]*/, policy);
replace(/<link rel="icon"[^>]*>/, `<link rel="icon" href="${icon}">`);
replace(/\s*<link rel="apple-touch-icon"[^>]*>/, '');
replace(/\s*<link rel="manifest"[^>]*>/, '');
replace(/(\s*<link rel="stylesheet"[^>]*>)+/, `\n    <style>${sheet}</style>`);
replace(/\s*<script type="module"[^>]*><\/script>/, '');
const data = Object.entries(kData).map(
  ([id, { data }]) => `<script type="text/plain" id="${id}">${packed(data())}</script>`,
);
replace(/(?=<\/body>)/, `${data.join('\n')}\n<script type="module">${script}</script>\n`);
writeFileSync(join(kSite, 'dist/vram-calculator.html'), html);
console.log(`dist/vram-calculator.html  ${(Buffer.byteLength(html) / 1000).toFixed(0)} kB`);
