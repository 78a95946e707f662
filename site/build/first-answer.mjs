// Asks the built engine for the answer the page opens with and puts it in the place of src/first-answer.js, and its words into
// the page itself, where they can be read before any script has come (public/boot.js says whether they are shown).
// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../wasm/vram.js';
import { createFormatter } from '../src/format.js';
import { translate } from '../src/i18n/translate.js';
import { toScenario } from '../src/scenario.js';
import { verdictOf } from '../src/verdict.js';
import { aroundTotal, details, headline, VERDICT_CLASS } from '../src/verdict-text.js';

async function ask() {
  const vram = await load();
  const scenario = toScenario({});
  const gpu = /** @type {{ gpu: string }} */ (scenario['hardware']).gpu;
  const answer = (/** @type {string} */ language) => vram.estimate(/** @type {any} */ ({ ...scenario, language }));
  return {
    key: JSON.stringify(scenario),
    version: vram.version(),
    fields: vram.catalog('fields'),
    gpus: vram.catalog('gpus').filter(({ id }) => id === gpu),
    results: { en: answer('en'), zh: answer('zh') },
  };
}

/** @param {Awaited<ReturnType<typeof ask>>} answer */
function words({ results, gpus }) {
  const texts = JSON.parse(readFileSync(join(import.meta.dirname, '../src/i18n/en.json'), 'utf8'));
  const formatter = createFormatter('en');
  /** @type {import('../src/verdict-text.js').Say} */
  const say = {
    t: (key, places) => translate(texts, key, places) ?? key,
    tOr: (key, fallback) => translate(texts, key) ?? fallback,
    fmt: () => formatter,
  };
  const result = /** @type {import('../src/types.js').Result} */ (results.en);
  const memory = result.memory;
  if (!memory) throw new Error('the scenario the page opens with has no answer');
  const kind = verdictOf(result);
  const [before, after] = aroundTotal(memory, say);
  return `<h1 class="num"><span class="${VERDICT_CLASS[kind]}">${headline(kind, gpus[0] ?? null, 1, say)}</span> ${before}<data value="${memory.total_bytes}">${formatter.gibShort(memory.total_bytes)}</data>${after}</h1>
              <p class="num">${details(result, memory, say)}</p>`;
}

/** Whenever the page is built, so that it is never the answer of another engine. @type {import('vite').Plugin} */
export const firstAnswer = {
  name: 'first-answer',
  apply: 'build',
  async load(id) {
    if (!id.endsWith('/src/first-answer.js')) return null;
    const text = JSON.stringify(await ask());
    return `export const firstAnswer = JSON.parse(${JSON.stringify(text)});`;
  },
  async transformIndexHtml(html) {
    const place = '<div class="boot-answer">';
    if (!html.includes(place)) throw new Error(`index.html has no ${place}`);
    const text = words(await ask());
    return {
      html: html.replace(place, () => place + text),
      tags: [{ tag: 'script', attrs: { src: './boot.js' }, injectTo: 'head' }],
    };
  },
};
