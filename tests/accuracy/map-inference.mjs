// Published inference measurements (engine start logs, benchmark tables) as scenarios.
// SPDX-License-Identifier: MIT
import { kGib, kMib } from './rows.mjs';
import { Mapping, check, digitsOf, entryOf, rounded } from './map-common.mjs';

const kTrust = { high: 'A', medium: 'B', low: 'C' };

const kQuantization = [
  [/^(none|bf16|f16|fp16)?$/i, 'none'],
  [/^gptq-?int8|^int8$/i, 'gptq-int8'],
  [/gptq|^int4$/i, 'gptq'],
  [/awq/i, 'awq'],
  [/mxfp4/i, 'mxfp4'],
  [/nvfp4/i, 'nvfp4'],
  [/^fp8/i, 'fp8_block'],
];

/** Releases that logs only date or describe. A worker that prints "non_torch" and blocks is the one of V0 (0.6.4 to 0.7). */
const kDated = [
  [/Dec 2023/, '0.2.5'],
  [/Dec 2024/, '0.6.5'],
  [/Oct 2025/, '0.11.0'],
];

function vllmVersion(row) {
  const text = row.engine_version ?? '';
  if (/-v0$/.test(row.id)) return '0.7.0'; // a later release run with its V0 engine
  const number = /^v?(\d+\.\d+(\.\d+)?)/.exec(text)?.[1];
  if (number !== undefined) return number;
  const dated = kDated.find(([pattern]) => pattern.test(text));
  if (dated !== undefined) return dated[1];
  if (/^vllm-22331/.test(row.id)) return '0.10.1'; // an issue of the days in which gpt-oss came out
  if (/^llmd-/.test(row.id)) return '0.11.0'; // llm-d's table names its release once for all rows
  if (row.model.startsWith('Qwen3.5-2B class')) return '0.17.0'; // tokens printed by group: the releases before 0.20 that know the model
  const m = row.measured;
  if (m.consumed_weights_plus_non_torch_gib == null && m.non_torch_gib != null && m.activation_peak_gib != null) return '0.7.0';
  return '';
}

/**
 * Rows whose own numbers rule the engine's defaults out, and which do not print what was set instead: why, for pool and
 * activation peak. Their weights and their bytes per token are scored.
 */
const kNotDefault = {
  'idx70109711463-8b-24gb': 'not the default of 256 sequences, number not printed: their 16-bit logits, probabilities and logarithms in fp32 take 0.31 GiB, the printed activation peak is 0.22',
  'idx54553382182-internvl3-78b-tp8': 'not the default of one image per prompt, number not printed: an activation peak of 15.73 GiB is 0.6 GiB for each of the 26 crops that fill a batch of 8192 tokens, 24 times the widest tensor of a crop',
};

/**
 * Settings that a row's own numbers give. Gemma-4-E2B books 6148 blocks for a request of 32 768 tokens (155.04 GiB in blocks of 96 KiB,
 * over 9 026 017 / 32 768 requests): 2048 of the full layers and 1025 of each of four groups with a window, as one batch of
 * all its tokens books them; 8192 would make it 3140.
 */
const kGiven = {
  'idx69501450715-gemma4-e2b-rocm': { max_num_batched_tokens: 32768 },
};

const kDtypes = { bfloat16: 'bf16', float16: 'fp16', '16-bit': 'bf16' };

function quantization(row, map, inference) {
  const found = kQuantization.find(([pattern]) => pattern.test(row.quant ?? ''));
  if (found === undefined) map.fail(`weight format not stated or not in a scenario: ${row.quant}`);
  else inference.quantization = found[1];
  inference.weight_dtype = kDtypes[row.weights_dtype] ?? (/^T4$|V100/.test(row.gpu ?? '') ? 'fp16' : 'bf16');
}

function kvDtype(row, inference) {
  if (/^fp8/.test(row.kv_dtype ?? '')) inference.kv_cache_dtype = 'fp8';
}

function printed(metric, value, unit, extra) {
  return check(metric, value * unit, rounded(value, unit, Math.max(2, digitsOf(value))), extra);
}

