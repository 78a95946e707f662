// Turns core/data/models.json and gpus.json into one C++ source that holds both as text; core/src/catalog_rows.cpp reads it.
// SPDX-License-Identifier: MIT
//
//   node scripts/embed-catalog.mjs <models.json> <gpus.json> <output.cpp>
//
// Sources, licences and remarks on provenance stay in the data files; the program carries only what it computes with.
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { deriveUsableBytes, kGib } from './usable-memory.mjs';

/** Keys of a model row that have a field of their own in CatalogModel, or that say where a fact comes from. */
const kNotStructure = new Set([
  'id',
  'name',
  'family',
  'kind',
  'year',
  'license',
  'source',
  'notes',
  'unsourced_fields',
  'moe_note',
  'language_model',
]);
/** Prose inside nested objects. */
const kProse = new Set(['description', 'note', 'notes', 'source']);

const kKinds = new Set(['decoder', 'moe', 'multimodal', 'encoder', 'encoder-decoder', 'vit', 'cnn']);

/** One C++ string literal, in pieces of a line each. */
function quote(text) {
  let out = '"';
  for (const byte of Buffer.from(text, 'utf8')) {
    if (byte === 0x0a) out += '\\n"\n    "';
    else if (byte === 0x22 || byte === 0x5c) out += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) out += String.fromCharCode(byte);
    else out += `\\${byte.toString(8).padStart(3, '0')}`; // octal escapes end after three digits, hexadecimal ones do not
  }
  return `${out}"`;
}

function withoutProse(value) {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([key, inner]) => inner !== null && !kProse.has(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutProse(inner)]));
}

function structureOf(model) {
  if (model.kind === 'cnn') return '';
  const kept = Object.entries(model).filter(([key]) => !kNotStructure.has(key) && !key.startsWith('params_'));
  return JSON.stringify(withoutProse(Object.fromEntries(kept)));
}

/** A cell of the table; what equals the default of the C++ field (0, "", false) is left empty. */
function cell(value) {
  const text = value === undefined || value === null || value === false || value === 0 ? '' : String(value === true ? 1 : value);
  if (text.includes('\n')) throw new Error(`a line break in ${text}`);
  return text;
}

/** Rows as text, column by column: its name, then a line per row. Close values stand side by side, which compresses well. */
function tableText(rows) {
  const names = Object.keys(rows[0]);
  return names.map((name) => `${name}\n${rows.map((row) => `${cell(row[name])}\n`).join('')}`).join('');
}

const sum = (object) => Object.values(object ?? {}).reduce((total, value) => total + value, 0);

/** What goes into a model, read from its parts (towers, and whether it reads text), a letter each. */
function inputsOf({ kind, vision, audio }) {
  const isPicture = kind === 'cnn' || kind === 'vit';
  const isVideo = (vision?.temporal_patch_size ?? 1) > 1;
  return [!isPicture && 't', (isPicture || vision) && 'i', isVideo && 'v', audio && 'a'].filter(Boolean).join('');
}

function modelRow(model) {
  if (!kKinds.has(model.kind)) throw new Error(`${model.id}: kind ${model.kind}`);
  return {
    id: model.id,
    name: model.name,
    family: model.family,
    kind: model.kind,
    inputs: inputsOf(model),
    published_exact: Boolean(model.params_total_exact),
    year: model.year,
    published_parameters: model.params_total_published,
    published_active_parameters: model.params_active_published,
    checkpoint_parameters: model.params_checkpoint_total,
    checkpoint_extra: sum(model.params_checkpoint_extra),
    published_tolerance: model.params_tolerance,
    structure: structureOf(model),
  };
}

const kTera = 1e12;
/** One direction, per lane, after line coding: 8b/10b (2.0), 128b/130b (3.0-5.0), 242 of 256 flit bytes (6.0). */
const kPcieLaneBytes = {
  2: 0.5e9,
  3: (8e9 * 128) / 130 / 8,
  4: (16e9 * 128) / 130 / 8,
  5: (32e9 * 128) / 130 / 8,
  6: (64e9 * 242) / 256 / 8,
};

function pcieOf(gpu) {
  if (!gpu.pcie) return { generation: 0, lanes: 0, bytes: 0 };
  const match = /^(\d)\.0 x(\d+)$/.exec(gpu.pcie);
  if (!match) throw new Error(`${gpu.id}: pcie ${gpu.pcie}`);
  const [generation, lanes] = [Number(match[1]), Number(match[2])];
  return { generation, lanes, bytes: Math.round(kPcieLaneBytes[generation] * lanes) };
}

