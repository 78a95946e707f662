// Checks core/data: schema, units, ranges, sources, duplicates, unambiguous names. Exits 1 on any finding.
// SPDX-License-Identifier: MIT
//
//   node scripts/check-data.mjs [data folder]
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kActivations, parseStage } from './cnn-stage.mjs';

const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..', 'core', 'data');
const findings = [];
const report = (row, message) => findings.push(`${row}: ${message}`);

function readRows(name) {
  const text = readFileSync(join(folder, name), 'utf8');
  const rows = JSON.parse(text);
  if (text.split('\n').length !== rows.length + 3) report(name, 'not one row per line');
  return rows;
}

/** Lower-case letters and digits, one dash for each run of anything else: how the program compares names. */
const slug = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

/** Reports every name that two different rows answer to. */
function unambiguous(what, pairs) {
  const owners = new Map();
  for (const [name, owner] of pairs) {
    const key = slug(name);
    if (key === '') report(owner, `empty ${what}`);
    if (owners.has(key) && owners.get(key) !== owner) report(owner, `${what} "${name}" also means ${owners.get(key)}`);
    owners.set(key, owner);
  }
}

// ------------------------------------------------------------------ schema helpers
const isText = (value) => typeof value === 'string' && value.trim() !== '';
/** A day, a month, a quarter, a year, or two years, as exact as the source was. */
const isDate = (value) => isText(value) && /^20\d\d(-\d\d(-\d\d)?|-Q[1-4]|–20\d\d)?$/.test(value);
const within = (low, high) => (value) => typeof value === 'number' && value >= low && value <= high;
const whole = (low, high) => (value) => Number.isSafeInteger(value) && value >= low && value <= high;
const oneOf =
  (...names) =>
  (value) =>
    names.includes(value);
const flag = (value) => typeof value === 'boolean';
const orNull = (check) => (value) => value === null || check(value);

/** Every required key is there and every listed key passes its check. */
function checkKeys(row, required, optional) {
  for (const key of Object.keys(required)) if (!(key in row)) report(row.id, `no ${key}`);
  for (const [key, check] of Object.entries({ ...required, ...optional })) {
    if (key in row && !check(row[key])) report(row.id, `${key} is ${JSON.stringify(row[key])}`);
  }
}

/** A price or measurement says where and when it was seen. */
function checkProvenance(row, label, fact) {
  if (!isText(fact?.source)) report(row.id, `${label} has no source`);
  if (!isDate(fact?.as_of)) report(row.id, `${label} has no date`);
}

// ------------------------------------------------------------------ models
const size = whole(1, 1e6);
const parameters = whole(1000, 1e13);
const kModelRequired = {
  id: (value) => isText(value) && /^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(value),
  name: isText,
  family: isText,
  kind: oneOf('decoder', 'moe', 'multimodal', 'encoder', 'encoder-decoder', 'vit', 'cnn'),
  year: whole(2012, 2027),
  params_total_published: orNull(parameters),
  params_total_exact: orNull(flag),
  unsourced_fields: Array.isArray,
  source: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
};
const kModelOptional = {
  params_total_computed: orNull(parameters),
  params_active_published: orNull(parameters),
  params_checkpoint_total: parameters,
  params_tolerance: within(0, 0.1),
};
const kTransformerRequired = {
  hidden_size: orNull(size),
  num_hidden_layers: orNull(whole(1, 300)),
  num_attention_heads: orNull(whole(1, 512)),
  num_key_value_heads: orNull(whole(1, 512)),
  head_dim: orNull(whole(1, 1024)),
  intermediate_size: orNull(size),
  vocab_size: orNull(size),
  max_position_embeddings: orNull(whole(1, 2e7)),
  formula: oneOf('decoder', 'bert', 't5', 'bart', 'whisper', 'vit', 'swin', 'clip', 'vlm', 'none'),
  default_dtype: orNull(oneOf('float32', 'float16', 'bfloat16', 'float8_e4m3')),
};
const kTransformerOptional = {
  expert_dtype: oneOf('mxfp4', 'fp4', 'int4'),
  num_experts: whole(2, 4096),
  num_experts_per_tok: whole(1, 64),
  first_k_dense_replace: whole(0, 100),
};
const kOldNames = ['num_layers', 'experts_per_token', 'first_k_dense'];

