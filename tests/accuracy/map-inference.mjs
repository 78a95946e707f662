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

const kDtypes = { bfloat16: 'bf16', float16: 'fp16', '16-bit': 'bf16' };

function quantization(row, map, inference) {
  const found = kQuantization.find(([pattern]) => pattern.test(row.quant ?? ''));
  if (found === undefined) map.fail(`weight format not stated or not in a scenario: ${row.quant}`);
  else inference.quantization = found[1];
  inference.weight_dtype = kDtypes[row.weights_dtype] ?? 'bf16';
}

function kvDtype(row, inference) {
  if (/^fp8/.test(row.kv_dtype ?? '')) inference.kv_cache_dtype = 'fp8';
}

function printed(metric, value, unit, extra) {
  return check(metric, value * unit, rounded(value, unit, Math.max(2, digitsOf(value))), extra);
}

/** One entry per quantity of the log: each has its own scenario (the pool needs a card, weights do not). */
function vllmEntries(row, names, fields, probe) {
  const m = row.measured;
  const entries = [];
  const make = (suffix, checks, adjust) => {
    const map = new Mapping(row, names, fields);
    const entry = entryOf(row, { id: `${row.id}/${suffix}`, trust: kTrust[row.confidence], checks });
    if ((row.flags ?? []).includes('weights_vs_params') && suffix === 'weights') entry.trust = 'C';
    if (/OUTLIER/.test(row.notes ?? '')) map.fail('outlier by its source, never scored');
    const inference = { engine: 'vllm', context_length: row.max_model_len ?? 8192, batch_size: 1 };
    quantization(row, map, inference);
    kvDtype(row, inference);
    if (row.max_num_seqs) inference.max_num_seqs = row.max_num_seqs;
    if (row.max_num_batched_tokens) inference.max_num_batched_tokens = row.max_num_batched_tokens;
    const shards = { tensor_parallel_size: row.tp ?? 1, pipeline_parallel_size: row.pp ?? 1, expert_parallel_size: row.ep ?? 1, data_parallel_size: 1 };
    const scenario = { model: map.model(), task: 'inference', inference, parallelism: shards };
    adjust?.(scenario, map, entry);
    if (map.reason === null) entry.scenario = scenario;
    entry.reason = map.reason;
    entries.push(entry);
  };
  if (m.weights_gib != null) make('weights', [printed('weights', m.weights_gib, kGib)]);
  if (m.kv_gib != null && m.kv_tokens != null) {
    const interval = rounded(m.kv_gib, kGib / m.kv_tokens, 2);
    make('kv-per-token', [check('kv_per_token', (m.kv_gib * kGib) / m.kv_tokens, interval, { tokens: row.max_model_len ?? 8192 })]);
  }
  if (m.kv_gib != null) {
    make('kv-pool', [printed('kv_pool', m.kv_gib, kGib)], (scenario, map) => {
      if (!probe.kvPool) map.fail('needs knob inference.reserve_kv_cache to act: the pool an engine reserves is not computed');
      scenario.inference.reserve_kv_cache = true;
      scenario.inference.gpu_memory_utilization = row.gpu_memory_utilization ?? 0.9;
      const hardware = { ...map.gpu() };
      if (row.gpu_total_gib != null) map.need(hardware, 'hardware', 'memory_gib', row.gpu_total_gib);
      else if (hardware.gpu === undefined) map.fail(`card not in the catalog: ${row.gpu ?? 'not stated'}`);
      scenario.hardware = hardware;
      if (row.engine_version) scenario.inference.engine_version = row.engine_version;
    });
  }
  if (m.activation_peak_gib != null) {
    make('activation-peak', [printed('activation_peak', m.activation_peak_gib, kGib)], (scenario, map) => {
      if (!probe.profileRun) map.fail('needs the profile run: the peak of max_num_batched_tokens with a dummy batch of max_num_seqs is not computed');
    });
  }
  if (entries.length === 0) entries.push(entryOf(row, { trust: kTrust[row.confidence], reason: 'no weights, cache or pool value in the log' }));
  return entries;
}

const sum = (parts) => Object.values(parts).reduce((total, part) => total + part, 0);

const kGgufAlias = { 'Q4_0 (pure)': 'q4_0', 'Q5_K - Small': 'q5_k_s', 'Q4_K - Medium': 'q4_k_m', IQ4_XS: 'iq4_xs', MXFP4: 'mxfp4' };