/** Tera-operations to operations, without the last-digit noise of a binary product. */
const ops = (tera) => (tera ? Number((tera * kTera).toPrecision(12)) : 0);
const bytesPerSecond = (gb) => (gb ? Number((gb * 1e9).toPrecision(12)) : 0);

function availabilityOf(gpu) {
  if (gpu.name.endsWith('(modified)')) return 'modified';
  return gpu.note?.startsWith('announced') ? 'announced' : 'released';
}

/** `memory,usable` of each size a part is sold with. */
function memoryOptions(gpu, usable) {
  const sizes = gpu.memory_options_gib ?? [];
  if (sizes.length < 2) return '';
  if (sizes.length > 4) throw new Error(`${gpu.id}: more memory options than GpuSpec holds`);
  return sizes.map((gib) => `${gib * kGib},${usable.of(gib)}`).join(',');
}

function gpuRow(gpu, usable) {
  const pcie = pcieOf(gpu);
  return {
    id: gpu.id,
    name: gpu.name,
    vendor: gpu.vendor,
    architecture: gpu.architecture,
    memory_type: gpu.memory_type,
    interconnect: gpu.interconnect,
    aliases: gpu.aliases.join(','),
    gpu_class: gpu.class,
    availability: availabilityOf(gpu),
    usable_basis: usable.basis,
    unified_memory: Boolean(gpu.unified_memory),
    supports_bf16: Boolean(gpu.supports.bf16),
    supports_fp8: Boolean(gpu.supports.fp8),
    supports_int8: Boolean(gpu.supports.int8),
    supports_fp4: Boolean(gpu.supports.fp4),
    year: gpu.year,
    compute_capability: gpu.compute_capability && Math.round(Number(gpu.compute_capability) * 10),
    max_per_node: gpu.max_per_node,
    tdp_watts: Math.round(gpu.tdp_w ?? 0),
    memory_bytes: gpu.memory_gib * kGib,
    usable_bytes: usable.bytes,
    memory_options: memoryOptions(gpu, usable),
    bandwidth_bytes_per_second: bytesPerSecond(gpu.bandwidth_gb_s),
    interconnect_bytes_per_second: bytesPerSecond(gpu.interconnect_gb_s),
    pcie_generation: pcie.generation,
    pcie_lanes: pcie.lanes,
    pcie_bytes_per_second: pcie.bytes,
    fp32: ops(gpu.tflops.fp32),
    tf32: ops(gpu.tflops.tf32),
    fp16: ops(gpu.tflops.fp16_tensor ?? gpu.tflops.fp16_vector),
    fp16_accumulate: ops(gpu.tflops.fp16_tensor_fp16_accumulate),
    bf16: ops(gpu.tflops.bf16_tensor),
    fp8: ops(gpu.tflops.fp8),
    int8: ops(gpu.tflops.int8),
    fp4: ops(gpu.tflops.fp4),
    measured_bf16: ops(gpu.measured_matmul_tflops?.bf16),
    measured_fp8: ops(gpu.measured_matmul_tflops?.fp8),
    launch_usd: gpu.launch_price_usd,
    street_usd: gpu.typical_street_usd,
    street_as_of: gpu.street_price_info?.as_of,
    cloud_usd_per_hour: gpu.cloud_usd_per_hour?.value,
    cloud_as_of: gpu.cloud_usd_per_hour?.as_of,
  };
}

function source(models, gpus) {
  const usable = deriveUsableBytes(gpus);
  return `// Generated by scripts/embed-catalog.mjs from core/data; do not edit.
// SPDX-License-Identifier: MIT
#include "catalog_rows.h"

namespace vram {

const std::string_view kModelTable =
    ${quote(tableText(models.map(modelRow)))};

const std::string_view kGpuTable =
    ${quote(tableText(gpus.map((gpu, i) => gpuRow(gpu, usable[i]))))};

}  // namespace vram
`;
}

const [modelsPath, gpusPath, output] = process.argv.slice(2);
if (!output) {
  console.error('usage: node scripts/embed-catalog.mjs <models.json> <gpus.json> <output.cpp>');
  process.exit(2);
}
const models = JSON.parse(readFileSync(modelsPath, 'utf8'));
const gpus = JSON.parse(readFileSync(gpusPath, 'utf8'));
writeFileSync(output, source(models, gpus));
const text = models.map(structureOf).join('');
console.log(
  `catalog: ${models.length} models (structure ${text.length} B, ${gzipSync(text, { level: 9 }).length} B gzip), ` +
    `${gpus.length} accelerators`,
);
