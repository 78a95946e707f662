// Files made of a scenario: complete, read back to the same values, and safe to paste.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, test } from 'node:test';
import { partsOf, plainNumber, shellWord, yamlText } from '../../../site/src/exports/common.js';
import { EXPORTERS, exportersFor, exportWith, NOTES } from '../../../site/src/exports/index.js';
import { csvCell, markdownReport, scenarioJson, termsCsv } from '../../../site/src/exports/report.js';
import { importText } from '../../../site/src/imports/index.js';
import { shellWords } from '../../../site/src/imports/vllm.js';
import { readYaml } from '../../../site/src/imports/yaml.js';
import { PRESETS } from '../../../site/src/presets.js';
import { START, toScenario } from '../../../site/src/scenario.js';
import { load } from '../../../wasm/vram.js';

let engine;
before(async () => (engine = await load()));

const estimate = (values) => {
  const result = engine.estimate(toScenario(values));
  assert.deepEqual(
    result.issues.filter((issue) => issue.severity === 'error'),
    [],
  );
  return result;
};
const make = (id, values) =>
  exportWith(
    EXPORTERS.find((exporter) => exporter.id === id),
    estimate(values),
  );
const kServe = {
  task: 'inference',
  model: 'Qwen/Qwen2.5-7B',
  'inference.batch_size': 8,
  'inference.context_length': 32768,
  'hardware.gpus': 2,
  'hardware.gpu': 'l40s',
};
const kTune = {
  'training.micro_batch_size': 2,
  'training.gradient_accumulation_steps': 4,
  'hardware.gpus': 4,
  'parallelism.zero_stage': 3,
  'hardware.gpu': 'h100-sxm5-80gb',
};

test('every preset is a scenario without errors, and none is there twice', () => {
  assert.ok(PRESETS.length >= 20);
  assert.equal(new Set(PRESETS.map(({ id }) => id)).size, PRESETS.length);
  for (const { id, values } of PRESETS) {
    const result = estimate({ ...START, ...values });
    assert.ok(result.memory.fits, `${id} takes ${result.memory.total_bytes} of ${result.memory.usable_bytes}`);
  }
});

