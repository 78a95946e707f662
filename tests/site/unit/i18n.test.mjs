// Every text exists in both languages, every name the engine can send has one, and none is left over.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXPORTERS, NOTES } from '../../../site/src/exports/index.js';
import { QUANTIZATION_WAYS, SIZE_CLASSES, SPEED_CLASSES, TOKENS_PER_WORD } from '../../../site/src/guide-data.js';
import { PRESETS } from '../../../site/src/presets.js';
import { TERM_ORDER } from '../../../site/src/terms.js';
import { translate } from '../../../site/src/i18n/translate.js';
import { TASKS } from '../../../site/src/calculators/language.js';
import { DIMENSIONS, MODEL_VIEWS } from '../../../site/src/own-model.js';
import { LOG_FIELDS, LOG_QUANTITIES } from '../../../site/src/log-rows.js';
import { PANELS } from '../../../site/src/calculators/advanced.js';
import { TABS } from '../../../site/src/tabs.js';
import { VERDICT_CLASS } from '../../../site/src/verdict-text.js';
import { THEMES } from '../../../site/src/preferences.js';
import { load } from '../../../wasm/vram.js';

const kSource = fileURLToPath(new URL('../../../site/src/', import.meta.url));
const read = (name) => JSON.parse(readFileSync(`${kSource}i18n/${name}.json`, 'utf8'));
/** Texts that come with the page, and those that come after the first result. */
const packs = { first: { en: read('en'), zh: read('zh') }, more: { en: read('more.en'), zh: read('more.zh') } };
const en = { ...packs.first.en, ...packs.more.en };
const zh = { ...packs.first.zh, ...packs.more.zh };
const sources = readdirSync(kSource, { recursive: true })
  .filter((name) => name.endsWith('.js'))
  .map((name) => readFileSync(kSource + name, 'utf8'))
  .join('\n');

const accuracy = JSON.parse(readFileSync(`${kSource}data/accuracy.json`, 'utf8'));

/** Rows of the formulas that a scenario can be put to; those with published inputs of their own are not on the page. */
const DOCUMENTED_ROWS = [
  'model_weights',
  'kv_cache',
  'activations',
  'optimizer_states',
  'gradients',
  'other_overhead',
  'router',
  'active_experts',
  'routing_probability',
  'expert_assignment',
  'load_balance',
  'conv_layers',
  'feature_maps',
  'fc_layers',
  'batch_normalization',
  'data_augmentation',
];

