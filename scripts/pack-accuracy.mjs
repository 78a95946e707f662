// Packs build/accuracy.json into the small table that the page's Accuracy tab shows: site/src/data/accuracy.json.
// usage: node scripts/pack-accuracy.mjs [report] [output]
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Metrics that only say "it ran" or "it ran out of memory" on a card of that size. */
const kOneSided = ['fits', 'oom'];
const kDigits = 6;

/** Bytes to six significant digits: finer than any source states them, and half the size of the file. */
const rounded = (/** @type {number} */ value) => Number(value.toPrecision(kDigits));

/** Gives every name a number, in the order in which they come. */
function createList() {
  const names = [];
  const places = new Map();
  return {
    names,
    add(name) {
      if (name === null || name === undefined) return -1;
      if (!places.has(name)) places.set(name, names.push(name) - 1);
      return places.get(name);
    },
  };
}

/**
 * `rows`: [id, group, trust, source or -1, model or -1]; `values`: [row, quantity, measured, ours or 0, error or null, reason or -1].
 * Ours is 0 where a row could not be asked; the reason says why.
 */
export function pack(report) {
  const [groups, quantities, trusts, sources, reasons, models] = Array.from({ length: 6 }, createList);
  const rows = [];
  const values = [];
  for (const entry of report.rows) {
    if (entry.checks.length === 0) continue;
    const model = entry.scenario?.model;
    rows.push([
      entry.id,
      groups.add(entry.group),
      trusts.add(entry.trust),
      sources.add(entry.url),
      models.add(typeof model === 'string' ? model : null),
    ]);
    for (const check of entry.checks) {
      const isScored = typeof check.error === 'number' && typeof check.predicted === 'number';
      values.push([
        rows.length - 1,
        quantities.add(check.metric),
        rounded(check.value),
        isScored ? rounded(check.predicted) : 0,
        isScored ? Number(check.error.toFixed(5)) : null,
        isScored ? -1 : reasons.add(check.reason ?? entry.reason),
      ]);
    }
  }
  return {
    groups: groups.names,
    quantities: quantities.names,
    one_sided: kOneSided.map((name) => quantities.names.indexOf(name)).filter((place) => place >= 0),
    trusts: trusts.names,
    sources: sources.names,
    reasons: reasons.names,
    models: models.names,
    rows,
    values,
  };
}

/** One entry to a line, so that a renewed file can be compared with the one before. */
export function toText(packed) {
  const parts = Object.entries(packed).map(
    ([name, list]) => `${JSON.stringify(name)}: [\n${list.map((item) => JSON.stringify(item)).join(',\n')}\n]`,
  );
  return `{\n${parts.join(',\n')}\n}\n`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const beside = (/** @type {string} */ path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  const [report = beside('build/accuracy.json'), output = beside('site/src/data/accuracy.json')] =
    process.argv.slice(2);
  const packed = pack(JSON.parse(readFileSync(report, 'utf8')));
  writeFileSync(output, toText(packed));
  console.log(`${output}: ${packed.rows.length} rows, ${packed.values.length} values`);
}
