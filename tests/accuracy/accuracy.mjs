// Measures the engine: every measured row becomes a scenario, the command line answers them all at once, and each
// group's errors are reported. Exit 1 when a group got worse than the ratchet allows, or a value is far off and nothing says why.
// usage: node tests/accuracy/accuracy.mjs [--group NAME] [--rows] [--update-docs] [--update-ratchet]
// SPDX-License-Identifier: MIT
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { cliPath, estimateAll, kRoot, loadFields, loadNames, loadPublished, loadPytorch, readJson, splitOf } from './rows.mjs';
import { mapPytorch } from './map-pytorch.mjs';
import { mapTraining } from './map-training.mjs';
import { mapInference } from './map-inference.mjs';
import { mapSpeed, predictedRate, speedEntries } from './map-speed.mjs';
import { insideBand, isRate, kPredictors, percent, regressions, relativeError, tightened } from './score.mjs';
import { evidenceOf, evidenceRows, falseClaims } from './evidence.mjs';
import { causesBlock, kCausesBegin, kCausesEnd, unexplained } from './causes.mjs';
import { consoleReport, kSpeedMarkers, readmeBlock, speedBlock, summarize, wholeBlock, withBlock } from './report.mjs';

const kRatchet = path.join(kRoot, 'tests/accuracy/ratchet.json');
const kCauses = path.join(kRoot, 'tests/accuracy/causes.json');

// Metrics that are the whole of what a device holds; others have no band of their own.
const kBanded = new Set(['allocated', 'reserved', 'device', 'unspecified', 'tensors']);

function mapAll() {
  const names = loadNames();
  const fields = loadFields();
  const { training, inference } = loadPublished();
  const { configs, rows } = loadPytorch();
  const speeds = mapSpeed(readJson(path.join(kRoot, 'tests/measured/speed.json')), training, names, fields);
  return [...mapPytorch(rows, configs, names, fields), ...mapTraining(training, names, fields), ...mapInference(inference, names, fields), ...speedEntries(speeds)];
}

/** Answers of the engine, one per entry with a scenario; an answer with issues becomes the entry's reason. */
function runEntries(entries) {
  const asked = entries.flatMap((entry) => [entry.scenario, entry.baseline].filter((scenario) => scenario));
  const answers = estimateAll(asked);
  let next = 0;
  for (const entry of entries) {
    if (!entry.scenario) continue;
    const result = answers[next++];
    const baseline = entry.baseline ? answers[next++] : null;
    const issue = result.issues.find((found) => found.severity === 'error');
    if (issue !== undefined) entry.reason = `engine: ${issue.code}${issue.field ? ` (${issue.field})` : ''}: ${issue.message}`.slice(0, 160);
    else entry.result = { scenario: result.scenario, memory: result.memory, speed: result.speed, baseline };
  }
}

function scoreEntry(entry) {
  return entry.checks.map((check) => {
    const scored = { id: entry.id, group: entry.group, trust: entry.trust, split: splitOf(entry.id), url: entry.url, ...check, reason: entry.reason };
    if (entry.result === undefined) return scored;
    if (isRate(check.metric)) return scoreRate(scored, predictedRate(entry, entry.result.speed));
    const predictor = kPredictors[check.bound ? 'device' : (check.reader ?? check.metric)];
    const predicted = predictor({ memory: entry.result.memory }, check, entry.result.baseline);
    if (predicted === null || predicted === undefined || Number.isNaN(predicted)) return { ...scored, reason: `the result has no ${check.metric}` };
    scored.predicted = predicted + (check.held ?? 0);
    scored.error = relativeError(scored.predicted, check);
    if (kBanded.has(check.metric)) scored.in_band = insideBand(scored, entry.result.memory);
    return scored;
  });
}

/** A prompt's speed has no band of its own. */
function scoreRate(scored, rate) {
  if (rate === null) return { ...scored, reason: 'the result has no speed' };
  const found = { ...scored, predicted: rate.expected, error: relativeError(rate.expected, scored) };
  if (scored.metric !== 'prompt_rate') found.in_band = scored.value >= rate.low && scored.value <= rate.high;
  return found;
}