function checkModel(row) {
  checkKeys(row, kModelRequired, kModelOptional);
  if (row.params_total_published && !isText(row.params_published_source) && row.kind !== 'cnn') {
    report(row.id, 'published count without a source');
  }
  if (row.params_checkpoint_total && !isText(row.params_checkpoint_source))
    report(row.id, 'checkpoint total without a source');
  for (const name of kOldNames) if (name in row) report(row.id, `${name} is not the name used here`);
  if (row.kind === 'cnn') return;
  checkKeys(row, kTransformerRequired, kTransformerOptional);
  if (row.num_key_value_heads > row.num_attention_heads) report(row.id, 'more key/value heads than heads');
  if (row.num_experts_per_tok > row.num_experts) report(row.id, 'more experts per token than experts');
  if (row.num_experts && !row.num_experts_per_tok) report(row.id, 'experts without experts per token');
}

function checkModels(rows) {
  rows.forEach(checkModel);
  unambiguous(
    'id',
    rows.map((row) => [row.id, row.id]),
  );
  unambiguous(
    'name',
    rows.flatMap((row) => [
      [row.name, row.id],
      [row.id, row.id],
      [row.id.split('/')[1], row.id],
    ]),
  );
  const count = (test) => rows.filter(test).length;
  console.log(
    `models.json   ${rows.length} models: ${count((r) => r.params_total_exact)} exact published counts, ` +
      `${count((r) => r.params_checkpoint_total)} checkpoint totals, ${count((r) => r.kind === 'cnn')} convolutional`,
  );
}

// ------------------------------------------------------------------ accelerators
const kGpuRequired = {
  id: (value) => isText(value) && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value),
  name: isText,
  vendor: isText,
  architecture: isText,
  source: isText,
  class: oneOf('consumer', 'laptop', 'workstation', 'datacenter', 'soc'),
  form: oneOf('desktop', 'laptop', 'server', 'soc'),
  year: orNull(whole(2012, 2027)),
  memory_gib: whole(1, 1024),
  memory_bytes_usable: orNull(whole(2 ** 30, 2 ** 40)),
  memory_type: orNull(isText),
  bandwidth_gb_s: orNull(within(10, 30000)),
  interconnect_gb_s: orNull(within(30, 4000)),
  pcie: orNull((value) => /^[2-6]\.0 x(1|2|4|8|16)$/.test(value)),
  tdp_w: orNull(within(5, 3000)),
  compute_capability: orNull((value) => /^\d{1,2}\.\d$/.test(value)),
  launch_price_usd: orNull(within(50, 50000)),
  typical_street_usd: orNull(within(50, 100000)),
  max_per_node: orNull(whole(1, 16)),
  aliases: (value) => Array.isArray(value) && value.every(isText),
  tflops: (value) => value !== null && typeof value === 'object',
  tflops_basis: isText,
  supports: (value) => ['bf16', 'fp8', 'fp4', 'int8'].every((key) => key in value && orNull(flag)(value[key])),
};
const kGpuOptional = {
  unified_memory: flag,
  memory_options_gib: (value) =>
    value.length <= 4 && value.every((gib, i) => whole(1, 1024)(gib) && gib > (value[i - 1] ?? 0)),
};
const kRates = ['fp32', 'tf32', 'fp16_tensor', 'bf16_tensor', 'fp8', 'int8', 'fp4'];
/** The rate in the left column cannot be there without the ability in the right one. */
const kNeeds = [
  ['bf16_tensor', 'bf16'],
  ['fp8', 'fp8'],
  ['fp4', 'fp4'],
];

function checkRates(row) {
  for (const rate of kRates) {
    if (!(rate in row.tflops)) report(row.id, `no tflops.${rate}`);
    else if (!orNull(within(0.1, 50000))(row.tflops[rate])) report(row.id, `tflops.${rate} is ${row.tflops[rate]}`);
  }
  for (const [rate, ability] of kNeeds) {
    if (row.tflops[rate] && !row.supports[ability]) report(row.id, `tflops.${rate} without support for ${ability}`);
  }
  for (const rate of ['tf32', 'fp16_tensor', 'bf16_tensor', 'fp8', 'fp4']) {
    const value = row.tflops[rate];
    if (value !== null && row.tflops.fp32 && value < 0.99 * row.tflops.fp32)
      report(row.id, `tflops.${rate} below fp32`);
  }
}

