// Writes dist/vram-calculator.js, the widget as one classic script with the engine inside; dist/embed.html, its iframe form;
// and dist/widget.json, which the page reads to write embedding code.
// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { projectVersion } from '../../scripts/version.mjs';
import { ATTRIBUTES } from '../src/widget/attributes.js';
import { bundle, hashOf } from './packed.mjs';

const kSite = join(import.meta.dirname, '..');
const read = (/** @type {string} */ path) => readFileSync(join(kSite, path), 'utf8');

const kEngine = join(kSite, '../wasm/dist/vram_widget.wasm');
if (!existsSync(kEngine)) {
  console.warn('No widget: its engine is not there. Build it: cmake --build --preset wasm --target vram_widget');
  process.exit(0);
}

/** src/widget/unlzma.js is the way back. */
function packedEngine() {
  const wasm = readFileSync(kEngine);
  const lzma = execFileSync('xz', ['--format=lzma', '--lzma1=preset=9e,pb=0', '--stdout'], {
    input: wasm,
    maxBuffer: 2 ** 26,
  });
  return { size: wasm.length, text: lzma.toString('base64') };
}

/** Of the page's texts those that the widget can ask for. */
function pickTexts() {
  const fields = new Set(
    ATTRIBUTES.flatMap(({ inference, training }) => [inference, training]).map((path) => `field.${path}`),
  );
  const families =
    /^(brand|verdict\.(fits|tight|probable|improbable|over|size|error|card|cards|use|probability|speed)$|term\.|bar\.label|sentence\.join|list\.join|widget\.)/;
  const named = new Set(
    [...read('src/widget/vram-calculator.js').matchAll(/\bt\(\s*'([\w.]+)'/g)].map(([, key]) => key),
  );
  const pick = (/** @type {string} */ language) => {
    const all = {
      ...JSON.parse(read(`src/i18n/${language}.json`)),
      ...JSON.parse(read(`src/i18n/more.${language}.json`)),
    };
    for (const key of named)
      if (!(key in all)) throw new Error(`the widget asks for "${key}", which ${language} lacks`);
    return Object.fromEntries(Object.entries(all).filter(([key]) => families.test(key) || fields.has(key)));
  };
  return { en: pick('en'), zh: pick('zh') };
}

/** The page's tokens, each of which a host may set: --line is --vram-line or the page's value. */
function themable() {
  const block = /:root \{([^}]*)\}/.exec(read('src/styles/tokens.css'))?.[1] ?? '';
  const tokens = [...block.matchAll(/^\s*--([\w-]+):\s*([^;]+);/gm)].map(
    ([, name, value]) => `--${name}: var(--vram-${name}, ${value});`,
  );
  if (tokens.length < 20) throw new Error('tokens.css is not written as it was');
  return tokens.join('');
}

/** @type {Record<string, () => string>} */
const kModules = {
  'widget:engine': () => `export default ${JSON.stringify(packedEngine())}`,
  'widget:texts': () => `export default ${JSON.stringify(pickTexts())}`,
  'widget:tokens': () => `export default ${JSON.stringify(themable())}`,
};

const script = await bundle({
  // The engine comes first: packed bytes between two halves of the code would cost gzip 1.2 kB, as its tables fit neither.
  stdin: { contents: `import 'widget:engine'; import './vram-calculator.js';`, resolveDir: join(kSite, 'src/widget') },
  format: 'iife',
  plugins: [
    {
      name: 'widget-modules',
      setup(build) {
        build.onResolve({ filter: /^widget:/ }, ({ path }) => ({ path, namespace: 'widget' }));
        build.onLoad({ filter: /./, namespace: 'widget' }, ({ path }) => ({ contents: kModules[path]?.() }));
      },
    },
  ],
});
const integrity = hashOf('sha384', script);
writeFileSync(join(kSite, 'dist/vram-calculator.js'), script);
writeFileSync(join(kSite, 'dist/widget.json'), `${JSON.stringify({ version: projectVersion(), integrity })}\n`);
writeFileSync(
  join(kSite, 'dist/embed.html'),
  read('embed.html').replace(
    '<script src="./vram-calculator.js"',
    `<script src="./vram-calculator.js" integrity="${integrity}"`,
  ),
);
writeFileSync(join(kSite, 'dist/embed.js'), read('src/widget/embed.js'));
console.log(
  `dist/vram-calculator.js  ${Buffer.byteLength(script)} bytes, ${gzipSync(script, { level: 9 }).length} after gzip`,
);
