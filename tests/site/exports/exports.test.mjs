// The exported files read by the tools' own parsers, where those are installed: `VRAM_PYTHON` names the Python that has them.
// vLLM, SGLang, llama.cpp and Megatron are not among them: their parsers need a GPU build or come in no package.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exportersFor, exportWith } from '../../../site/src/exports/index.js';
import { PRESETS } from '../../../site/src/presets.js';
import { START, toScenario } from '../../../site/src/scenario.js';
import { load } from '../../../wasm/vram.js';

const kScript = fileURLToPath(new URL('check.py', import.meta.url));
const kTools = ['accelerate', 'deepspeed', 'trl', 'torchrun', 'llama_factory', 'axolotl'];
/** Beyond the presets: what they leave out. */
const kMore = {
  'zero 2 on four': { 'hardware.gpus': 4, 'parallelism.zero_stage': 2, 'hardware.gpu': 'h100-sxm5-80gb' },
  'zero 1 on four': { 'hardware.gpus': 4, 'parallelism.zero_stage': 1, 'hardware.gpu': 'h100-sxm5-80gb' },
  offloaded: {
    'hardware.gpus': 2,
    'parallelism.zero_stage': 3,
    'parallelism.offload': 'parameters',
    'hardware.gpu': 'l40s',
  },
  'int8 base': { 'training.method': 'qlora', 'training.quantization': 'int8' },
  'dora with liger': { 'training.method': 'dora', 'training.framework': 'liger' },
  lion: { 'training.optimizer': 'lion_8bit' },
  dpo: { 'training.stage': 'dpo' },
  'two nodes': { 'hardware.gpus': 16, 'parallelism.zero_stage': 3, 'hardware.gpu': 'h100-sxm5-80gb' },
};

/** @type {Record<string, { checked: number, problems: string[], skipped?: string }>} */
let found;
before(async () => {
  const engine = await load();
  const scenarios = [...PRESETS.map(({ id, values }) => [id, values]), ...Object.entries(kMore)];
  const files = scenarios.flatMap(([name, values]) => {
    const result = engine.estimate(toScenario({ ...START, ...values }));
    assert.ok(result.memory, `${name}: ${JSON.stringify(result.issues)}`);
    return exportersFor(result).map((exporter) => ({ id: exporter.id, name, text: exportWith(exporter, result).text }));
  });
  assert.ok(files.length > 100);
  const python = process.env.VRAM_PYTHON ?? 'python3';
  const run = spawnSync(python, [kScript], { input: JSON.stringify(files), encoding: 'utf8', maxBuffer: 2 ** 26 });
  found =
    run.status === 0
      ? JSON.parse(run.stdout.trim().split('\n').at(-1))
      : Object.fromEntries(
          kTools.map((tool) => [tool, { checked: 0, problems: [], skipped: `${python}: ${run.error ?? run.stderr}` }]),
        );
});

for (const tool of kTools)
  test(`${tool} reads what is exported for it`, (t) => {
    const { checked, problems, skipped } = found[tool];
    assert.deepEqual(problems, []);
    if (skipped) t.skip(skipped.slice(0, 300));
    else assert.ok(checked >= 8, `${checked} files`);
  });