test('every exporter makes something of every preset of its task, and every note has a name', () => {
  for (const { id, values } of PRESETS) {
    const result = estimate({ ...START, ...values });
    const exporters = exportersFor(result);
    assert.ok(exporters.length >= (result.model.vocab_size > 0 ? 3 : 1));
    for (const exporter of exporters) {
      const { text, notes } = exportWith(exporter, result);
      assert.ok(text.length > 20 && text.endsWith('\n'), `${id} ${exporter.id}`);
      assert.doesNotMatch(text, /undefined|NaN|\[object/);
      assert.ok(notes.every((note) => NOTES.includes(note)));
    }
  }
});

test('vLLM: what goes out comes back', () => {
  const { text } = make('vllm', { ...kServe, 'inference.kv_cache_dtype': 'fp8', 'inference.quantization': 'fp8' });
  const { values, ignored } = importText(text);
  assert.deepEqual(ignored, []);
  assert.equal(values.model, 'Qwen/Qwen2.5-7B');
  assert.equal(values['inference.context_length'], 32768);
  assert.equal(values['inference.batch_size'], 8);
  assert.equal(values['inference.kv_cache_dtype'], 'fp8');
  assert.equal(values['inference.quantization'], 'fp8');
  assert.equal(values['parallelism.tensor_parallel_size'], 2);
  assert.equal(values['hardware.gpus'], 2);
});

test('SGLang and llama.cpp: their own names, the slots share one context', () => {
  const words = shellWords(make('sglang', kServe).text);
  assert.equal(words[words.indexOf('--context-length') + 1], '32768');
  assert.equal(words[words.indexOf('--tp-size') + 1], '2');
  const llama = shellWords(
    make('llama_cpp', {
      ...kServe,
      'hardware.gpus': 1,
      'inference.batch_size': 2,
      'inference.engine': 'llama_cpp',
      'inference.quantization': 'q8_0',
    }).text,
  );
  assert.equal(llama[0], 'llama-server');
  assert.equal(llama[llama.indexOf('-c') + 1], '65536');
  assert.equal(llama[llama.indexOf('-np') + 1], '2');
  assert.equal(llama[llama.indexOf('-m') + 1], 'Qwen2.5-7B-Q8_0.gguf');
});

test('DeepSpeed and Accelerate: what goes out comes back', () => {
  const deepspeed = make('deepspeed', { ...kTune, 'parallelism.offload': 'optimizer' });
  assert.equal(JSON.parse(deepspeed.text).train_batch_size, 2 * 4 * 4);
  const back = importText(deepspeed.text);
  assert.deepEqual(back.ignored, []);
  for (const [path, value] of Object.entries({
    ...kTune,
    'parallelism.offload': 'optimizer',
    'training.mixed_precision': 'bf16',
    'training.optimizer': 'adamw',
  }))
    if (!path.startsWith('hardware')) assert.equal(back.values[path], value, path);
  const accelerate = importText(make('accelerate', kTune).text);
  assert.equal(accelerate.kind, 'accelerate');
  assert.deepEqual(accelerate.ignored, []);
  assert.equal(accelerate.values['parallelism.zero_stage'], 3);
  assert.equal(accelerate.values['hardware.gpus'], 4);
  assert.equal(
    importText(make('accelerate', { ...kTune, 'parallelism.zero_stage': 2 }).text).values['parallelism.zero_stage'],
    2,
  );
  assert.equal(
    importText(make('accelerate', { ...kTune, 'parallelism.zero_stage': 1 }).text).values['parallelism.zero_stage'],
    1,
  );
});

test('LLaMA-Factory and axolotl: keys of the tools, values of the scenario', () => {
  const factory = readYaml(make('llama_factory', { ...kTune, 'training.method': 'qlora' }).text);
  assert.equal(factory.finetuning_type, 'lora');
  assert.equal(factory.quantization_bit, 4);
  assert.equal(factory.cutoff_len, 2048);
  assert.equal(factory.learning_rate, 2e-4);
  const axolotl = readYaml(make('axolotl', kTune).text);
  assert.equal(axolotl.adapter, 'lora');
  assert.equal(axolotl.micro_batch_size, 2);
  assert.deepEqual(axolotl.lora_target_modules, ['q_proj', 'v_proj']);
});

test('the TRL script is Python for every stage and method', () => {
  const scripts = [];
  const trl = EXPORTERS.find(({ id }) => id === 'trl');
  // The script of a stage does not wait for the engine to compute that stage.
  const exportStage = (stage) =>
    exportWith(trl, { scenario: { task: 'finetuning', model: 'a"b\\c', training: { stage, method: 'lora' } } }).text;
  for (const stage of ['sft', 'dpo', 'ipo', 'orpo', 'cpo', 'simpo', 'kto', 'reward']) scripts.push(exportStage(stage));
  for (const method of ['full', 'qlora', 'dora']) scripts.push(make('trl', { 'training.method': method }).text);
  scripts.push(exportStage('grpo'));
  const checked = spawnSync(
    'python3',
    ['-c', 'import ast,json,sys\nfor text in json.load(sys.stdin): ast.parse(text)'],
    { input: JSON.stringify(scripts), encoding: 'utf8' },
  );
  assert.equal(checked.status, 0, checked.stderr);
  assert.match(scripts[8], /optim="adamw_torch"/);
  assert.match(scripts[9], /bnb_4bit_use_double_quant=True/);
});

test('Megatron flags and the torchrun line', () => {
  const values = {
    task: 'pretraining',
    model: 'meta-llama/Llama-3.1-8B',
    'hardware.gpus': 16,
    'hardware.gpu': 'h100-sxm5-80gb',
    'parallelism.tensor_parallel_size': 2,
    'parallelism.sequence_parallel': true,
    'parallelism.zero_stage': 1,
  };
  const words = shellWords(make('megatron', values).text);
  for (const [flag, value] of Object.entries({
    '--num-layers': '32',
    '--num-query-groups': '8',
    '--tensor-model-parallel-size': '2',
    '--nnodes': '2',
  }))
    assert.equal(words[words.indexOf(flag) + 1], value, flag);
  assert.ok(words.includes('--sequence-parallel') && words.includes('--use-distributed-optimizer'));
  assert.match(make('torchrun', values).text, /--nnodes 2/);
  assert.match(make('torchrun', kTune).text, /--standalone \\\n {2}--nproc-per-node 4/);
});

test('hostile names stay words', () => {
  assert.deepEqual(shellWords(shellWord("a'; rm -rf / #$(x)")), ["a'; rm -rf / #$(x)"]);
  assert.equal(readYaml(yamlText({ a: 'x: y # z', b: 'no', c: 2e-5, d: '2' })).a, 'x: y # z');
  assert.equal(plainNumber(2e-5), '0.00002');
  assert.equal(plainNumber(1e-7), '1.0e-7');
  assert.equal(csvCell('=cmd()'), "'=cmd()");
  assert.equal(csvCell('a,"b"'), '"a,""b"""');
  assert.equal(partsOf({ scenario: { model: { config: {} } }, issues: [] }).model, 'path/to/model');
});

test('report, CSV and JSON hold the numbers of the result', () => {
  const result = estimate(kTune);
  const rows = termsCsv(result).trim().split('\r\n');
  assert.equal(rows.length, 2 + result.memory.terms.filter((term) => term.bytes > 0).length);
  assert.ok(rows.at(-1).startsWith(`total,${result.memory.total_bytes},`));
  const report = markdownReport(
    result,
    { title: '<b>|x', link: 'https://example.org/#v=1', version: '1' },
    (_, fallback) => fallback,
  );
  assert.match(report, /^# &lt;b>\\\|x\n/);
  assert.ok(report.includes((result.memory.total_bytes / 2 ** 30).toFixed(2)));
  assert.equal(engine.estimate(JSON.parse(scenarioJson(result))).memory.total_bytes, result.memory.total_bytes);
});