/** One entry per quantity of the log: each has its own scenario (the pool needs a card, weights do not). */
function vllmEntries(row, names, fields) {
  const m = row.measured;
  const entries = [];
  const make = (suffix, checks, adjust) => {
    const map = new Mapping(row, names, fields);
    const entry = entryOf(row, { id: `${row.id}/${suffix}`, trust: kTrust[row.confidence], checks });
    if ((row.flags ?? []).includes('weights_vs_params') && suffix === 'weights') entry.trust = 'C';
    if (/OUTLIER/.test(row.notes ?? '')) map.fail('outlier by its source, never scored');
    const inference = { engine: 'vllm', engine_version: vllmVersion(row), context_length: row.max_model_len ?? 8192, batch_size: 1 };
    if (row.enforce_eager) inference.enforce_eager = true;
    quantization(row, map, inference);
    if (row.quant == null && suffix !== 'kv-per-token') map.fail('weight format not stated');
    if (/pool|peak/.test(suffix) && kNotDefault[row.id] !== undefined) map.fail(kNotDefault[row.id]);
    kvDtype(row, inference);
    const drafted = /MTP (\d+)/.exec(row.notes ?? ''); // the model's own draft layer: one layer of it and a product of two streams
    if (drafted !== null) Object.assign(inference, { speculative_tokens: Number(drafted[1]), draft_parameters_b: 0.425 });
    if (row.max_num_seqs) inference.max_num_seqs = row.max_num_seqs;
    if (row.max_num_batched_tokens) inference.max_num_batched_tokens = row.max_num_batched_tokens;
    Object.assign(inference, kGiven[row.id]);
    const shards = { tensor_parallel_size: row.tp ?? 1, pipeline_parallel_size: row.pp ?? 1, expert_parallel_size: row.ep ?? 1, data_parallel_size: 1 };
    const hardware = { ...map.gpu() };
    if (row.gpu_total_gib != null) hardware.memory_gib = row.gpu_total_gib;
    // A default length says which of two checkpoints of one shape ran: their tables of positions differ.
    const model = names.models[`${row.model}, length ${row.max_model_len} (the instruction-tuned one)`] ?? map.model();
    const scenario = { model, task: 'inference', inference, parallelism: shards, hardware };
    if (/max_pixels/.test(row.notes ?? '') && suffix !== 'weights') map.need(inference, 'inference', 'mm_max_pixels', 1);
    if (/video 0/.test(row.source.excerpt_note ?? '') && suffix !== 'weights') map.need(inference, 'inference', 'mm_max_videos', 0);
    adjust?.(scenario, map, entry);
    if (map.reason === null) entry.scenario = scenario;
    entry.reason = map.reason;
    entries.push(entry);
  };
  if (m.weights_gib != null) make('weights', [printed('weights', m.weights_gib, kGib)]);
  if (m.kv_gib != null && m.kv_tokens != null) {
    const interval = rounded(m.kv_gib, kGib / m.kv_tokens, 2);
    make('kv-per-token', [check('kv_per_token', (m.kv_gib * kGib) / m.kv_tokens, interval)], (scenario, map) => {
      if (row.max_model_len == null && /hybrid/.test(row.model_kind ?? '')) map.fail('length not stated: what a hybrid prints depends on it');
    });
  }
  if (m.kv_gib != null) {
    make('kv-pool', [printed('kv_pool', m.kv_gib, kGib)], (scenario, map) => {
      scenario.inference.gpu_memory_utilization = row.gpu_memory_utilization ?? 0;
      if (scenario.hardware.gpu === undefined && scenario.hardware.memory_gib === undefined) map.fail(`card not in the catalog: ${row.gpu ?? 'not stated'}`);
    });
  }
  if (m.kv_gib != null && m.non_torch_gib > 0) {
    // The same pool with the one constant that belongs to the machine (contexts, communicators, other processes) taken from the log.
    make('kv-pool-machine', [printed('kv_pool', m.kv_gib, kGib, { metric: 'kv_pool_machine', reader: 'kv_pool' })], (scenario, map) => {
      scenario.inference.gpu_memory_utilization = row.gpu_memory_utilization ?? 0;
      scenario.hardware.non_torch_gib = m.non_torch_gib;
      if (scenario.hardware.gpu === undefined && scenario.hardware.memory_gib === undefined) map.fail(`card not in the catalog: ${row.gpu ?? 'not stated'}`);
    });
  }
  if (m.activation_peak_gib != null) {
    make('activation-peak', [printed('activation_peak', m.activation_peak_gib, kGib)]);
  }
  if (entries.length === 0) entries.push(entryOf(row, { trust: kTrust[row.confidence], reason: 'no weights, cache or pool value in the log' }));
  return entries;
}

