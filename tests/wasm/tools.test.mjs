// The tools: the published calls unchanged, replies and lists as the schemas say.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';

import { load } from 'vram-calculator';

import { schemaChecker } from '../support/json-schema.mjs';

const kPublished = JSON.parse(await readFile(new URL('../golden/tool-calls.json', import.meta.url), 'utf8')).calls;
const checkResult = await schemaChecker('result.schema.json');
const checkReply = await schemaChecker('tool-reply.schema.json');
const checkMemoryText = await schemaChecker('tool-reply.schema.json#/$defs/memory');

/** @type {import('vram-calculator').Vram} */
let vram;
before(async () => {
  vram = await load();
});

for (const { name, arguments: args } of kPublished) {
  test(`the published call for ${args.modelType} works unchanged`, () => {
    const reply = vram.tool(name, args);
    assert.deepEqual(checkReply(reply), []);
    assert.equal(reply.isError, undefined);
    const text = JSON.parse(reply.content[0]?.text ?? '');
    assert.deepEqual(checkMemoryText(text), []);
    const parts = Object.values(text.breakdown).reduce((sum, gib) => sum + gib, 0);
    assert.ok(Math.abs(text.totalVRAM - parts) < 1e-6, `${text.totalVRAM} of ${parts}`);
    assert.ok(text.recommendations.gpus.length >= 3);
    const result = /** @type {any} */ (reply.structuredContent);
    assert.deepEqual(checkResult(result), []);
    assert.ok(Math.abs(result.memory.total_bytes / 2 ** 30 - text.totalVRAM) < 1e-9);
    assert.equal(result.documented.formula, `advanced_${args.modelType}`);
    assert.match(result.documented.why, /GiB there/);
  });

  test(`letter case does not matter for ${args.modelType}`, () => {
    const shouted = Object.fromEntries(Object.entries(args).map(([key, value]) => [key.toUpperCase(), typeof value === 'string' ? value.toUpperCase() : value]));
    assert.deepEqual(vram.tool(name.toUpperCase(), shouted), vram.tool(name, args));
  });

  test(`the documented method of the call for ${args.modelType}`, () => {
    const { content, structuredContent } = vram.tool(name, { ...args, method: 'Documented' });
    const { documented } = /** @type {any} */ (structuredContent);
    assert.ok(Math.abs(documented.total_bytes / 2 ** 30 - JSON.parse(content[0]?.text ?? '').totalVRAM) < 1e-9);
  });
}

test('every tool is listed with a schema that its published call follows', () => {
  const tools = vram.tools();
  assert.equal(new Set(tools.map(({ name }) => name)).size, tools.length);
  for (const { name, description, inputSchema } of tools) {
    assert.match(name, /^[a-z_]+$/);
    assert.ok(description.length > 20);
    for (const required of inputSchema.required) assert.ok(required in inputSchema.properties, required);
  }
  for (const { name, arguments: args } of kPublished) {
    const { inputSchema } = /** @type {import('vram-calculator').Tool} */ (tools.find((tool) => tool.name === name));
    for (const key of Object.keys(args)) assert.ok(key in inputSchema.properties, key);
    for (const key of inputSchema.required) assert.ok(key in args, key);
  }
});

/** @type {Record<string, any>} */
const kCalls = {
  calculate_inference_vram: { modelId: 'meta-llama/Llama-3.1-8B', precision: 'fp16', batchSize: 4, sequenceLength: 4096, gpu: 'rtx-4090' },
  calculate_training_vram: { modelParams: 1, precision: 'bf16', batchSize: 2, sequenceLength: 1024, optimizer: 'AdamW', gradientCheckpointing: true },
  calculate_finetuning_vram: { modelId: 'meta-llama/Llama-3.1-8B', method: 'QLoRA', loraRank: 16, gpu: 'rtx-4090' },
  calculate_grpo_vram: { modelId: 'meta-llama/Llama-3.1-8B', numGenerations: 8, method: 'documented' },
  calculate_multimodal_vram: { modelId: 'llava-hf/llava-1.5-7b-hf', modalityType: 'text-image', numImages: 2 },
  recommend_gpu: { modelId: 'meta-llama/Llama-3.1-70B', precision: 'int4', limit: 3 },
  analyze_cost: { gpu: 'h100-sxm5-80gb', gpus: 8, hours: 100 },
  compare_models: { modelIds: ['meta-llama/Llama-3.1-8B', 'Qwen/Qwen2.5-7B'], gpu: 'rtx-4090' },
  optimize_config: { modelId: 'meta-llama/Llama-3.1-8B', gpu: 'rtx-4090', target: 'memory' },
  auto_tune_config: { modelId: 'meta-llama/Llama-3.1-8B', gpuMemory: 24, priority: 'quality' },
  plan_parallelism: { modelId: 'meta-llama/Llama-3.1-8B', batchSize: 32, gpu: 'h100-sxm5-80gb', gpus: 8 },
  estimate: { scenario: { model: 'meta-llama/Llama-3.1-8B', hardware: { gpu: 'rtx-4090' } } },
};

