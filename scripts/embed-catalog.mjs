// Turns core/data/models.json and gpus.json into one C++ source that defines catalog_models() and catalog_gpus().
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

const kKinds = {
  decoder: 'decoder',
  moe: 'moe',
  multimodal: 'multimodal',
  encoder: 'encoder',
  'encoder-decoder': 'encoder_decoder',
  vit: 'vit',
  cnn: 'cnn',
};

function quote(text) {
  const bytes = Buffer.from(text, 'utf8');
  let out = '"';
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) out += `\\${String.fromCharCode(byte)}`;
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

/** Writes `{.a = 1, .b = "x"}` and leaves out what equals the default of the C++ field (0, "", false). */
function initialiser(fields) {
  const set = Object.entries(fields).filter(
    ([, value]) =>
      value !== 0 &&
      value !== '' &&
      value !== false &&
      value !== null &&
      value !== undefined &&
      value !== '""' &&
      value !== '{}',
  );
  return `{${set.map(([name, value]) => `.${name} = ${value}`).join(', ')}}`;
}

const sum = (object) => Object.values(object ?? {}).reduce((total, value) => total + value, 0);

function modelRow(model) {
  if (!(model.kind in kKinds)) throw new Error(`${model.id}: kind ${model.kind}`);
  return initialiser({
    id: quote(model.id),
    name: quote(model.name),
    family: quote(model.family),
    kind: `ModelKind::${kKinds[model.kind]}`,
    published_exact: Boolean(model.params_total_exact),
    year: model.year ?? 0,
    published_parameters: model.params_total_published ?? 0,
    published_active_parameters: model.params_active_published ?? 0,
    checkpoint_parameters: model.params_checkpoint_total ?? 0,
    checkpoint_extra: sum(model.params_checkpoint_extra),
    published_tolerance: model.params_tolerance,
    structure: quote(structureOf(model)),
  });
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

function flopsOf(t) {
  return initialiser({
    fp32: ops(t.fp32),
    tf32: ops(t.tf32),
    fp16: ops(t.fp16_tensor ?? t.fp16_vector),
    bf16: ops(t.bf16_tensor),
    fp8: ops(t.fp8),
    int8: ops(t.int8),
    fp4: ops(t.fp4),
  });
}

function availabilityOf(gpu) {
  if (gpu.name.endsWith('(modified)')) return 'Availability::modified';
  return gpu.note?.startsWith('announced') ? 'Availability::announced' : 0;
}

function memoryOptions(gpu, usable) {
  const sizes = gpu.memory_options_gib ?? [];
  if (sizes.length < 2) return 0;
  if (sizes.length > 4) throw new Error(`${gpu.id}: more memory options than GpuSpec holds`);
  const rows = sizes.map((gib) => `MemoryOption{${gib * kGib}, ${usable.of(gib)}}`);
  return `{{${rows.join(', ')}}}`;
}

function gpuRow(gpu, index, usable) {
  const pcie = pcieOf(gpu);
  const supports = (format) => Boolean(gpu.supports[format]);
  return initialiser({
    id: quote(gpu.id),
    name: quote(gpu.name),
    vendor: quote(gpu.vendor),
    architecture: quote(gpu.architecture),
    memory_type: quote(gpu.memory_type ?? ''),
    interconnect: quote(gpu.interconnect ?? ''),
    note: quote(gpu.note ?? ''),
    aliases: gpu.aliases.length ? `kAliases${index}` : 0,
    gpu_class: `GpuClass::${gpu.class}`,
    availability: availabilityOf(gpu),
    usable_basis: `UsableBasis::${usable.basis}`,
    unified_memory: Boolean(gpu.unified_memory),
    supports_bf16: supports('bf16'),
    supports_fp8: supports('fp8'),
    supports_int8: supports('int8'),
    supports_fp4: supports('fp4'),
    year: gpu.year ?? 0,
    compute_capability: gpu.compute_capability ? Math.round(Number(gpu.compute_capability) * 10) : 0,
    max_per_node: gpu.max_per_node ?? 0,
    tdp_watts: Math.round(gpu.tdp_w ?? 0),
    memory_bytes: gpu.memory_gib * kGib,
    usable_bytes: usable.bytes,
    memory_options: memoryOptions(gpu, usable),
    bandwidth_bytes_per_second: bytesPerSecond(gpu.bandwidth_gb_s),
    interconnect_bytes_per_second: bytesPerSecond(gpu.interconnect_gb_s),
    pcie_generation: pcie.generation,
    pcie_lanes: pcie.lanes,
    pcie_bytes_per_second: pcie.bytes,
    flops: flopsOf(gpu.tflops),
    measured_flops: initialiser({
      bf16: ops(gpu.measured_matmul_tflops?.bf16),
      fp8: ops(gpu.measured_matmul_tflops?.fp8),
    }),
    prices: initialiser({
      launch_usd: gpu.launch_price_usd,
      street_usd: gpu.typical_street_usd,
      street_as_of: quote(gpu.street_price_info?.as_of ?? ''),
      cloud_usd_per_hour: gpu.cloud_usd_per_hour?.value,
      cloud_as_of: quote(gpu.cloud_usd_per_hour?.as_of ?? ''),
    }),
  });
}

function source(models, gpus) {
  const usable = deriveUsableBytes(gpus);
  const aliases = gpus
    .map((gpu, i) =>
      gpu.aliases.length ? `constexpr std::string_view kAliases${i}[] = {${gpu.aliases.map(quote).join(', ')}};\n` : '',
    )
    .join('');
  return `// Generated by scripts/embed-catalog.mjs from core/data; do not edit.
// SPDX-License-Identifier: MIT
#include "vram/catalog.h"

namespace vram {
namespace {

constexpr CatalogModel kModels[] = {
${models.map((model) => `    ${modelRow(model)},\n`).join('')}};

${aliases}
constexpr GpuSpec kGpus[] = {
${gpus.map((gpu, i) => `    ${gpuRow(gpu, i, usable[i])},\n`).join('')}};

}  // namespace

std::span<const CatalogModel> catalog_models() { return kModels; }
std::span<const GpuSpec> catalog_gpus() { return kGpus; }

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
