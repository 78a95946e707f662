// What the engine says about its own errors (core/src/evidence_rows.inc): figures by framework and engine, written and checked here.
// SPDX-License-Identifier: MIT
import { groupBy } from './report.mjs';
import { quantile } from './score.mjs';

// What a device holds as a whole; of engines that print their parts, the parts.
const kWhole = new Set(['allocated', 'reserved', 'device', 'unspecified', 'tensors']);
const kParts = new Set([...kWhole, 'weights', 'kv_cache', 'compute_buffer']);

/** A claim may lag behind the figures by so much before the run fails: shares of the measured value. */
const kSlack = 0.005;

/** The stack of a scored check: "training torchtitan", "inference vllm"; null where it does not count. */
function stackOf(check, byId) {
  if (check.error === undefined || check.bound || check.trust === 'C') return null;
  const { scenario } = byId.get(`${check.group} ${check.id}`).result;
  const isInference = scenario.task === 'inference';
  if (!(isInference ? kParts : kWhole).has(check.metric)) return null;
  return isInference ? `inference ${scenario.inference.engine}` : `training ${scenario.training.framework}`;
}

/** Per stack: the number of values, and errors over the development rows, on which bands are fitted. */
export function evidenceOf(checks, entries) {
  const byId = new Map(entries.filter((entry) => entry.result).map((entry) => [`${entry.group} ${entry.id}`, entry]));
  const stacks = groupBy(checks, (check) => stackOf(check, byId));
  stacks.delete(null);
  return [...stacks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([stack, list]) => {
    const errors = list.filter((check) => check.split === 'dev').map((check) => Math.abs(check.error));
    const [task, name] = stack.split(' ');
    return { task, name, values: list.length, ...Object.fromEntries([['median', 0.5], ['p90', 0.9]].map(([key, q]) => [key, quantile(errors, q) ?? 0])) };
  });
}

export function evidenceRows(evidence) {
  const share = (value) => value.toFixed(5);
  const rows = (task, type, name) => [`constexpr ${type} ${name}[] = {`, ...evidence.filter((row) => row.task === task)
    .map((row) => `    {${type === 'TrainingRow' ? 'Framework' : 'Engine'}::${row.name}, ${row.values}, ${share(row.median)}, ${share(row.p90)}},`), '};'];
  return [
    '// Made by `node tests/accuracy/accuracy.mjs --update-docs`: how many values were measured, and errors over the development rows.',
    ...rows('training', 'TrainingRow', 'kTrainingRows'), ...rows('inference', 'InferenceRow', 'kInferenceRows'), '',
  ].join('\n');
}

/** Claims in results that the figures do not bear out. */
export function falseClaims(evidence, entries) {
  const claims = new Map();
  for (const { result } of entries.filter((entry) => entry.result)) {
    const { scenario, memory } = result;
    const stack = scenario.task === 'inference' ? scenario.inference.engine : scenario.training.framework;
    if (memory.evidence.own) claims.set(`${scenario.task === 'inference' ? 'inference' : 'training'} ${stack}`, memory.evidence);
  }
  return evidence.flatMap((row) => {
    const claim = claims.get(`${row.task} ${row.name}`);
    if (claim === undefined) return [];
    const wrong = ['median', 'p90'].filter((key) => row[key] > claim[key] + kSlack || claim[key] > row[key] + 5 * kSlack);
    if (claim.values !== row.values) wrong.push('values');
    return wrong.map((key) => `${row.task} ${row.name}: ${key} is ${row[key]}, the engine says ${claim[key]}`);
  });
}