for (const [name, args] of Object.entries(kCalls)) {
  test(`${name} answers`, () => {
    const reply = vram.tool(name, args);
    assert.deepEqual(checkReply(reply), []);
    assert.equal(reply.isError, undefined, JSON.stringify(reply.structuredContent.issues));
    if (name.startsWith('calculate_')) assert.deepEqual(checkMemoryText(JSON.parse(reply.content[0]?.text ?? '')), []);
    if (name.startsWith('calculate_') || name === 'estimate') assert.deepEqual(checkResult(reply.structuredContent), []);
  });

  test(`${name} refuses what it does not know`, () => {
    for (const [extra, code] of /** @type {const} */ ([[{ colour: 'red' }, 'unknown_field'], [{ [Object.keys(args)[0] ?? '']: [] }, 'wrong_type']])) {
      const reply = vram.tool(name, { ...args, ...extra });
      assert.deepEqual(checkReply(reply), []);
      assert.equal(reply.isError, true);
      assert.ok(reply.structuredContent.issues.some((issue) => issue.code === code), JSON.stringify(reply.structuredContent.issues));
      assert.deepEqual(JSON.parse(reply.content[0]?.text ?? ''), reply.structuredContent);
    }
  });
}

test('the short forms say what the whole scenario says', () => {
  const { structuredContent } = vram.tool('calculate_inference_vram', kCalls.calculate_inference_vram);
  const { memory } = vram.estimate({
    model: 'meta-llama/Llama-3.1-8B',
    inference: { weight_dtype: 'fp16', batch_size: 4, context_length: 4096 },
    hardware: { gpu: 'rtx-4090' },
  });
  assert.deepEqual(structuredContent.memory, memory);
});

test('images and video frames reach the engine, sound is refused', () => {
  const args = { modelId: 'Qwen/Qwen2.5-VL-7B-Instruct', imageResolution: 448, sequenceLength: 65536 };
  const asked = (/** @type {object} */ more) => /** @type {any} */ (vram.tool('calculate_multimodal_vram', { ...args, ...more }).structuredContent).scenario.inference;
  assert.equal(asked({ modalityType: 'text-image', numImages: 8 }).images, 8);
  assert.equal(asked({ modalityType: 'text-image', numImages: 8 }).image_size, 448);
  assert.equal(asked({ modalityType: 'text-video', videoFrameRate: 2, videoLength: 30 }).frames, 60);
  assert.equal(vram.tool('calculate_multimodal_vram', { ...args, modalityType: 'all' }).structuredContent.issues[0]?.code, 'not_computed');
});

test('a tuned run fits, and what matters decides', () => {
  const tuned = (/** @type {string} */ priority) => /** @type {any} */ (vram.tool('auto_tune_config', { ...kCalls.auto_tune_config, priority }).structuredContent);
  for (const priority of ['quality', 'speed', 'memory', 'balanced']) {
    assert.ok(tuned(priority).found, priority);
    assert.equal(tuned(priority).result.memory.fits, true, priority);
  }
  assert.equal(tuned('quality').scenario.training.method, 'lora');
  assert.ok(tuned('memory').result.memory.total_bytes <= tuned('speed').result.memory.total_bytes);
  assert.ok(tuned('speed').result.speed.tokens_per_second >= tuned('balanced').result.speed.tokens_per_second);
});

test('every plan fits when it is laid over the scenario', () => {
  const scenario = { model: 'meta-llama/Llama-3.1-8B', task: 'pretraining', training: { micro_batch_size: 32 }, hardware: { gpu: 'h100-sxm5-80gb' } };
  // @ts-expect-error a literal's strings are wider than the type
  const { plans = [] } = vram.plan({ scenario, gpus: 8 });
  assert.ok(plans.length >= 2);
  for (const { changes, ...row } of plans) {
    const merged = /** @type {any} */ (structuredClone(scenario));
    for (const [group, fields] of Object.entries(/** @type {any} */ (changes))) merged[group] = { ...merged[group], ...fields };
    const { memory, speed } = vram.estimate(merged);
    assert.equal(memory?.fits, true);
    assert.equal(memory?.total_bytes, row.total_bytes);
    assert.equal(speed?.tokens_per_second, row.tokens_per_second);
    const { micro_batch_size: micro = 32, gradient_accumulation_steps: steps = 1 } = merged.training;
    assert.equal(micro * steps * (merged.parallelism?.data_parallel_size ?? 1), 32);
  }
});

test('what a tool lacks it asks for', () => {
  for (const [name, args, field] of /** @type {const} */ ([
    ['calculate_advanced_finetuning_vram', { modelType: 'nlp' }, 'modelSize'],
    ['calculate_inference_vram', {}, 'modelId'],
    ['analyze_cost', { hours: 3 }, 'gpu'],
    ['estimate', {}, 'scenario'],
  ])) {
    const reply = vram.tool(name, args);
    assert.equal(reply.isError, true);
    assert.ok(reply.structuredContent.issues.some((issue) => issue.code === 'missing_field' && issue.field === field));
  }
  assert.equal(vram.tool('paint_gpu', {}).structuredContent.issues[0]?.code, 'unknown_tool');
});

test('sentences come in the language asked for', () => {
  const { structuredContent } = vram.tool(kPublished[0].name, { ...kPublished[0].arguments, language: 'zh' });
  assert.match(/** @type {any} */ (structuredContent).documented.why, /公式/);
  for (const issue of structuredContent.issues) assert.match(issue.message, /[\u4e00-\u9fff]/);
});

test('results of other doors follow the schema too', () => {
  for (const scenario of [
    { model: 'meta-llama/Llama-3.1-8B', task: 'finetuning', training: { epochs: 1, dataset_tokens: 1e8 }, hardware: { gpu: 'a100-sxm4-80gb', gpus: 2 } },
    { model: 'torchvision/resnet50', task: 'finetuning', method: 'documented' },
    { model: 'nobody/nothing' },
  ]) {
    // @ts-expect-error a literal's strings are wider than the type
    assert.deepEqual(checkResult(vram.estimate(scenario)), []);
  }
});
