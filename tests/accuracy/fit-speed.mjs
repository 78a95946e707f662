// Fits the constants of core/src/speed_data.cpp on 70 % of the published speeds (by a hash of the row's id) and reports
// the errors on the other 30 %, with the constants as they are compiled in and as they would fit best.
// usage: node tests/accuracy/fit-speed.mjs [--rows]
// SPDX-License-Identifier: MIT
import path from 'node:path';

import { mapSpeed } from './map-speed.mjs';
import { catalogGpus, estimateAll, kRoot, loadFields, loadNames, loadPublished, readJson, splitOf } from './rows.mjs';

const names = loadNames();
const fields = loadFields();
const speed = readJson(path.join(kRoot, 'tests/measured/speed.json'));
const rows = mapSpeed(speed, loadPublished().training, names, fields).filter(({ scenario }) => scenario);
const refused = new Map();
estimateAll(rows.map(({ scenario }) => scenario)).forEach((result, i) => {
  const problem = result.issues.find(({ severity }) => severity === 'error');
  if (problem) refused.set(`${problem.code} ${problem.value}`, (refused.get(`${problem.code} ${problem.value}`) ?? 0) + 1);
  rows[i].speed = result.speed;
});
const usable = rows.filter((row) => row.speed);

/** The rate under factors on the compiled constants: `compute`, `traffic` and `launch` multiply the parts' times. */
function predict(row, { compute, traffic, launch }) {
  const { parts, step_seconds, time_to_first_token_seconds: first, tokens_per_second } = row.speed;
  if (row.kind === 'training') {
    const device = compute * parts.compute_seconds + traffic * parts.traffic_seconds;
    const before = parts.compute_seconds + parts.traffic_seconds + parts.launch_seconds;
    const host = parts.launch_seconds > 0 ? launch * before : 0;
    const busy = Math.max(device, host);
    const step = busy + parts.communication_seconds + (parts.bubble_seconds * busy) / before;
    return (tokens_per_second * step_seconds) / step;
  }
  const decode = Math.max(compute * parts.compute_seconds, traffic * parts.traffic_seconds) + launch * parts.launch_seconds + parts.communication_seconds;
  return row.rate({ decode, prefill: first * compute });
}

const median = (values) => quantile(values, 0.5);
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? NaN : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
const errors = (some, factors) => some.map((row) => Math.abs(predict(row, factors) / row.measured - 1));
/** Median of the logarithm's size: as hard on twice as on half. */
const cost = (some, factors) => median(some.map((row) => Math.abs(Math.log(predict(row, factors) / row.measured))));

function fit(dev) {
  const steps = Array.from({ length: 41 }, (_, i) => 2 ** ((i - 20) / 8));
  let best = { compute: 1, traffic: 1, launch: 1 };
  for (let round = 0; round < 4; round++) {
    for (const name of ['compute', 'traffic', 'launch']) {
      // What a row says most about: prompts about the arithmetic, replies about the bytes.
      const telling = dev.filter(({ kind, single }) => kind === 'training' || (single && (kind === 'prefill') === (name === 'compute')));
      const some = telling.length > 0 ? telling : dev;
      for (const step of steps) {
        const candidate = { ...best, [name]: step };
        if (cost(some, candidate) < cost(some, best) - 1e-6) best = candidate;
      }
    }
  }
  return best;
}

const kCompiled = { compute: 1, traffic: 1, launch: 1 };
const percent = (value) => `${(100 * value).toFixed(1)} %`.padStart(8);
console.log(`${usable.length} of ${rows.length} mapped rows answered`);
for (const [what, count] of refused) console.log(`  refused ${count}: ${what}`);
// llama.cpp's kernels reach another share of each kind of memory; the other engines' rows cover one kind.
const kinds = new Map(catalogGpus().map((gpu) => [gpu.id, gpu.unified_memory ? 'unified' : gpu.memory_type.startsWith('HBM') ? 'hbm' : 'gddr']));
const causes = new Map();
for (const row of usable) {
  const kind = row.cause === 'llama_cpp' ? ` ${kinds.get(row.scenario.hardware.gpu)}` : '';
  const key = `${row.kind === 'training' ? 'training' : 'serving'} ${row.cause}${kind}`;
  causes.set(key, [...(causes.get(key) ?? []), row]);
}
for (const [cause, some] of [...causes].sort()) {
  const dev = some.filter(({ id }) => splitOf(id) === 'dev');
  const best = fit(dev);
  const factors = Object.entries(best).map(([name, value]) => `${name} ×${value.toFixed(2)}`).join(' ');
  console.log(`\n${cause}: best factors on times: ${factors}`);
  for (const [label, pick] of [
    ['decode, one card', (row) => row.kind === 'decode' && row.single],
    ['decode, several', (row) => row.kind === 'decode' && !row.single],
    ['prefill', (row) => row.kind === 'prefill'],
    ['training', (row) => row.kind === 'training'],
  ]) {
    for (const split of ['dev', 'held']) {
      const part = some.filter((row) => splitOf(row.id) === split && pick(row));
      if (part.length === 0) continue;
      const ratios = part.map((row) => row.measured / predict(row, kCompiled));
      const inside = part.filter((row) => row.measured >= row.speed.low * (predict(row, kCompiled) / row.speed.tokens_per_second) && row.measured <= row.speed.high * (predict(row, kCompiled) / row.speed.tokens_per_second));
      console.log(
        `  ${label.padEnd(17)} ${split.padEnd(4)} ${String(part.length).padStart(4)} rows  compiled ${percent(median(errors(part, kCompiled)))}  fitted ${percent(median(errors(part, best)))}` +
          `  measured/ours ${quantile(ratios, 0.05).toFixed(2)} … ${median(ratios).toFixed(2)} … ${quantile(ratios, 0.95).toFixed(2)}  in band ${percent(inside.length / part.length)}`,
      );
    }
  }
  if (process.argv.includes('--rows')) {
    for (const row of some) console.log(`    ${row.id} ${row.group} ${row.kind} measured ${row.measured} ours ${predict(row, kCompiled).toPrecision(4)}`);
  }
}
