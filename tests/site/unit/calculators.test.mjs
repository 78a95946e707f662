// The tables of the calculators against the engine's own field table and catalog.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ADVANCED, PANELS, TABLE } from '../../../site/src/calculators/advanced.js';
import { factsOf, taskOf, typeOf } from '../../../site/src/calculators/facts.js';
import { LANGUAGE, RUN_ROWS, TASKS } from '../../../site/src/calculators/language.js';
import { layoutOf, pathsOf } from '../../../site/src/calculators/layout.js';
import { MULTIMODAL } from '../../../site/src/calculators/multimodal.js';
import { toScenario } from '../../../site/src/scenario.js';
import { load } from '../../../wasm/vram.js';

let vram;
let fields;
let models;
before(async () => {
  vram = await load();
  fields = vram.catalog('fields').map(({ control_min, control_max, ...field }) => field);
  models = vram.catalog('models');
});

/** What choosing a value of a switch leads to. */
function choose(calculator, path, value, values) {
  const { changes } = calculator.switches.find((one) => one.path === path).choices.find((one) => one.value === value);
  const patch = typeof changes === 'function' ? changes(factsOf(values, models)) : changes;
  return Object.fromEntries(Object.entries({ ...values, ...patch }).filter(([, one]) => one !== undefined));
}
const shown = (calculator, values, view) => pathsOf(layoutOf(calculator, fields, factsOf(values, models), view));

test('every field that a table names is one of the engine', () => {
  const known = new Set(fields.map(({ path }) => path));
  const named = [...Object.values(RUN_ROWS), ...Object.values(TABLE).flatMap((panels) => Object.values(panels))].flat(
    2,
  );
  assert.ok(named.length > 100);
  assert.deepEqual(
    named.filter((path) => !known.has(path)),
    [],
  );
});

test('the panels of a type hold every field of training that applies to it, once', () => {
  const opened = { nlp: {}, multimodal: {}, moe: {}, cnn: {} };
  for (const type of Object.keys(opened)) {
    for (const method of ['lora', 'qlora', 'freeze', 'prefix']) {
      const values = { ...choose(ADVANCED, 'model_type', type, {}), 'training.method': method };
      const facts = factsOf(values, models);
      assert.equal(facts.type, type);
      const inPanels = PANELS.flatMap((view) => shown(ADVANCED, values, view));
      assert.equal(new Set(inPanels).size, inPanels.length, type);
      const everything = shown({ ...LANGUAGE, groups: () => [] }, values).filter((path) =>
        path.startsWith('training.'),
      );
      const cnnHasNo = [
        'training.lora_',
        'training.quantization',
        'training.kbit_upcast',
        'training.num_virtual_tokens',
        'training.activation',
        'training.gradient',
      ];
      const missing = everything.filter(
        (path) => !inPanels.includes(path) && !(type === 'cnn' && cnnHasNo.some((start) => path.startsWith(start))),
      );
      assert.deepEqual(
        missing,
        ['training.tokens'].filter((path) => everything.includes(path)),
        `${type} ${method}`,
      );
    }
  }
});

test('each switch of each calculator leads to a scenario the engine computes', () => {
  for (const calculator of [LANGUAGE, MULTIMODAL, ADVANCED]) {
    for (const one of calculator.switches.filter(({ isView }) => !isView)) {
      for (const { value } of one.choices) {
        const values = choose(calculator, one.path, value, calculator.opening);
        assert.equal(one.current(factsOf(values, models)), value, `${calculator.id} ${value}`);
        const { issues, memory } = vram.estimate(toScenario(values));
        const errors = issues.filter(({ severity }) => severity === 'error');
        assert.ok(memory, `${calculator.id} ${value}: ${JSON.stringify(errors)}`);
      }
    }
  }
});

test('leaving a type of model and coming back changes nothing but the model', () => {
  let values = { ...ADVANCED.opening };
  const before = vram.estimate(toScenario(values)).memory.total_bytes;
  for (const type of ['cnn', 'moe', 'multimodal', 'nlp']) values = choose(ADVANCED, 'model_type', type, values);
  assert.equal(vram.estimate(toScenario(values)).memory.total_bytes, before);
});

test('a preference stage is the task RLHF, and the other tasks take it back', () => {
  assert.deepEqual(
    TASKS.map(({ value }) => value),
    ['inference', 'pretraining', 'finetuning', 'rlhf'],
  );
  const values = choose(LANGUAGE, 'task', 'rlhf', {});
  assert.equal(taskOf(values), 'rlhf');
  assert.ok(shown(LANGUAGE, values).includes('training.stage'));
  assert.ok(!shown(LANGUAGE, values).includes('training.group_size'));
  assert.ok(shown(LANGUAGE, { ...values, 'training.stage': 'grpo' }).includes('training.group_size'));
  assert.equal(taskOf(choose(LANGUAGE, 'task', 'finetuning', values)), 'finetuning');
});

test('an input offers the models that take it, and takes one where the present does not', () => {
  for (const [input, model] of [
    ['image', 'llava-hf/llava-1.5-7b-hf'],
    ['video', 'Qwen/Qwen2-VL-2B-Instruct'],
    ['audio', 'openai/whisper-small'],
  ]) {
    const values = choose(MULTIMODAL, 'input', input, MULTIMODAL.opening);
    const facts = factsOf(values, models);
    const offered = models.filter((row) => MULTIMODAL.offers(row, facts)).map(({ id }) => id);
    assert.ok(offered.includes(model), input);
    assert.ok(offered.includes(values.model), input);
    assert.ok(offered.every((id) => models.find((row) => row.id === id).inputs.includes(input)));
  }
  assert.deepEqual(
    shown(MULTIMODAL, choose(MULTIMODAL, 'input', 'audio', MULTIMODAL.opening)).filter((path) =>
      /images|frames|image_size/.test(path),
    ),
    [],
  );
});

test('every kind of the catalog belongs to a type', () => {
  const kinds = [...new Set(models.map(({ kind }) => kind))].sort();
  assert.deepEqual(kinds, ['cnn', 'decoder', 'encoder', 'encoder-decoder', 'moe', 'multimodal', 'vit']);
  assert.deepEqual(kinds.map(typeOf), ['cnn', 'nlp', 'nlp', 'nlp', 'moe', 'multimodal', 'multimodal']);
});
