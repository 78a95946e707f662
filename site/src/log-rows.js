// What a log says beside what was predicted, as rows for people; the engine reads the log. Pure.
// SPDX-License-Identifier: MIT
/** @typedef {import('../../wasm/vram.js').LogReading} LogReading */

/** Quantities of a log that have a text of their own (`log.value_…`). */
export const LOG_QUANTITIES = Object.freeze([
  'weights_bytes',
  'non_torch_bytes',
  'activation_peak_bytes',
  'kv_pool_bytes',
  'kv_pool_tokens',
  'kv_blocks',
  'graph_bytes',
  'graph_estimate_bytes',
  'kv_cache_bytes',
  'state_bytes',
  'compute_buffer_bytes',
  'host_bytes',
  'capacity_bytes',
  'used_bytes',
  'allocated_bytes',
  'cached_bytes',
  'reserved_bytes',
  'requested_bytes',
  'attempted_bytes',
  'process_bytes',
  'outside_bytes',
  'free_bytes',
  'max_concurrency',
]);
/** Settings that a log states are called as the controls are. @type {Readonly<Record<string, string>>} */
export const LOG_FIELDS = Object.freeze({
  context_length: 'inference.context_length',
  max_num_seqs: 'inference.max_num_seqs',
  max_num_batched_tokens: 'inference.max_num_batched_tokens',
  memory_share: 'inference.gpu_memory_utilization',
  enforce_eager: 'inference.enforce_eager',
  tensor_parallel_size: 'parallelism.tensor_parallel_size',
  pipeline_parallel_size: 'parallelism.pipeline_parallel_size',
  sequences: 'inference.batch_size',
  n_ubatch: 'inference.n_ubatch',
  flash_attention: 'inference.flash_attention',
  gpu_layers: 'inference.gpu_layers',
});

/** @typedef {{ id: string, key: string, isBytes: boolean, measured: number, predicted?: number, error?: number, corrected?: number, isAtLeast: boolean }} LogRow `key`: of the text that names it */

/** What can be compared first, each as the log has it; what is only stated after. @param {LogReading} reading @returns {LogRow[]} */
export function logRows({ values = [], comparison = [] }) {
  const rows = values.map(({ id, value }) => {
    const beside = comparison.find((row) => row.id === id);
    return {
      id,
      key: id in LOG_FIELDS ? `field.${LOG_FIELDS[id]}` : `log.value_${id}`,
      isBytes: id.endsWith('_bytes'),
      measured: value,
      ...(beside && { predicted: beside.predicted, error: beside.relative_error, corrected: beside.corrected }),
      isAtLeast: beside?.at_least === true,
    };
  });
  return [...rows.filter((row) => row.predicted !== undefined), ...rows.filter((row) => row.predicted === undefined)];
}
