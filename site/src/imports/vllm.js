// A vLLM command line → a scenario. Pure.
// SPDX-License-Identifier: MIT
/** @import { Json } from '../types.js' */
/** @import { Imported } from './index.js' */

/** Words of a POSIX command line; continued lines are one. @param {string} text */
export function shellWords(text) {
  const words = [];
  const pattern = /\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)/gy;
  const line = text.replace(/\\\r?\n/g, ' ');
  for (let match = pattern.exec(line); match; match = pattern.exec(line)) {
    words.push(
      (match[1] ?? '').replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double, single, escaped) =>
        double !== undefined ? double.replace(/\\(["\\$`])/g, '$1') : (single ?? escaped),
      ),
    );
  }
  return words;
}

/** 32k means 32 000 to vLLM, 32K 32 768. @param {string} text */
function readCount(text) {
  const match = /^(\d+(?:\.\d+)?)([kKmMgG]?)$/.exec(text);
  if (!match) return undefined;
  const factor = { '': 1, k: 1e3, m: 1e6, g: 1e9, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[match[2] ?? ''] ?? 1;
  const value = Number(match[1]) * factor;
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

const readShare = (/** @type {string} */ text) => (Number(text) > 0 && Number(text) <= 1 ? Number(text) : undefined);
/** @param {Record<string, string>} names */
const among = (names) => (/** @type {string} */ text) => (Object.hasOwn(names, text) ? names[text] : undefined);

const DTYPE = among({ bfloat16: 'bf16', float16: 'fp16', half: 'fp16', float32: 'fp32', float: 'fp32', auto: 'bf16' });
const QUANTIZATION = among({
  fp8: 'fp8',
  awq: 'awq',
  awq_marlin: 'awq',
  gptq: 'gptq',
  gptq_marlin: 'gptq',
  bitsandbytes: 'nf4',
  mxfp4: 'mxfp4',
  modelopt_fp4: 'nvfp4',
});
const CACHE = among({ auto: 'auto', fp8: 'fp8', fp8_e4m3: 'fp8', fp8_e5m2: 'fp8', bfloat16: 'bf16' });

/** @type {Readonly<Record<string, readonly [string, (text: string) => Json | undefined]>>} */
const OPTIONS = Object.freeze({
  'max-model-len': ['inference.context_length', readCount],
  'max-num-seqs': ['inference.batch_size', readCount],
  'max-num-batched-tokens': ['inference.max_num_batched_tokens', readCount],
  'gpu-memory-utilization': ['inference.gpu_memory_utilization', readShare],
  dtype: ['inference.weight_dtype', DTYPE],
  quantization: ['inference.quantization', QUANTIZATION],
  q: ['inference.quantization', QUANTIZATION],
  'kv-cache-dtype': ['inference.kv_cache_dtype', CACHE],
  'tensor-parallel-size': ['parallelism.tensor_parallel_size', readCount],
  tp: ['parallelism.tensor_parallel_size', readCount],
  'pipeline-parallel-size': ['parallelism.pipeline_parallel_size', readCount],
  pp: ['parallelism.pipeline_parallel_size', readCount],
  'data-parallel-size': ['parallelism.data_parallel_size', readCount],
  dp: ['parallelism.data_parallel_size', readCount],
});
/** Options that change nothing in what we compute, and whether they take a value. */
const QUIET = Object.freeze(
  /** @type {Record<string, boolean>} */ ({
    host: true,
    port: true,
    'served-model-name': true,
    'api-key': true,
    'trust-remote-code': false,
    'download-dir': true,
    seed: true,
    'enable-auto-tool-choice': false,
    'tool-call-parser': true,
    'reasoning-parser': true,
    'chat-template': true,
    'disable-log-requests': false,
  }),
);
const SWITCHES = Object.freeze(
  /** @type {Record<string, readonly [string, Json]>} */ ({ 'enforce-eager': ['inference.enforce_eager', true] }),
);

/** @param {string} text @returns {Imported} */
export function readVllm(text) {
  const words = shellWords(text);
  /** @type {Record<string, Json>} */
  const values = { task: 'inference', 'inference.engine': 'vllm' };
  /** @type {string[]} */
  const ignored = [];
  const start = words.findIndex(
    (word, i) => (word === 'serve' && /vllm$/.test(words[i - 1] ?? '')) || /^vllm\.entrypoints\./.test(word),
  );
  for (let i = start + 1; i < words.length; i += 1) {
    const word = words[i] ?? '';
    const flag = /^--?([a-z_][\w-]*)(?:=(.*))?$/.exec(word);
    if (!flag) {
      if (values['model'] === undefined) values['model'] = word;
      else ignored.push(word);
      continue;
    }
    const name = (flag[1] ?? '').replaceAll('_', '-');
    const next = words[i + 1];
    const hasNext = next !== undefined && !/^--?[a-z_]/.test(next);
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    const change = Object.hasOwn(SWITCHES, name) ? SWITCHES[name] : undefined;
    if (change) values[change[0]] = change[1];
    else if (option || name === 'model') {
      const value = flag[2] ?? (hasNext ? words[(i += 1)] : undefined) ?? '';
      const read = option ? option[1](value) : value;
      if (read === undefined || read === '') ignored.push(`${word} ${value}`.trim());
      else values[option ? option[0] : 'model'] = read;
    } else if (Object.hasOwn(QUIET, name)) {
      if (QUIET[name] && flag[2] === undefined && hasNext) i += 1;
    } else {
      ignored.push(word);
      if (flag[2] === undefined && hasNext) i += 1;
    }
  }
  const cards = ['tensor', 'pipeline', 'data'].reduce(
    (product, name) => product * Number(values[`parallelism.${name}_parallel_size`] ?? 1),
    1,
  );
  values['hardware.gpus'] = cards;
  return { kind: 'vllm', values, ignored };
}
