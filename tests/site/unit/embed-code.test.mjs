// Embedding code: it says the scenario and nothing else, whatever stands in it.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, embedCode } from '../../../site/src/embed-code.js';
import { readValue, toScenario } from '../../../site/src/widget/attributes.js';

const kScenarios = {
  inference: {
    model: 'a/b',
    task: 'inference',
    inference: { context_length: 8192, quantization: 'awq', images: 3 },
    hardware: { gpu: 'rtx-4090', gpus: 2 },
  },
  'fine-tuning': {
    model: 'a/b',
    task: 'finetuning',
    training: { method: 'lora', lora_rank: 8, lora_target_modules: ['q_proj'] },
    hardware: { gpu: 'h100', memory_gib: 70 },
  },
  'a model from a file': {
    model: { config: { model_type: 'llama', name: '"><script>&' } },
    task: 'pretraining',
    parallelism: { zero_stage: 3 },
  },
};
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

for (const [name, scenario] of Object.entries(kScenarios)) {
  test(`attributes say the whole scenario: ${name}`, () => {
    const { scenario: base = '{}', ...rest } = Object.fromEntries(attributesOf(scenario));
    const values = Object.fromEntries(
      Object.entries(rest).map(([attribute, text]) => [camel(attribute), readValue(text)]),
    );
    assert.deepEqual(toScenario(JSON.parse(base), values), scenario);
  });
}

const kPlace = {
  base: 'https://example.org/calc/',
  link: 'https://example.org/calc/#v=1',
  integrity: 'sha384-x',
  title: 'VRAM calculator',
};

test('a script, an element and a link for those without', () => {
  assert.equal(
    embedCode({ ...kPlace, form: 'script', scenario: { model: 'a/b', task: 'inference', hardware: { gpu: 'h100' } } }),
    `<script src="https://example.org/calc/vram-calculator.js" integrity="sha384-x" crossorigin="anonymous" defer></script>
<vram-calculator
  model="a/b"
  task="inference"
  gpu="h100">
  <a href="https://example.org/calc/#v=1">VRAM calculator</a>
</vram-calculator>`,
  );
});

test('an iframe', () => {
  assert.match(
    embedCode({ ...kPlace, form: 'frame', scenario: { model: 'a/b', task: 'inference', hardware: { gpu: 'h100' } } }),
    /^<iframe src="https:\/\/example\.org\/calc\/embed\.html\?model=a%2Fb&amp;task=inference&amp;gpu=h100" title="VRAM calculator" /,
  );
});

test('nothing in a scenario ends an attribute', () => {
  for (const form of ['script', 'frame']) {
    const code = embedCode({ ...kPlace, form, scenario: kScenarios['a model from a file'] });
    assert.equal(code.split('<script').length, form === 'script' ? 2 : 1);
    assert.equal([...code.matchAll(/"/g)].length % 2, 0);
  }
});