function checkGpu(row) {
  checkKeys(row, kGpuRequired, kGpuOptional);
  checkRates(row);
  const smallest = Math.min(...(row.memory_options_gib ?? [row.memory_gib]));
  const usable = row.memory_bytes_usable;
  if (usable && !within(0.7 * smallest, 1.005 * row.memory_gib)(usable / 2 ** 30)) {
    report(row.id, `${(usable / 2 ** 30).toFixed(2)} GiB usable of ${row.memory_gib}`);
  }
  if (usable && !isText(row.memory_usable_basis)) report(row.id, 'usable memory without its basis');
  if (row.memory_options_gib && Math.max(...row.memory_options_gib) !== row.memory_gib) {
    report(row.id, 'memory_gib is not the largest option');
  }
  if (row.cloud_usd_per_hour) checkProvenance(row, 'cloud price', row.cloud_usd_per_hour);
  if (row.cloud_usd_per_hour && !within(0.05, 30)(row.cloud_usd_per_hour.value))
    report(row.id, 'cloud price out of range');
  if (row.typical_street_usd) checkProvenance(row, 'street price', row.street_price_info);
  if (row.measured_matmul_tflops && !isText(row.measured_matmul_tflops.source))
    report(row.id, 'measured rate without source');
}

function checkGpus(rows) {
  rows.forEach(checkGpu);
  unambiguous(
    'id',
    rows.map((row) => [row.id, row.id]),
  );
  unambiguous(
    'name',
    rows.flatMap((row) => [row.id, row.name, ...row.aliases].map((name) => [name, row.id])),
  );
  const count = (test) => rows.filter(test).length;
  console.log(
    `gpus.json     ${rows.length} accelerators: ${count((r) => r.memory_bytes_usable)} measured usable memory, ` +
      `${count((r) => r.bandwidth_gb_s)} bandwidths, ${rows.reduce((n, r) => n + r.aliases.length, 0)} aliases`,
  );
}

// ------------------------------------------------------------------ convolutional networks
const kActivation = oneOf(...kActivations);
const kCnnRequired = {
  id: isText,
  source: isText,
  checked_on: isDate,
  input_size: whole(32, 4096),
  stages: Array.isArray,
};
const kCnnOptional = {
  image_multiple: whole(1, 64),
  activation: kActivation,
  squeeze_activation: kActivation,
  squeeze_gate: kActivation,
  activation_in_place: flag,
  squeeze_in_place: flag,
  add_in_place: flag,
  stochastic_depth: flag,
};

/** Forks are closed in order, and a row reads only labels that an earlier row has set. */
function checkStages(row, stages) {
  const open = [];
  const labels = new Set();
  for (const stage of stages) {
    if (stage.block === 'fork' || stage.block === 'aside') open.push(stage.block);
    if (stage.block === 'branch' && open.at(-1) !== 'fork') report(row.id, 'branch outside of a fork');
    if (stage.block === 'join' && open.pop() !== 'fork') report(row.id, 'join without fork');
    if (stage.block === 'resume' && open.pop() !== 'aside') report(row.id, 'resume without aside');
    for (const label of stage.with ?? [])
      if (!labels.has(label)) report(row.id, `label ${label} is not set before it is read`);
    if (stage.label) labels.add(stage.label);
  }
  if (open.length) report(row.id, `${open.length} forks left open`);
}

function checkCnn(row) {
  checkKeys(row, kCnnRequired, kCnnOptional);
  for (const key of Object.keys(row))
    if (!(key in kCnnRequired) && !(key in kCnnOptional)) report(row.id, `unknown key ${key}`);
  try {
    checkStages(row, row.stages.map(parseStage));
  } catch (error) {
    report(row.id, error.message);
  }
}

function checkCnns(rows, models) {
  rows.forEach(checkCnn);
  unambiguous(
    'id',
    rows.map((row) => [row.id, row.id]),
  );
  const known = new Map(models.filter((model) => model.kind === 'cnn').map((model) => [model.id, model]));
  for (const row of rows) {
    if (!known.has(row.id)) report(row.id, 'no such model in models.json');
    else if (known.get(row.id).input_size !== row.input_size) report(row.id, 'input_size differs from models.json');
    known.delete(row.id);
  }
  for (const id of known.keys()) report(id, 'no stage table in cnn.json');
  console.log(`cnn.json      ${rows.length} networks, ${rows.reduce((n, row) => n + row.stages.length, 0)} stage rows`);
}

const models = readRows('models.json');
checkModels(models);
checkGpus(readRows('gpus.json'));
checkCnns(readRows('cnn.json'), models);
for (const finding of findings) console.error(`finding: ${finding}`);
console.log(`${findings.length} findings`);
process.exit(findings.length ? 1 : 0);
