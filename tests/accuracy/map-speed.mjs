// Published speeds as scenarios: what was measured, and how a result of ours becomes the same figure.
// SPDX-License-Identifier: MIT
import { mapTraining } from './map-training.mjs';

const kGpus = {
  'A100 80GB': 'a100-sxm4-80gb',
  'A100 SXM 80GB': 'a100-sxm4-80gb',
  'A100 PCIe 80GB': 'a100-pcie-80gb',
  'H20 96GB': 'h20-96gb',
  'RTX 4090': 'rtx-4090',
  'RTX 6000 Ada 48GB': 'rtx-6000-ada',
  'L40S 48GB': 'l40s',
  'RTX 5000 Ada 32GB': 'rtx-5000-ada',
  'Apple M1 Max (32-core)': 'm1-max',
  'RTX 4080': 'rtx-4080',
  'RTX 3080 Ti': 'rtx-3080-ti',
  'RTX 3080': 'rtx-3080-10gb',
  'Apple M3 Ultra': 'm3-ultra',
  'RTX 3060': 'rtx-3060-12gb',
  'RTX 5090': 'rtx-5090',
  'RX 7900 XTX': 'rx-7900-xtx',
  'RTX 5080': 'rtx-5080',
  'RTX 5070 Ti': 'rtx-5070-ti',
  'RTX 4070': 'rtx-4070',
  'Radeon 8060S (Strix Halo, 128 GB)': 'strix-halo',
  'Radeon AI PRO R9700': 'radeon-ai-pro-r9700',
};
const kEngines = { 'llama.cpp': 'llama_cpp', Ollama: 'ollama', vLLM: 'vllm', SGLang: 'sglang', transformers: 'transformers' };

/** @returns {object | null} the weight format of a row, as fields of `inference` */
function format(text) {
  const quant = (text ?? '').toUpperCase();
  if (/^(BF16|FP16|F16)$/.test(quant)) return { weight_dtype: quant === 'BF16' ? 'bf16' : 'fp16' };
  if (/^GPTQ-INT4$/.test(quant)) return { quantization: 'gptq', weight_dtype: 'fp16' };
  if (/^AWQ(-INT4)?$/.test(quant)) return { quantization: 'awq', weight_dtype: 'fp16' };
  if (/^FP8$/.test(quant)) return { quantization: 'fp8', weight_dtype: 'bf16' };
  if (/^Q\d_(0|1|K(_[SML])?)$/.test(quant)) return { quantization: quant.toLowerCase(), weight_dtype: 'fp16' };
  return null;
}

/** llama-bench ran without flash attention unless told; what it was built from decides on its kernels. */
function buildOf(row) {
  const build = /^b?(\d{4,5})$/.exec(row.version ?? '')?.[1] ?? (row.version === 'May 2024' ? '2900' : null);
  return { flash_attention: row.flash_attn ?? false, ...(build === null ? {} : { engine_version: build }) };
}

/** A scenario and how its result becomes the published figure, or {reason}. */
/** Release 0.4.2 of vLLM captures graphs for contexts up to 8192 tokens; the rows of 0.6.3 show no such step. */
const runsUncaptured = (row, context) => row.engine === 'vLLM' && row.version === '0.4.2' && context > 8192;