function calibration(checks, split, ofSpeed = false) {
  const banded = checks.filter((check) => check.in_band !== undefined && isRate(check.metric) === ofSpeed && check.split === split && check.trust !== 'C');
  return { values: banded.length, inside: banded.filter((check) => check.in_band).length };
}

function printRows(checks, log) {
  for (const check of checks) {
    const mib = (value) => (value === undefined ? '-' : (isRate(check.metric) ? value : value / 2 ** 20).toFixed(3));
    const error = check.error === undefined ? check.reason : `${percent(check.error)} %`;
    log([check.split, check.trust, check.id, check.metric, mib(check.value), mib(check.predicted), error].join('\t'));
  }
}

function main() {
  const { values: options } = parseArgs({
    options: { group: { type: 'string' }, rows: { type: 'boolean' }, 'update-docs': { type: 'boolean' }, 'update-ratchet': { type: 'boolean' } },
  });
  if (!existsSync(cliPath())) {
    console.error(`no command line at ${cliPath()}: build it, or set VRAM_CLI`);
    return 2;
  }
  const entries = mapAll().filter((entry) => options.group === undefined || entry.group === options.group);
  runEntries(entries);
  const checks = entries.flatMap(scoreEntry);
  const trusted = (check) => check.trust === 'A' || check.trust === 'B';
  const report = {
    entries,
    checks,
    summary: {
      all: summarize(checks),
      dev: summarize(checks, (check) => trusted(check) && check.split === 'dev'),
      held: summarize(checks, (check) => trusted(check) && check.split === 'held'),
      weak: summarize(checks, (check) => check.trust === 'C'),
    },
    calibration: { dev: calibration(checks, 'dev'), held: calibration(checks, 'held'), speed: calibration(checks, 'held', true) },
  };
  if (options.rows) printRows(checks, console.log);
  else console.log(consoleReport(report));
  if (options.group !== undefined) return 0; // a part of the rows says nothing about the ratchet

  const build = path.join(kRoot, 'build');
  mkdirSync(build, { recursive: true });
  const plain = Object.fromEntries(Object.entries(report.summary).map(([name, summary]) => [name, Object.fromEntries(summary)]));
  const rows = entries.map((entry) => ({
    id: entry.id, group: entry.group, trust: entry.trust, url: entry.url, scenario: entry.scenario, reason: entry.reason,
    checks: checks.filter((check) => check.id === entry.id && check.group === entry.group),
  }));
  writeFileSync(path.join(build, 'accuracy.json'), JSON.stringify({ summary: plain, calibration: report.calibration, rows }, null, 1));
  const causes = readJson(kCauses);
  const sizes = checks.filter((check) => !isRate(check.metric)); // what a speed is off by stands in its band
  const blocks = [['README.md', readmeBlock(report)], ['docs/accuracy.md', speedBlock(report), ...kSpeedMarkers], ['docs/accuracy.md', wholeBlock(report)], ['docs/accuracy.md', causesBlock(sizes, causes), kCausesBegin, kCausesEnd]];
  for (const [name, block, ...markers] of options['update-docs'] ? blocks : []) {
    const file = path.join(kRoot, name);
    const next = withBlock(readFileSync(file, 'utf8'), block, ...markers);
    if (next === null) console.error(`${name} has no such markers: ${block.slice(0, 25)}`);
    else writeFileSync(file, next);
  }
  const evidence = evidenceOf(checks, entries);
  if (options['update-docs']) writeFileSync(path.join(kRoot, 'core/src/evidence_rows.inc'), evidenceRows(evidence));
  const claims = falseClaims(evidence, entries);
  for (const text of claims) console.error(`claim: ${text} (--update-docs, then build)`);
  const silent = unexplained(sizes, causes);
  for (const text of silent) console.error(`cause: ${text} (tests/accuracy/causes.json)`);
  const ratchet = readJson(kRatchet);
  const worse = regressions(report.summary.all, ratchet);
  for (const text of worse) console.error(`worse: ${text}`);
  if (options['update-ratchet']) writeFileSync(kRatchet, `${JSON.stringify(tightened(report.summary.all, ratchet), null, 1)}\n`);
  return worse.length + claims.length + silent.length > 0 ? 1 : 0;
}

process.exitCode = main();
