// Converts the collected fact tables (models.json, gpus.json) into core/data, one row per line.
// SPDX-License-Identifier: MIT
//
//   node scripts/import-catalog.mjs <folder with models.json and gpus.json> [output folder]
//
// The conversion is deterministic and loses no fact. It
//   1. renames keys to the names of Hugging Face's config.json where one exists (see kModelKeys and kTowerKeys), and
//      gives facts told inside a sentence their own key: the block string of Nemotron-H, the format of experts,
//   2. gives every accelerator an `id` and `aliases` (see gpuId and gpuAliases),
//   3. writes one row per line, so that a changed fact is a one-line diff.
// Rows added by hand to core/data later are kept by editing core/data, not by running this again.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Collected name -> config.json name, at the top of a model row. */
const kModelKeys = {
  num_layers: 'num_hidden_layers',
  experts_per_token: 'num_experts_per_tok',
  first_k_dense: 'first_k_dense_replace',
};

/** The same inside a tower or connector (`vision`, `text`, Q-Former in `projector`). */
const kTowerKeys = {
  num_layers: 'num_hidden_layers',
  num_heads: 'num_attention_heads',
  channels: 'num_channels',
  register_tokens: 'num_register_tokens',
};

const kTowers = ['vision', 'text', 'projector'];

/** Names people use for a product whose catalog name says something else. */
const kKnownAliases = {
  'gb10-dgx-spark': ['gb10', 'spark'],
  'ryzen-ai-max-395-strix-halo': ['ryzen-ai-max-395', 'strix-halo'],
  'rubin-vera-rubin-nvl72': ['vera-rubin'],
  'tpu-v6e-trillium': ['tpu-v6e', 'trillium'],
  'tpu-v7-ironwood': ['tpu-v7', 'ironwood'],
  'gaudi-hl-205': ['gaudi', 'gaudi-1'],
  'b300-sxm-288gb': ['b300'],
  t4: ['tesla-t4'],
};

function renameKeys(row, names) {
  const out = {};
  for (const [key, value] of Object.entries(row)) {
    const name = names[key] ?? key;
    if (name in out || (name !== key && name in row)) throw new Error(`two values for ${name} in ${row.id}`);
    out[name] = value;
  }
  return out;
}

/** "bfloat16 (routed experts int4, groups of 32)" tells two formats: the experts' gets a key of its own. */
function splitDtype(row) {
  const match = /^(\w+) \((.*\b(mxfp4|fp4|int4)\b.*)\)$/.exec(row.default_dtype ?? '');
  if (!match) return row;
  return { ...row, default_dtype: match[1], expert_dtype: match[3], notes: row.notes ?? match[2] };
}

/** Serial numbers of a search that nobody else can repeat are left out; what was found there stays. */
function withoutSerialNumbers(text) {
  return text
    .replace(/^public code search hit \d+: /, 'public source code: ')
    .replace(/^public code search hits \d+ (\(.*\)) and \d+ (\(.*\))$/, 'public source code $1, $2');
}

function convertModel(collected) {
  const row = JSON.parse(JSON.stringify(collected), (_key, value) =>
    typeof value === 'string' ? withoutSerialNumbers(value) : value,
  );
  const out = splitDtype(renameKeys(row, kModelKeys));
  for (const tower of kTowers) if (out[tower]) out[tower] = renameKeys(out[tower], kTowerKeys);
  const blocks = /^one block per layer: .*: ([-M*E]+)$/.exec(out.layer_pattern?.description ?? '');
  if (blocks) out.layer_pattern = { hybrid_override_pattern: blocks[1], ...out.layer_pattern };
  return out;
}

export function kebab(text) {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** The boards with several processors are listed per processor; the name of the board is enough. */
function withoutPerGpu(name) {
  return name.replace(' (per GPU)', '').replace(', per GPU)', ')');
}

/** Catalog name without vendor, product-line words that add nothing, and "(per GPU)". */
function gpuId(row) {
  let name = row.name;
  if (name.startsWith(`${row.vendor} `)) name = name.slice(row.vendor.length + 1);
  name = name.replace(/^(GeForce|Tesla|Instinct|Data Center GPU) /, '').replace(/^Radeon (?=RX )/, '');
  return kebab(withoutPerGpu(name));
}

function gpuAliases(row, id) {
  const full = kebab(withoutPerGpu(row.name));
  const short = row.name.startsWith(`${row.vendor} `) ? full.slice(kebab(row.vendor).length + 1) : full;
  const bare = id.replace(/^(rtx|gtx|rx|arc|radeon-pro|radeon-ai-pro|ascend)-/, '');
  const known = kKnownAliases[id] ?? [];
  return [...new Set([...(row.aliases ?? []).map(kebab), ...known, full, short, bare])].filter(
    (alias) => alias !== id && alias !== kebab(row.name),
  ); // the name itself is looked up as well
}

function convertGpus(rows) {
  const ids = rows.map(gpuId);
  const wanted = rows.map((row, i) => gpuAliases(row, ids[i]));
  const uses = new Map();
  for (const name of [...ids, ...wanted.flat()]) uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const id of Object.keys(kKnownAliases)) if (!ids.includes(id)) throw new Error(`alias for unknown id ${id}`);
  return rows.map((row, i) => ({
    id: ids[i],
    ...row,
    aliases: wanted[i].filter((alias) => uses.get(alias) === 1), // an alias that two rows claim names neither
  }));
}

function writeRows(path, rows) {
  const lines = rows.map((row) => ` ${JSON.stringify(row)}`);
  writeFileSync(path, `[\n${lines.join(',\n')}\n]\n`);
  console.log(`${path}: ${rows.length} rows`);
}

const [input, output = join(dirname(fileURLToPath(import.meta.url)), '..', 'core', 'data')] = process.argv.slice(2);
if (!input) {
  console.error('usage: node scripts/import-catalog.mjs <folder with models.json and gpus.json> [output folder]');
  process.exit(2);
}
const read = (name) => JSON.parse(readFileSync(join(input, name), 'utf8'));
writeRows(join(output, 'models.json'), read('models.json').map(convertModel));
writeRows(join(output, 'gpus.json'), convertGpus(read('gpus.json')));