const sum = (parts) => Object.values(parts).reduce((total, part) => total + part, 0);

const kGgufAlias = { 'Q5_K - Small': 'q5_k_s', 'Q4_K - Medium': 'q4_k_m', IQ4_XS: 'iq4_xs', MXFP4: 'mxfp4' };

function llamaCppEntries(row, names, fields) {
  const m = row.measured;
  const entries = [];
  const whole = row.placement === 'all layers on GPU';
  const make = (suffix, checks, adjust) => {
    const map = new Mapping(row, names, fields);
    const entry = entryOf(row, { id: `${row.id}/${suffix}`, trust: kTrust[row.confidence], checks });
    const inference = { engine: 'llama_cpp', context_length: row.n_ctx ?? 4096, batch_size: 1, weight_dtype: 'fp16' };
    const [keys, values] = /K:(\S+)\/V:(\S+)/.exec(row.kv_dtype ?? '')?.slice(1) ?? [row.kv_dtype ?? 'f16', row.kv_dtype ?? 'f16'];
    const cacheType = (name) => (name === 'f16' ? 'fp16' : name.replace(/^c\^KV:/, ''));
    if (row.engine === 'ik_llama.cpp') inference.engine_version = 'b4000'; // a fork of August 2024
    else if (/^b?\d{4,}$/.test(row.engine_version ?? '')) inference.engine_version = `b${row.engine_version.replace('b', '')}`;
    inference.kv_cache_dtype = cacheType(keys);
    if (keys !== values) inference.kv_cache_dtype_v = cacheType(values);
    const scenario = { model: map.model(), task: 'inference', inference };
    if (/^Apple/.test(row.gpu ?? '')) scenario.hardware = map.gpu(); // unified memory: what is mapped differs
    adjust?.(scenario, map);
    if (map.reason === null) entry.scenario = scenario;
    entry.reason = map.reason;
    entries.push(entry);
  };
  const quantized = (scenario, map) => {
    if (row.quant == null) map.fail('weight format not stated');
    else if (/pure/.test(row.quant)) map.fail('quantised with --pure: one type for every matrix, no mixture of a scenario');
    else if (!/^F16$/.test(row.quant)) scenario.inference.quantization = kGgufAlias[row.quant] ?? row.quant.split(' ')[0].toLowerCase();
  };
  if (m.gpu_weights_mib) {
    const devices = Object.keys(m.gpu_weights_mib).length;
    const value = sum(m.gpu_weights_mib);
    const half = 0.005 * devices;
    make('weights', [check('weights', value * kMib, [(value - half) * kMib, (value + half) * kMib])], (scenario, map) => {
      quantized(scenario, map);
      const partly = /^(\d+)\/\d+ layers/.exec(row.placement ?? '');
      if (partly !== null) scenario.inference.gpu_layers = Number(partly[1]);
      else if (/^experts of all \d+ layers on CPU/.test(row.placement ?? '')) scenario.inference.cpu_experts = 1000;
      else if (!whole && !/layer split/.test(row.placement ?? '')) map.fail(`placement by pattern, not by layers: ${row.placement}`);
      if (/UD-|bpw/.test(row.quant ?? '')) map.fail(`mixture of its own (${row.quant}): only the file header says the types`);
    });
  }
  if (m.kv_mib != null && row.n_ctx != null) {
    make('kv', [check('kv_cache', m.kv_mib * kMib, [(m.kv_mib - 0.01) * kMib, (m.kv_mib + 0.01) * kMib])], (scenario, map) => {
      if (m.kv_swa_mib != null) map.fail('log counts windowed layers apart; the scenario counts them together');
      if (/qwen3\.[56]/i.test(row.model)) map.fail('log counts recurrent state apart (rs buffer); the scenario counts both together');
      if (/n_parallel|n_seq/.test(row.notes ?? '')) map.fail('several sequences: their number is not stated');
    });
  }
  if (m.compute_buffer_mib) {
    const largest = Math.max(...Object.values(m.compute_buffer_mib));
    make('compute', [check('compute_buffer', largest * kMib, [(largest - 0.01) * kMib, (largest + 0.01) * kMib])], (scenario, map) => {
      if (row.flash_attn === false) scenario.inference.flash_attention = false;
      if (row.flash_attn == null) map.fail('flash attention not stated');
      if (row.n_ctx == null) map.fail('n_ctx not stated');
      scenario.inference.n_ubatch = row.n_ubatch ?? 512;
    });
  }
  if (entries.length === 0) entries.push(entryOf(row, { trust: kTrust[row.confidence], reason: 'no weights, cache or buffer value in the log' }));
  return entries;
}

