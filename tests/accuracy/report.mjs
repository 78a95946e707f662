// The report: figures by group as tables for people, and everything as JSON.
// SPDX-License-Identifier: MIT
import { figures, isRate, percent } from './score.mjs';

export const kBegin = '<!-- accuracy:begin -->';
export const kEnd = '<!-- accuracy:end -->';
export const kSpeedMarkers = ['<!-- speed:begin -->', '<!-- speed:end -->'];

const kMetricNames = {
  allocated: 'allocated', reserved: 'reserved', device: 'device (nvidia-smi)', unspecified: 'not named, against reserved', tensors: 'peak of tensors',
  saved: 'saved for backward', weights: 'weights', weights_and_adapters: 'parameters', kv_cache: 'KV cache', kv_per_token: 'KV per token', kv_pool: 'KV pool', kv_pool_machine: 'KV pool, non-torch memory given', compute_buffer: 'compute buffer',
  activation_peak: 'activation peak', resident: 'resident state', loss: 'loss and its gradient', loss_forward: 'loss', phase_forward: 'peak in forward',
  phase_loss: 'peak at loss', phase_backward: 'peak in backward', phase_optimizer: 'peak in optimizer', saved_per_layer: 'saved per layer',
  decode_rate: 'tokens/s written', prompt_rate: 'tokens/s read', training_rate: 'tokens/s trained',
};

/** Group and metric of a check: what is never mixed in one figure. */
export function keyOf(check) {
  return `${check.group} / ${check.metric}`;
}

export function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const k = key(item);
    if (!groups.has(k)) groups.set(k, []);
    groups.get(k).push(item);
  }
  return groups;
}

/** Figures by group and metric over checks with trust A or B, or C alone, or one split. */
export function summarize(checks, keep = (check) => check.trust === 'A' || check.trust === 'B') {
  const summary = new Map();
  for (const [key, group] of groupBy(checks.filter((check) => !check.bound), keyOf)) {
    const scored = group.filter((check) => check.error !== undefined && keep(check));
    summary.set(key, { rows: group.filter(keep).length, ...figures(scored) });
  }
  return summary;
}

function line(key, now) {
  const [group, metric] = key.split(' / ');
  const cells = now.scored === 0 ? ['–', '–', '–', '–'] : [percent(now.median), percent(now.p95), percent(now.worst), signed(now.bias)];
  return `| ${group} | ${kMetricNames[metric] ?? metric} | ${now.rows} | ${now.scored} | ${cells.join(' | ')} |`;
}

const signed = (fraction) => (fraction > 0 ? '+' : '') + percent(fraction);

export function table(summary) {
  const head = ['| group | quantity | values | scored | median % | p95 % | worst % | bias % |', '|---|---|--:|--:|--:|--:|--:|--:|'];
  const lines = [...summary].filter(([, now]) => now.rows > 0).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, now]) => line(key, now));
  return [...head, ...lines].join('\n');
}

export function unmappedTable(entries) {
  const reasons = groupBy(entries.filter((entry) => entry.reason !== null), (entry) => entry.reason);
  const lines = [...reasons].sort((a, b) => b[1].length - a[1].length)
    .map(([reason, list]) => `| ${list.length} | ${reason} | ${[...new Set(list.map((entry) => entry.group))].join(', ')} |`);
  return ['| rows | reason | groups |', '|--:|---|---|', ...lines].join('\n');
}

export function boundsLine(checks) {
  const bounds = checks.filter((check) => check.bound && check.error !== undefined && check.trust !== 'C');
  const kept = bounds.filter((check) => check.error === 0).length;
  return `One-sided facts ("it ran on a card of that size", "it ran out of memory"): ${kept} of ${bounds.length} kept.`;
}

// The lines of README's table: what was measured, in which groups. Groups share a line only where they share a quantity and a kind of program.
const kTransformers = ['pytorch-dense', 'pytorch-transformers', 'pytorch-peft', 'pytorch-optimizers'];
const kHeadlines = [
  ['PyTorch and Transformers, fine-tuning: full, LoRA, DoRA, QLoRA', kTransformers, ['tensors', 'saved']],
  ['… mixture-of-experts and state-space models', ['pytorch-moe'], ['tensors', 'saved']],
  ['… encoders and encoder–decoders', ['pytorch-encoders'], ['tensors', 'saved']],
  ['… vision transformers and CNNs (torchvision, timm)', ['pytorch-vision'], ['tensors', 'saved']],
  ['… vision–language and speech', ['pytorch-multimodal'], ['tensors', 'saved']],
  ['Megatron-Core on B200 (SimuMax)', ['simumax-b200'], ['allocated', 'reserved']],
  ['Megatron-LM golden values', ['megatron-golden'], ['resident', 'allocated']],
  ['torchtitan, H100 and A100', ['torchtitan', 'torchtitan-log'], ['reserved']],
  ['litgpt, full, LoRA and QLoRA', ['litgpt-restable', 'litgpt-confighub'], ['allocated']],
  ['Qwen fine-tuning tables, tool not named', ['qwen'], ['unspecified']],
  ['ms-swift benchmark, lengths vary', ['swift-bench'], ['reserved']],
  ['vLLM start logs', ['A_vllm_log'], ['weights', 'kv_per_token', 'kv_pool']],
  ['llama.cpp load logs', ['B_llamacpp_log'], ['weights', 'kv_cache', 'compute_buffer']],
  ['Transformers and AutoAWQ, generation', ['C_transformers_table', 'C_autoawq_table'], ['allocated']],
  ['Time: llama.cpp, one card', ['speed-llama_cpp'], ['decode_rate', 'prompt_rate']],
  ['… llama.cpp, several cards', ['speed-llama_cpp-several'], ['decode_rate', 'prompt_rate']],
  ['… vLLM and SGLang', ['speed-vllm', 'speed-vllm-several', 'speed-sglang', 'speed-sglang-several'], ['decode_rate']],
  ['… Transformers, generation', ['speed-transformers', 'speed-transformers-several'], ['decode_rate']],
  ['… training with Megatron, torchtitan, Transformers', ['speed-training-megatron', 'speed-training-torchtitan', 'speed-training-transformers'], ['training_rate']],
];

