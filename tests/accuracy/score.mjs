// Scoring: what a result predicts for a metric, how far that is from an interval, and the figures of a group.
// SPDX-License-Identifier: MIT

const kStatic = ['weights', 'adapter_weights', 'gradients', 'optimizer_states', 'master_weights'];

export function termBytes(memory, ...ids) {
  return memory.terms.filter((term) => ids.includes(term.id)).reduce((sum, term) => sum + term.bytes, 0);
}

function momentSum(moment, keep) {
  return Object.entries(moment.terms).reduce((sum, [id, bytes]) => sum + (keep(id) ? bytes : 0), 0);
}

function largestMoment(memory, phases, keep) {
  const moments = memory.timeline.filter((moment) => phases.includes(moment.phase));
  return moments.length === 0 ? null : Math.max(...moments.map((moment) => momentSum(moment, keep)));
}

/** Tensors alone: what PyTorch's allocator counts as allocated, without the matmul workspace. */
export function tensorBytes(memory) {
  return memory.allocated_bytes - workspaceBytes(memory);
}

/** The engine's own figure where it gives one; before that, the text of the term says it. */
export function workspaceBytes(memory) {
  if (memory.workspace_bytes !== undefined) return memory.workspace_bytes;
  const overhead = memory.terms.find((term) => term.id === 'framework_overhead');
  const match = overhead === undefined ? null : /matmul workspace ([\d.]+) MiB/.exec(overhead.formula);
  return match === null ? 0 : Number(match[1]) * 2 ** 20;
}

const kOutsideTensors = new Set(['framework_overhead', 'fragmentation', 'communication_buffers']);
const isTensor = (id) => !kOutsideTensors.has(id);

/** How each metric is read off a result. `context` is what the mapping says about the row. */
export const kPredictors = {
  allocated: ({ memory }) => memory.allocated_bytes,
  last_stage_allocated: ({ memory }) => memory.stages?.at(-1)?.allocated_bytes,
  last_stage_resident: ({ memory }) => (memory.stages === undefined ? undefined : memory.stages.at(-1).resident_bytes + workspaceBytes(memory)),
  resident_with_workspace: ({ memory }) => residentBytes(memory) + workspaceBytes(memory),
  reserved: ({ memory }) => memory.reserved_bytes,
  device: ({ memory }) => memory.total_bytes,
  unspecified: ({ memory }) => memory.reserved_bytes,
  tensors: ({ memory }) => tensorBytes(memory),
  saved: ({ memory }) => memory.saved_bytes,
  weights: ({ memory }) => termBytes(memory, 'weights'),
  weights_and_adapters: ({ memory }) => termBytes(memory, 'weights', 'adapter_weights'),
  kv_cache: ({ memory }) => termBytes(memory, 'kv_cache'),
  kv_per_token: ({ memory }) => memory.inference.kv_bytes_per_token,
  kv_pool: ({ memory }) => memory.inference.kv_pool_bytes,
  compute_buffer: ({ memory }) => termBytes(memory, 'activations', 'logits', 'engine_buffers'),
  activation_peak: ({ memory }) => memory.inference.activation_peak_bytes,
  resident: ({ memory }) => residentBytes(memory),
  loss: ({ memory }) => largestMoment(memory, ['loss', 'backward'], (id) => id === 'logits'),
  loss_forward: ({ memory }) => largestMoment(memory, ['loss'], (id) => id === 'logits'),
  saved_per_layer: ({ memory }, context, baseline) => (memory.saved_bytes - baseline.memory.saved_bytes) / context.layers,
  phase_forward: ({ memory }) => largestMoment(memory, ['forward'], isTensor),
  phase_loss: ({ memory }) => largestMoment(memory, ['loss'], isTensor),
  phase_backward: ({ memory }) => largestMoment(memory, ['backward'], isTensor),
  phase_optimizer: ({ memory }) => largestMoment(memory, ['optimizer'], isTensor),
};

/** Parameters, gradients and optimizer states together: the largest gradients of the step count, not those at the peak. */
export function residentBytes(memory) {
  const bytesAt = (id) => Math.max(...memory.timeline.map((moment) => moment.terms[id] ?? 0));
  const states = Math.min(...memory.timeline.map((moment) => moment.terms.optimizer_states ?? 0));
  return kStatic.reduce((sum, id) => sum + (id === 'optimizer_states' ? states : bytesAt(id)), 0);
}

/** Speeds, in tokens per second; everything else is bytes. */
export const isRate = (metric) => metric.endsWith('_rate');

/** Signed error relative to the measured value: 0 inside [low, high], else the distance to the nearer end. */
export function relativeError(predicted, { value, low, high }) {
  if (predicted < low) return (predicted - low) / value;
  if (predicted > high) return (predicted - high) / value;
  return 0;
}

/** The q-quantile by linear interpolation between order statistics. */
export function quantile(values, q) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** The figures of a set of scored checks; errors are fractions. */
export function figures(checks) {
  const errors = checks.map((check) => check.error);
  if (errors.length === 0) return { scored: 0, median: null, p95: null, worst: null, bias: null };
  const absolute = errors.map(Math.abs);
  return {
    scored: errors.length,
    median: quantile(absolute, 0.5),
    p95: quantile(absolute, 0.95),
    worst: Math.max(...absolute),
    bias: errors.reduce((sum, error) => sum + error, 0) / errors.length,
  };
}

/** Whether a measured interval meets the band [low, high], scaled from the total to the metric's own size. */
export function insideBand(check, memory) {
  const scale = check.predicted / memory.total_bytes;
  return check.high >= memory.low_bytes * scale && check.low <= memory.high_bytes * scale;
}

/** Groups that got worse than the ratchet by more than its noise, as sentences. */
export function regressions(summary, ratchet) {
  const found = [];
  for (const [group, best] of Object.entries(ratchet.groups)) {
    const now = summary.get(group);
    const noise = best.noise ?? ratchet.noise;
    if (now === undefined || now.scored === 0) {
      found.push(`${group}: was scored (${best.scored} values), now none`);
      continue;
    }
    if (now.scored < best.scored) found.push(`${group}: ${now.scored} values scored, ${best.scored} before`);
    for (const name of ['median', 'p95']) {
      if (now[name] > best[name] + noise) {
        found.push(`${group}: ${name} ${percent(now[name])} %, best ${percent(best[name])} %, noise ${percent(noise)} points`);
      }
    }
  }
  return found;
}

/** The ratchet after a run: each figure the better one, new groups added, the count of values never lower. */
export function tightened(summary, ratchet) {
  const groups = { ...ratchet.groups };
  for (const [group, now] of summary) {
    if (now.scored === 0) continue;
    const best = groups[group];
    const more = best === undefined || now.scored > best.scored; // other rows than before: their figures replace the old
    groups[group] = {
      scored: Math.max(now.scored, best?.scored ?? 0),
      median: round(more ? now.median : Math.min(now.median, best.median)),
      p95: round(more ? now.p95 : Math.min(now.p95, best.p95)),
      ...(best?.noise === undefined ? {} : { noise: best.noise }),
    };
  }
  const sorted = Object.fromEntries(Object.entries(groups).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { noise: ratchet.noise, groups: sorted };
}

const round = (value) => Math.round(value * 1e6) / 1e6;
export const percent = (fraction) => (fraction * 100).toFixed(2);