function tableEntry(row, names, fields) {
  const map = new Mapping(row, names, fields);
  const m = row.measured;
  const entry = entryOf(row, { trust: kTrust[row.confidence] });
  let hardware;
  const inference = { engine: 'transformers', context_length: row.n_ctx ?? 2048, batch_size: m.batch ?? 1 };
  quantization(row, map, inference);
  inference.prompt_length = Math.max(1, m.input_tokens ?? 1);
  if (row.engine_version && row.group === 'C_transformers_table') inference.engine_version = row.engine_version;
  const value = m.gpu_memory_gb ?? m.vram_gb ?? (m.gpu_memory_mb == null ? undefined : m.gpu_memory_mb / 1024); // "MB" of the Qwen3 page are MiB
  if (value == null) {
    map.fail('no memory value in the row');
  } else if (row.group === 'C_autoawq_table' || row.engine_version == null) {
    const [low, high] = rounded(value, 1, 2);
    entry.checks.push(check('allocated', value * kGib, [low * 1e9, high * kGib])); // "GB": decimal or binary
  } else {
    entry.checks.push(m.gpu_memory_mb == null ? printed('allocated', value, kGib) : check('allocated', value * kGib, rounded(m.gpu_memory_mb, kMib, 0)));
    if (/H20/.test(row.gpu ?? '')) hardware = { gpu: 'h20-96gb' };
  }
  const scenario = { model: map.model(), task: 'inference', inference, ...(hardware && { hardware }) };
  if (map.reason === null) entry.scenario = scenario;
  entry.reason = map.reason;
  return [entry];
}

function sglangEntries(row, names, fields) {
  const map = new Mapping(row, names, fields);
  const m = row.measured;
  const entry = entryOf(row, { trust: 'C', checks: [printed('weights', m.weights_gb_logged, kGib)] });
  const inference = { engine: 'sglang', context_length: 8192, batch_size: 1 };
  quantization(row, map, inference);
  if (row.notes?.includes('DP attention')) map.fail('needs knob parallelism: attention data parallel while experts are split');
  const scenario = { model: map.model(), task: 'inference', inference, parallelism: { tensor_parallel_size: row.tp, data_parallel_size: 1 } };
  if (map.reason === null) entry.scenario = scenario;
  entry.reason = map.reason;
  return [entry];
}

export function mapInference(rows, names, fields) {
  return rows.flatMap((row) => {
    if (row.group === 'A_vllm_log') return vllmEntries(row, names, fields);
    if (row.group === 'B_llamacpp_log') return llamaCppEntries(row, names, fields);
    if (row.group === 'C_sglang_trtllm_log') return sglangEntries(row, names, fields);
    return tableEntry(row, names, fields);
  });
}