/** A few lines that say how far the predictions are off, for README; the whole table stands in docs/accuracy.md. */
export function headlines(checks, lines = kHeadlines) {
  const counted = checks.filter((check) => check.error !== undefined && !check.bound && check.trust !== 'C');
  const rows = lines.flatMap(([title, groups, metrics]) => metrics.map((metric, i) => {
    const now = figures(counted.filter((check) => groups.includes(check.group) && check.metric === metric));
    if (now.scored === 0) throw new Error(`no scored value of ${groups.join(', ')} / ${metric}`);
    return `| ${i === 0 ? title : ''} | ${kMetricNames[metric]} | ${now.scored} | ${percent(now.median)} | ${percent(now.p95)} | ${signed(now.bias)} |`;
  }));
  return ['| measured | quantity | values | median % | p95 % | bias % |', '|---|---|--:|--:|--:|--:|', ...rows].join('\n');
}

/** What goes between the markers of README. */
export function readmeBlock(report) {
  const scored = report.checks.filter((check) => check.error !== undefined && !check.bound && check.trust !== 'C').length;
  return [
    kBegin,
    `${scored} measured values against predictions, like with like. ${boundsLine(report.checks)}`,
    `Bands: ${bandLine(report.calibration.held)} of the values that they were not fitted on lie inside [low, high]; of the times ${bandLine(report.calibration.speed)}.`,
    '',
    headlines(report.checks),
    kEnd,
  ].join('\n');
}

const kStacks = {
  'speed-llama_cpp': 'llama.cpp, one card', 'speed-llama_cpp-several': 'llama.cpp, several cards', 'speed-ollama': 'Ollama', 'speed-vllm': 'vLLM, one card',
  'speed-vllm-several': 'vLLM, several cards', 'speed-sglang': 'SGLang, one card', 'speed-sglang-several': 'SGLang, several cards',
  'speed-transformers': 'Transformers, one card', 'speed-transformers-several': 'Transformers, several cards', 'speed-training-megatron': 'Megatron',
  'speed-training-torchtitan': 'torchtitan', 'speed-training-transformers': 'Transformers', 'speed-training-deepspeed': 'DeepSpeed',
};

/** The table of times: constants come from the development split, so both splits stand beside each other. */
export function speedBlock({ checks }) {
  const rates = checks.filter((check) => isRate(check.metric) && check.error !== undefined && check.trust !== 'C');
  const lines = [...groupBy(rates, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, list]) => {
    const [group, metric] = key.split(' / ');
    const cells = ['dev', 'held'].flatMap((split) => {
      const some = list.filter((check) => check.split === split);
      if (some.length === 0) return ['0', '–', '–', '–'];
      const now = figures(some);
      const banded = some.filter((check) => check.in_band !== undefined);
      const inside = banded.length === 0 ? '–' : percent(banded.filter((check) => check.in_band).length / banded.length);
      return [now.scored, percent(now.median), percent(now.p95), inside];
    });
    return `| ${kMetricNames[metric]} | ${kStacks[group] ?? group} | ${cells.join(' | ')} |`;
  });
  const head = ['| what | stack | rows | median % | p95 % | in band % | held back | median % | p95 % | in band % |', '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|'];
  return [kSpeedMarkers[0], ...head, ...lines, kSpeedMarkers[1]].join('\n');
}

/** What goes between the markers of docs/accuracy.md: every group, and what is not scored. */
export function wholeBlock(report) {
  const unmapped = report.entries.filter((entry) => entry.reason !== null);
  return [kBegin, table(report.summary.all), '', `${unmapped.length} rows are not scored:`, '', unmappedTable(report.entries), kEnd].join('\n');
}

export function bandLine(calibration) {
  return calibration.values === 0 ? 'none' : `${calibration.inside} of ${calibration.values} (${percent(calibration.inside / calibration.values)} %)`;
}

export function consoleReport(report) {
  return [
    '## All values of trust A and B', table(report.summary.all), '',
    '## Development split (70 %)', table(report.summary.dev), '',
    '## Held back (30 %)', table(report.summary.held), '',
    '## Trust C', table(report.summary.weak), '',
    boundsLine(report.checks),
    `Inside the band, held back: ${bandLine(report.calibration.held)}; development: ${bandLine(report.calibration.dev)}; times, held back: ${bandLine(report.calibration.speed)}`, '',
    '## Not scored, by reason', unmappedTable(report.entries),
  ].join('\n');
}

/** A text with the block between two markers replaced, or null where the markers are missing. */
export function withBlock(text, block, first = kBegin, last = kEnd) {
  const begin = text.indexOf(first);
  const end = text.indexOf(last);
  if (begin < 0 || end < begin) return null;
  return text.slice(0, begin) + block + text.slice(end + last.length);
}