function llamaCppEntries(row, names, fields, probe) {
  const m = row.measured;
  const entries = [];
  const whole = row.placement === 'all layers on GPU';
  const make = (suffix, checks, adjust) => {
    const map = new Mapping(row, names, fields);
    const entry = entryOf(row, { id: `${row.id}/${suffix}`, trust: kTrust[row.confidence], checks });
    const inference = { engine: 'llama_cpp', context_length: row.n_ctx ?? 4096, batch_size: 1, weight_dtype: 'fp16' };
    const [keys, values] = /K:(\S+)\/V:(\S+)/.exec(row.kv_dtype ?? '')?.slice(1) ?? [row.kv_dtype ?? 'f16', row.kv_dtype ?? 'f16'];
    if (keys !== values) map.fail('keys and values of different types: needs knob inference.kv_cache_dtype for each');
    inference.kv_cache_dtype = keys === 'f16' ? 'fp16' : keys.replace(/^c\^KV:/, '');
    const scenario = { model: map.model(), task: 'inference', inference };
    adjust?.(scenario, map);
    if (map.reason === null) entry.scenario = scenario;
    entry.reason = map.reason;
    entries.push(entry);
  };
  const quantized = (scenario, map) => {
    if (row.quant == null) map.fail('weight format not stated');
    else if (!/^F16$/.test(row.quant)) scenario.inference.quantization = kGgufAlias[row.quant] ?? row.quant.split(' ')[0].toLowerCase();
  };
  if (m.gpu_weights_mib) {
    const devices = Object.keys(m.gpu_weights_mib).length;
    const value = sum(m.gpu_weights_mib);
    const half = 0.005 * devices;
    make('weights', [check('weights', value * kMib, [(value - half) * kMib, (value + half) * kMib])], (scenario, map) => {
      quantized(scenario, map);
      if (!whole) map.fail(`needs knob inference.gpu_layers / expert placement: ${row.placement}`);
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
      if (row.flash_attn === false) map.need(scenario.inference, 'inference', 'attention', 'eager');
      if (row.n_ubatch == null) map.fail('n_ubatch not stated');
      if (row.n_ctx == null) map.fail('n_ctx not stated');
      if (!probe.computeBuffer) map.fail('needs the compute buffer of llama.cpp: its graph allocator is not computed');
      scenario.inference.max_num_batched_tokens = row.n_ubatch ?? 512;
      if (!whole) map.fail(`needs knob inference.gpu_layers / expert placement: ${row.placement}`);
    });
  }
  if (entries.length === 0) entries.push(entryOf(row, { trust: kTrust[row.confidence], reason: 'no weights, cache or buffer value in the log' }));
  return entries;
}

function tableEntry(row, names, fields) {
  const map = new Mapping(row, names, fields);
  const m = row.measured;
  const entry = entryOf(row, { trust: kTrust[row.confidence] });
  const inference = { engine: 'transformers', context_length: row.n_ctx ?? 2048, batch_size: m.batch ?? 1 };
  quantization(row, map, inference);
  inference.max_num_batched_tokens = Math.max(1, (m.input_tokens ?? 1) * (m.batch ?? 1));
  if (row.engine_version && row.group === 'C_transformers_table') inference.engine_version = row.engine_version;
  const value = m.gpu_memory_gb ?? m.vram_gb;
  if (value == null) {
    map.fail('no memory value in the row');
  } else if (row.group === 'C_autoawq_table' || row.engine_version == null) {
    const [low, high] = rounded(value, 1, 2);
    entry.checks.push(check('allocated', value * kGib, [low * 1e9, high * kGib])); // "GB": decimal or binary
  } else {
    entry.checks.push(printed('allocated', value, kGib));
  }
  const scenario = { model: map.model(), task: 'inference', inference };
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

/** `probe` says which parts of an engine's memory the build under test computes at all. */
export function mapInference(rows, names, fields, probe) {
  return rows.flatMap((row) => {
    if (row.group === 'A_vllm_log') return vllmEntries(row, names, fields, probe);
    if (row.group === 'B_llamacpp_log') return llamaCppEntries(row, names, fields, probe);
    if (row.group === 'C_sglang_trtllm_log') return sglangEntries(row, names, fields);
    return tableEntry(row, names, fields);
  });
}

const kProbeModel = 'meta-llama/Llama-3.1-8B';

/** Pairs of scenarios that differ in one knob; a knob that acts changes the figure that is read. */
export const kProbes = {
  kvPool: [
    { inference: { engine: 'vllm', reserve_kv_cache: false, context_length: 2048 }, hardware: { gpu: 'h100-sxm5-80gb' } },
    { inference: { engine: 'vllm', reserve_kv_cache: true, context_length: 2048 }, hardware: { gpu: 'h100-sxm5-80gb' } },
  ],
  profileRun: [
    { inference: { engine: 'vllm', max_num_seqs: 2, context_length: 2048 } },
    { inference: { engine: 'vllm', max_num_seqs: 512, context_length: 2048 } },
  ],
  computeBuffer: [
    { inference: { engine: 'transformers', context_length: 8192, max_num_batched_tokens: 512 } },
    { inference: { engine: 'llama_cpp', context_length: 8192, max_num_batched_tokens: 512 } },
  ],
};

export function probeScenarios() {
  return Object.values(kProbes).flat().map((part) => ({ model: kProbeModel, task: 'inference', ...part }));
}

/** Reads the answers to probeScenarios(): true where the two totals differ. */
export function readProbes(results) {
  return Object.fromEntries(
    Object.keys(kProbes).map((name, i) => [name, results[2 * i].memory?.total_bytes !== results[2 * i + 1].memory?.total_bytes]),
  );
}
