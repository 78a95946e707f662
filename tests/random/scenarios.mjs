// Random requests from a seed: most of them legal, some at the edge of a field, some beyond it, some broken text.
// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';

const kConfigs = new URL('../fixtures/configs/', import.meta.url);
const kFamilies = ['llama', 'qwen', 'mistral', 'gemma', 'gpt2', 'bert', 't5', 'nonsense'];
const kJunk = [null, true, -1, 0, 1e308, -1e-9, 2 ** 53, 0.5, '', 'x', '8k', [], ['q_proj'], {}, { a: 1 }];
const kLetters = '{}[]",:0123456789eE+-.truefalsn \\u00e9中☃';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). @param {number} seed */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @param {number} seed
 * @param {import('vram-calculator').Vram} vram its catalogs say what there is to choose from
 * @returns {() => string} text of the next request, without an end of line
 */
export function requests(seed, vram) {
  const random = randomFrom(seed);
  const models = vram.catalog('models').map(({ id }) => id);
  const rows = vram.catalog('gpus');
  const gpus = rows.map(({ id }) => id);
  const recent = rows.filter(({ year }) => Number(year) >= 2020).map(({ id }) => id);
  const gpu = () => pick(chance(0.8) ? recent : gpus);
  const fields = /** @type {any[]} */ (/** @type {unknown} */ (vram.catalog('fields'))).filter(
    ({ path }) => path !== 'task',
  );
  const configs = readdirSync(kConfigs).map((name) => JSON.parse(readFileSync(new URL(name, kConfigs), 'utf8')));
  /** @template T @param {readonly T[]} list @returns {T} */
  const pick = (list) => list[Math.floor(random() * list.length)];
  const chance = (/** @type {number} */ share) => random() < share;

  function number({ path, type, min, max, control_min = min, control_max = max }) {
    const [low, high] = chance(0.05) ? [min, max] : [control_min, control_max];
    if (chance(0.05)) return pick([low, high, min, max, min - 1, max + 1]);
    if (/parallel_size$|gpus$/.test(path) && chance(0.9)) return pick([1, 1, 2, 2, 4, 8]);
    const value =
      low > 0 || type === 'integer'
        ? Math.exp(Math.log(Math.max(low, 1e-9)) + random() * Math.log(Math.max(high, 1) / Math.max(low, 1e-9)))
        : low + random() * (high - low);
    return type === 'integer' ? Math.round(value) : value;
  }

  function value(field) {
    if (chance(0.01)) return pick(kJunk);
    if (field.values) return field.type === 'list' ? field.values.filter(() => chance(0.3)) : pick(field.values);
    if (field.path === 'hardware.gpu') return gpu();
    if (field.type === 'integer' || field.type === 'number') return number(field);
    if (field.type === 'boolean') return chance(0.5);
    if (field.path.endsWith('version') && chance(0.8)) return '';
    return pick(['', 'b4310', '0.8.3', '0.11', 'q4_k_m', 'awq', 'nf4', 'gptq', 'fp8', 'x']);
  }

  function model() {
    const kind = random();
    if (kind < 0.75) return pick(models);
    if (kind < 0.9) {
      const config = { ...pick(configs) };
      if (chance(0.2)) config[pick(Object.keys(config))] = pick(kJunk);
      return { config };
    }
    if (kind < 0.98)
      return {
        family: pick(kFamilies),
        parameters: Math.round(10 ** (5 + random() * 8)),
        ...(chance(0.3) && { num_hidden_layers: Math.round(random() * 120) }),
        ...(chance(0.3) && { hidden_size: 64 * Math.round(random() * 256) }),
      };
    return pick(kJunk);
  }

  function scenario() {
    const task = pick(['inference', 'finetuning', 'pretraining']);
    const section = task === 'inference' ? 'inference' : 'training';
    const request = { model: model(), ...(chance(0.95) && { task }) };
    const share = random() * 0.4;
    for (const field of fields) {
      const [head, last] = field.path.split('.');
      const concerns =
        head === section || head === 'parallelism' || last === undefined || (head === 'hardware' && last !== 'gpu');
      const wanted = concerns ? share * (head === 'parallelism' ? 0.5 : head === 'hardware' ? 0.2 : 1) : 0.002;
      if (!chance(wanted)) continue;
      if (last === undefined) request[head] = value(field);
      else (request[head] ??= {})[last] = value(field);
    }
    if (chance(0.85)) request.hardware = { ...request.hardware, gpu: gpu() };
    if (chance(0.05)) request.language = pick(['zh', 'zh', 'en', 'fr']);
    if (chance(0.01)) request[pick(['__proto__x', 'trainning', 'Model'])] = pick(kJunk);
    return request;
  }

  function broken(/** @type {string} */ text) {
    let out = text;
    for (let cuts = 1 + Math.floor(random() * 4); cuts > 0; cuts -= 1) {
      const at = Math.floor(random() * out.length);
      out = out.slice(0, at) + (chance(0.5) ? pick([...kLetters]) : '') + out.slice(at + Math.floor(random() * 3));
    }
    return out.toWellFormed?.() ?? out.replace(/[\ud800-\udfff]/g, '?');
  }

  return () => {
    const text = JSON.stringify(scenario());
    return chance(0.03) ? broken(text) : text;
  };
}
