// Command lines of serving engines: vLLM, SGLang, llama.cpp. Pure.
// SPDX-License-Identifier: MIT
/** @import { Exported, Parts } from './common.js' */
import { commandLine, TORCH_DTYPE } from './common.js';

/** Quantizations as both servers' options name them; what has no option is in the checkpoint itself. */
const QUANTIZATIONS = Object.freeze({
  fp8: 'fp8',
  awq: 'awq',
  gptq: 'gptq',
  nf4: 'bitsandbytes',
  'nf4-dq': 'bitsandbytes',
  mxfp4: 'mxfp4',
  nvfp4: 'modelopt_fp4',
});

/**
 * How a server calls what both have.
 * @typedef {{ command: string, quantizations: Readonly<Record<string, string>>, names: Readonly<Record<string, string>>, fp8Cache: string, eager: string, experts: (parts: Parts) => [string, (string | number)?] }} Server
 */

/** @type {Server} */
const VLLM = Object.freeze({
  command: 'vllm serve',
  quantizations: QUANTIZATIONS,
  names: {
    context: '--max-model-len',
    sequences: '--max-num-seqs',
    share: '--gpu-memory-utilization',
    tokens: '--max-num-batched-tokens',
    tensor: '--tensor-parallel-size',
    pipeline: '--pipeline-parallel-size',
    data: '--data-parallel-size',
  },
  fp8Cache: 'fp8',
  eager: '--enforce-eager',
  experts: () => /** @type {[string]} */ (['--enable-expert-parallel']),
});
/** @type {Server} */
const SGLANG = Object.freeze({
  command: 'python -m sglang.launch_server --model-path',
  quantizations: { ...QUANTIZATIONS, int8: 'w8a8_int8' },
  names: {
    context: '--context-length',
    sequences: '--max-running-requests',
    share: '--mem-fraction-static',
    tokens: '--chunked-prefill-size',
    tensor: '--tp-size',
    pipeline: '--pp-size',
    data: '--dp-size',
  },
  fp8Cache: 'fp8_e4m3',
  eager: '--disable-cuda-graph',
  experts: ({ expert }) => ['--ep-size', expert],
});

/** @param {Parts['inference']} inference @param {string} name @param {unknown} [fallback] */
const read = (inference, name, fallback) => inference[name] ?? fallback;

/** @param {Parts} parts @param {Server} server @returns {Exported} */
function serve(parts, { command, quantizations, names, fp8Cache, eager, experts }) {
  const { inference } = parts;
  const quantization = String(read(inference, 'quantization', 'none'));
  const dtype = TORCH_DTYPE[String(read(inference, 'weight_dtype', 'bf16'))];
  const known = quantizations[quantization];
  /** @type {string[]} */
  const notes = [];
  /** @type {[string, (string | number)?][]} */
  const options = [];
  const add = (/** @type {string} */ name, /** @type {string | number | undefined} */ value) => {
    if (value !== undefined) options.push([names[name] ?? `--${name}`, value]);
  };
  add('dtype', dtype);
  if (quantization !== 'none' && known) add('quantization', known);
  if ((quantization !== 'none' && !known) || (!dtype && quantization === 'none')) notes.push('checkpoint_format');
  add('context', Number(read(inference, 'context_length', 8192)));
  add('sequences', Number(read(inference, 'batch_size', 1)));
  const share = Number(read(inference, 'gpu_memory_utilization', 0));
  if (share > 0) add('share', share);
  const tokens = Number(read(inference, 'max_num_batched_tokens', 0));
  if (tokens > 0) add('tokens', tokens);
  if (parts.tensor > 1) add('tensor', parts.tensor);
  if (parts.pipeline > 1) add('pipeline', parts.pipeline);
  if (parts.data > 1) add('data', parts.data);
  const cache = String(read(inference, 'kv_cache_dtype', 'auto'));
  if (cache === 'fp8') options.push(['--kv-cache-dtype', fp8Cache]);
  else if (cache !== 'auto' && cache !== read(inference, 'weight_dtype')) notes.push('kv_format');
  if (parts.expert > 1) options.push(experts(parts));
  if (read(inference, 'enforce_eager') === true) options.push([eager]);
  return { text: commandLine(`${command} ${parts.model}`, options), notes };
}

/** @param {Parts} parts */
export const vllm = (parts) => serve(parts, VLLM);

/** @param {Parts} parts */
export const sglang = (parts) => serve(parts, SGLANG);

/** Cache types that llama.cpp knows. */
const LLAMA_CACHE = Object.freeze(
  /** @type {Record<string, string>} */ ({
    fp32: 'f32',
    fp16: 'f16',
    bf16: 'bf16',
    q8_0: 'q8_0',
    q5_1: 'q5_1',
    q5_0: 'q5_0',
    q4_1: 'q4_1',
    q4_0: 'q4_0',
    iq4_nl: 'iq4_nl',
  }),
);

/** llama-server shares one context among its slots. @param {Parts} parts @returns {Exported} */
export function llamaCpp(parts) {
  const { inference } = parts;
  const quantization = String(read(inference, 'quantization', 'none'));
  const isGguf = /^q\d/.test(quantization) || quantization === 'none';
  const name = parts.model.split('/').at(-1);
  const suffix = quantization === 'none' ? String(read(inference, 'weight_dtype', 'f16')) : quantization;
  const slots = Number(read(inference, 'batch_size', 1));
  const layers = Number(read(inference, 'gpu_layers', -1));
  /** @type {string[]} */
  const notes = isGguf ? [] : ['not_gguf'];
  /** @type {[string, (string | number)?][]} */
  const options = [
    ['-m', `${name}-${suffix.toUpperCase()}.gguf`],
    ['-c', Number(read(inference, 'context_length', 8192)) * slots],
    ['-np', slots],
    ['-ngl', layers < 0 ? 999 : layers],
    ['-fa', read(inference, 'flash_attention', true) === false ? 'off' : 'on'],
  ];
  for (const [option, field] of /** @type {const} */ ([
    ['-ctk', 'kv_cache_dtype'],
    ['-ctv', 'kv_cache_dtype_v'],
  ])) {
    const cache = String(read(inference, field, 'auto'));
    const known = LLAMA_CACHE[cache];
    if (known) options.push([option, known]);
    else if (cache !== 'auto') notes.push('kv_format');
  }
  const batch = Number(read(inference, 'n_ubatch', 0));
  if (batch > 0) options.push(['-ub', batch]);
  const experts = Number(read(inference, 'cpu_experts', 0));
  if (experts > 0) options.push(['--n-cpu-moe', experts]);
  if (parts.gpus > 1) options.push(['-sm', parts.tensor > 1 ? 'row' : 'layer']);
  return { text: commandLine('llama-server', options), notes: [...new Set(notes)] };
}
