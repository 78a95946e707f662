// Loading: the measured rows, the tables of names, and which fields the engine's scenario has.
// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const kRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const kMeasured = path.join(kRoot, 'tests/measured');

export const kMib = 2 ** 20;
export const kGib = 2 ** 30;

export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Rows that other people measured. */
export function loadPublished() {
  return {
    training: readJson(path.join(kMeasured, 'training.json')),
    inference: readJson(path.join(kMeasured, 'inference.json')),
  };
}

/** Rows that our own reference runs of PyTorch measured, and the model configs they name. */
export function loadPytorch() {
  const configs = new Map();
  const rows = [];
  for (const name of readdirSync(kMeasured).sort()) {
    if (!name.startsWith('pytorch-') || !name.endsWith('.json')) continue;
    if (name === 'pytorch-fake-vs-real.json') continue; // says that fake and real runs agree; its cases are tiny models
    const file = readJson(path.join(kMeasured, name));
    if (name === 'pytorch-configs.json') {
      for (const config of Array.isArray(file) ? file : file.models) configs.set(config.name, config);
    } else {
      for (const row of file.rows) rows.push({ ...row, group: `pytorch-${file.group}` });
    }
  }
  return { configs, rows };
}

export function loadNames() {
  return readJson(path.join(kRoot, 'tests/accuracy/model-names.json'));
}

export function cliPath() {
  return process.env.VRAM_CLI ?? path.join(kRoot, 'build/native/bin/vram-calculator');
}

/** Paths of every field a scenario has, so that a mapping can say which knob it misses. */
export function loadFields() {
  const text = execFileSync(cliPath(), ['catalog', 'fields', '--json'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const parsed = JSON.parse(text);
  return new Map((Array.isArray(parsed) ? parsed : parsed.fields).map((field) => [field.path, field]));
}

/** The accelerators of the catalog. */
export function catalogGpus() {
  return JSON.parse(execFileSync(cliPath(), ['catalog', 'gpus', '--json'], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}

/** One result per scenario, in order, from a single run of the command line. */
export function estimateAll(scenarios) {
  if (scenarios.length === 0) return [];
  const input = scenarios.map((scenario) => JSON.stringify(scenario)).join('\n') + '\n';
  let output;
  try {
    output = execFileSync(cliPath(), ['estimate', '--jsonl', '-'], { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  } catch (error) {
    if (error.status !== 2) throw error; // 2: some scenario has issues; each line says which
    output = error.stdout;
  }
  const lines = output.split('\n').filter((line) => line !== '');
  if (lines.length !== scenarios.length) throw new Error(`${scenarios.length} scenarios in, ${lines.length} results out`);
  return lines.map((line) => JSON.parse(line));
}

/** dev (70 %) or held (30 %), for ever the same for an id. */
export function splitOf(id) {
  return createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32 < 0.7 ? 'dev' : 'held';
}