function inferenceRow(row, names) {
  const gpu = kGpus[row.gpu_norm];
  const engine = kEngines[row.engine];
  const weights = format(row.quant);
  const model = names.models[row.model] ?? (/^Qwen\//.test(row.model) ? row.model.replace(/-(Instruct.*|GPTQ.*|AWQ|FP8|Int\d)$/, '').replace(/-Instruct$/, '') : undefined);
  const without = (reason) => ({ reason });
  if (row.host_limited) return without('speed limited by the host, by its source');
  if (!gpu) return without(`card not in the table of names: ${row.gpu_norm}`);
  if (!engine) return without(`engine not in a scenario: ${row.engine}`);
  if (!weights) return without(`weight format not stated or not in a scenario: ${row.quant ?? 'none'}`);
  if (!model) return without(`model not in the catalog: ${row.model}`);
  const n = row.n_gpu ?? 1;
  // Several cards of llama.cpp hold layers one after the other; the servers split every layer.
  const layers = engine === 'llama_cpp' || engine === 'transformers';
  const base = { engine, batch_size: row.batch ?? 1, ...weights, ...(engine === 'llama_cpp' ? buildOf(row) : {}) };
  const scenario = (prompt, context) => ({
    model,
    task: 'inference',
    inference: { ...base, prompt_length: prompt, context_length: context, ...(runsUncaptured(row, context) && { enforce_eager: true }) },
    parallelism: layers ? { pipeline_parallel_size: n, tensor_parallel_size: 1 } : { tensor_parallel_size: n },
    hardware: { gpu, gpus: n },
  });
  const single = n === 1;
  let match = /^tg(\d+)$/.exec(row.test);
  if (match) return { kind: 'decode', cause: engine, single, scenario: scenario(1, +match[1]), measured: row.tokens_per_s, rate: ({ decode }) => 1 / decode };
  match = /^pp(\d+)$/.exec(row.test);
  if (match) return { kind: 'prefill', cause: engine, single, scenario: scenario(+match[1], +match[1]), measured: row.tokens_per_s, rate: ({ prefill }) => +match[1] / prefill };
  match = /^in(\d+)\+gen(\d+)$/.exec(row.test);
  if (match) {
    const [prompt, written] = [+match[1], +match[2]];
    const counted = row.metric.startsWith('(prompt+generated') ? prompt + written : written;
    return {
      kind: 'decode',
      cause: engine,
      single,
      scenario: scenario(prompt, prompt + written),
      measured: row.tokens_per_s,
      rate: ({ decode, prefill }) => counted / (prefill + written * decode),
    };
  }
  if (/^eval rate/.test(row.test)) return { kind: 'decode', cause: engine, single, scenario: scenario(64, 512), measured: row.tokens_per_s, rate: ({ decode }) => 1 / decode };
  return without(`test without a scenario of its own: ${row.test}`);
}

/** Tokens (or images) a second over all cards, or null where the row does not say enough. */
function trainingRate(row, scenario) {
  const m = row.measured;
  const cards = row.n_gpus ?? 1;
  if (m.tokens_per_s_per_gpu != null) return m.tokens_per_s_per_gpu * cards;
  if (m.tokens_per_s != null) return m.tokens_per_s;
  const t = scenario.training;
  if (m.iter_time_s != null && row.grad_accum != null && t.sequence_length) {
    return (t.micro_batch_size * t.gradient_accumulation_steps * (scenario.parallelism.data_parallel_size ?? 1) * t.sequence_length) / m.iter_time_s;
  }
  return null;
}

function trainingRows(rows, names, fields) {
  const timed = rows.filter((row) => row.trust === 'A' || row.trust === 'B').map((row) => ({
    ...row,
    flags: [], // a repeated memory value is still a time of its own
    measured: { ...row.measured, peak_allocated_gib: row.measured.peak_allocated_gib ?? 1 }, // time-only rows map like the others
  }));
  return mapTraining(timed, names, fields).flatMap((entry, i) => {
    if (!entry.scenario?.hardware) return [];
    const row = rows.find(({ id }) => id === entry.id);
    const measured = trainingRate(row, entry.scenario);
    if (!measured) return [];
    const scenario = { ...entry.scenario, hardware: { ...entry.scenario.hardware } };
    return [{ id: entry.id, group: entry.group, trust: row.trust, url: row.source?.url ?? entry.url, kind: 'training', cause: timed[i] && scenario.training.framework, scenario, measured }];
  });
}

/** @returns {object[]} rows {id, group, kind, cause, scenario, measured, rate} */
export function mapSpeed(speed, training, names, fields) {
  const served = speed.map((row) => ({ id: row.id, group: row.group, measured: row.tokens_per_s, url: row.source?.url, ...inferenceRow(row, names) }));
  return [...served.filter(({ measured }) => measured > 0), ...trainingRows(training, names, fields)];
}

const kMetrics = { decode: 'decode_rate', prefill: 'prompt_rate', training: 'training_rate' };
/** What a group of speeds has in common: the stack, and for those that serve whether one card does it. */
function stackOf({ kind, cause, single }) {
  if (kind === 'training') return `speed-training-${cause}`;
  return `speed-${cause}${single ? '' : '-several'}`;
}

/** The same rows as entries of the accuracy run; rows of stacks that a scenario cannot ask for keep their reason. */
export function speedEntries(rows) {
  return rows.map((row) => ({
    id: row.id,
    group: row.scenario ? stackOf(row) : 'speed-unmapped',
    trust: row.trust ?? 'B',
    url: row.url ?? null,
    scenario: row.scenario ?? null,
    reason: row.reason ?? null,
    checks: row.scenario ? [{ metric: kMetrics[row.kind], value: row.measured, low: row.measured, high: row.measured }] : [],
    rate: row.rate,
  }));
}

/** Tokens per second of a result as the source counts them, with the band around them; null where the run has no speed. */
export function predictedRate(entry, speed) {
  if (!speed) return null;
  const expected = entry.rate ? entry.rate({ decode: speed.step_seconds, prefill: speed.time_to_first_token_seconds }) : speed.tokens_per_second;
  const scale = expected / speed.tokens_per_second;
  return { expected, low: speed.low * scale, high: speed.high * scale };
}