/** Keys made from names: every member must have a text, and every text must be of a member. `a.b` makes `a.b_member`. */
const families = {
  theme: [...THEMES],
  task: TASKS.map(({ value }) => value),
  tab: [...TABS],
  quantity: accuracy.quantities,
  action: ['presets', 'history', 'import', 'export', 'log', 'compare', 'paste-model'],
  library: ['presets', 'history', 'import', 'export', 'log'],
  'log.value': [...LOG_QUANTITIES],
  'library.kind': ['scenario', 'deepspeed', 'accelerate', 'vllm'],
  preset: PRESETS.map(({ id }) => id),
  export: [...EXPORTERS.map(({ id }) => id), 'json', 'markdown', 'csv'],
  'export.note': [...NOTES],
  'guide.size': SIZE_CLASSES.flatMap(({ id }) => [id, `use_${id}`]),
  'guide.speed': SPEED_CLASSES.map(({ id }) => id),
  'guide.language': Object.keys(TOKENS_PER_WORD),
  'guide.way': QUANTIZATION_WAYS.flatMap((way) => [way, `how_${way}`, `kept_${way}`, `effort_${way}`]),
  'guide.storage': ['weights', 'packed', 'checkpoint', 'loading', 'offload'],
  compare: ['added', 'full'],
  'compare.verdict': ['fits', 'tight', 'probable', 'improbable', 'over'],
  term: [...TERM_ORDER],
  // The engine's own lists: `Phase` and `Grade` of estimate.h, the levels of spec and docs.
  phase: [
    'load',
    'prefill',
    'decode',
    'rollout',
    'reward',
    'forward',
    'loss',
    'reference',
    'backward',
    'optimizer',
    'sync',
  ],
  grade: ['A', 'B', 'C', 'D', 'E'],
  'advice.risk': ['none', 'low', 'medium', 'high'],
  level: ['excellent', 'good', 'near_limit', 'oversized'],
  verdict: [...Object.keys(VERDICT_CLASS), 'speed_tokens', 'speed_samples'],
  cards: ['per_second_tokens', 'per_second_samples'],
  cost: ['per_million_tokens', 'per_million_samples'],
  serving: [
    'bytes_per_token',
    'request',
    'pool',
    'pool_tokens',
    'concurrency',
    'longest',
    'activation_peak',
    'load_peak',
    'host',
    'first_token',
    'prefill',
  ],
  input: ['image', 'video', 'audio'],
  model_type: ['nlp', 'multimodal', 'moe', 'cnn'],
  panel: [...PANELS],
  'documented.row': DOCUMENTED_ROWS,
  own_model: [
    ...MODEL_VIEWS,
    ...DIMENSIONS,
    ...['bad_id', 'offline', 'missing', 'closed', 'refused'].map((code) => `hub_${code}`),
  ],
  'accuracy.kind': ['reference', 'training', 'serving'],
  'accuracy.scope': ['scored', 'unscored', 'all'],
  'accuracy.order': ['error', 'measured', 'id'],
  import: ['not_text', 'not_json', 'not_object', 'too_large', 'unreadable'],
};
/** Keys that stand in the code as a whole. */
const literal = new Set(
  [
    ...sources.matchAll(/\bt(?:Or)?\(\s*'([\w.-]+)'/g),
    ...sources.matchAll(/renderMore\('([\w.]+)'/g),
    ...sources.matchAll(/\b(?:text|title): '([\w.]+)'/g), // of the calculators' tables
  ].map((match) => match[1]),
);

before(async () => {
  const fields = (await load()).catalog('fields');
  assert.ok(fields.length > 20);
  families.field = ['model', ...fields.map((field) => field.path)];
  families.unit = [...new Set(fields.map((field) => field.unit).filter(Boolean))];
  families.value = fields
    .filter((field) => field.values && field.path !== 'task')
    .flatMap((field) => field.values.map((value) => ({ name: field.path.split('.').at(-1), value })));
});

/** All keys that the page can ask for. */
function wanted() {
  const keys = new Set(literal);
  for (const [family, members] of Object.entries(families)) {
    for (const member of members) {
      if (typeof member === 'string') keys.add(`${family}${family.includes('.') ? '_' : '.'}${member}`);
      else
        keys.add(
          `value.${member.name}.${member.value}` in en
            ? `value.${member.name}.${member.value}`
            : `value.${member.value}`,
        );
    }
  }
  return keys;
}

test('both languages have the same keys, and no text is empty', () => {
  for (const pack of Object.values(packs)) assert.deepEqual(Object.keys(pack.zh), Object.keys(pack.en));
  assert.deepEqual(
    Object.keys(packs.first.en).filter((key) => key in packs.more.en),
    [],
  );
  // Chinese puts nothing between sentences.
  const empty = [...Object.entries(en), ...Object.entries(zh)].filter(([, text]) => text === '').map(([key]) => key);
  assert.deepEqual(empty, ['sentence.join']);
});

test('both languages fill the same places', () => {
  const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  for (const key of Object.keys(en)) assert.deepEqual(places(zh[key]), places(en[key]), key);
});

test('no key is missing', () => {
  assert.ok(literal.size > 60);
  assert.deepEqual(
    [...wanted()].filter((key) => !(key in en)),
    [],
  );
});

test('no key is left over', () => {
  const keys = wanted();
  assert.deepEqual(
    Object.keys(en).filter((key) => !keys.has(key)),
    [],
  );
});

test('no text stands in the code itself', () => {
  // A tag's content that begins with a letter is text for people; names of the product's own languages are not translated.
  const found = [...sources.matchAll(/html`[^`]*>\s*([A-Z][a-z]+ [a-z]+)/g)].map((match) => match[1]);
  assert.deepEqual(found, []);
});

test('a missing text is undefined, a missing place stays visible', () => {
  assert.equal(translate(en, 'no.such.key'), undefined);
  assert.equal(translate({ a: '{x} of {y}' }, 'a', { x: 1 }), '1 of {y}');
  assert.equal(translate(en, 'constructor'), undefined);
});

test('every finding of the engine has one Chinese text: in its own table, or here where that has none', () => {
  const core = fileURLToPath(new URL('../../../core/src/', import.meta.url));
  const code = readdirSync(core)
    .filter((name) => name.endsWith('.cpp'))
    .map((name) => readFileSync(core + name, 'utf8'))
    .join('\n');
  // error("code", …), warning("code", …), suggestion("code", …), fields.reject("field", "code", …) and error(a ? "one" : "other", …)
  const codes = new Set([
    ...[...code.matchAll(/\b(?:error|warning|suggestion)\(\s*"([a-z0-9_]+)"/g)].map((match) => match[1]),
    ...[...code.matchAll(/\breject\([^,"]*"?[^,"]*"?,\s*"([a-z0-9_]+)"/g)].map((match) => match[1]),
    ...[...code.matchAll(/\b(?:error|warning|suggestion)\(\w+ \? "([a-z0-9_]+)" : "([a-z0-9_]+)"/g)].flatMap(
      (match) => [match[1], match[2]],
    ),
  ]);
  const table = new Set(
    [...readFileSync(core + 'messages.cpp', 'utf8').matchAll(/^\s*\{"([a-z0-9_]+)",/gm)].map((match) => match[1]),
  );
  assert.ok(codes.size > 15);
  assert.ok(table.size > 30);
  assert.deepEqual(
    Object.keys(read('engine.zh')).sort(),
    [...codes]
      .filter((name) => !table.has(name))
      .map((name) => `issue.${name}`)
      .sort(),
  );
});
