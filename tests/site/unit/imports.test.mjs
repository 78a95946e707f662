// Files of other tools read back: what has a place gets it, what has none is named.
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importText } from '../../../site/src/imports/index.js';
import { shellWords } from '../../../site/src/imports/vllm.js';
import { readYaml } from '../../../site/src/imports/yaml.js';

test('a vLLM command line', () => {
  const { kind, values, ignored } =
    importText(`CUDA_VISIBLE_DEVICES=0,1 vllm serve 'Qwen/Qwen2.5-7B' --max-model-len=32K \\
    --tensor_parallel_size 2 -pp 1 --dtype bfloat16 --enforce-eager --port 8000 --gpu-memory-utilization 0.85 \\
    --kv-cache-dtype fp8 --swap-space 4 --quantization nonsense`);
  assert.equal(kind, 'vllm');
  assert.deepEqual(values, {
    task: 'inference',
    'inference.engine': 'vllm',
    model: 'Qwen/Qwen2.5-7B',
    'inference.context_length': 32768,
    'parallelism.tensor_parallel_size': 2,
    'parallelism.pipeline_parallel_size': 1,
    'inference.weight_dtype': 'bf16',
    'inference.enforce_eager': true,
    'inference.gpu_memory_utilization': 0.85,
    'inference.kv_cache_dtype': 'fp8',
    'hardware.gpus': 2,
  });
  assert.deepEqual(ignored, ['--swap-space', '--quantization nonsense']);
  assert.equal(importText('python -m vllm.entrypoints.openai.api_server --model a/b').values.model, 'a/b');
  assert.equal(importText('vllm serve a/b --max-model-len 32k').values['inference.context_length'], 32000);
  assert.deepEqual(importText('vllm serve a/b --__proto__ x --constructor').ignored.length, 2);
});

test('words of a shell line', () => {
  assert.deepEqual(shellWords(String.raw`a 'b c' "d \"e\"" f\ g h"i"'j'`), ['a', 'b c', 'd "e"', 'f g', 'hij']);
});

test('a DeepSpeed configuration', () => {
  const { kind, values, ignored } = importText(
    JSON.stringify({
      train_micro_batch_size_per_gpu: 4,
      gradient_accumulation_steps: 'auto',
      bf16: { enabled: true },
      fp16: { enabled: false },
      zero_optimization: {
        stage: 3,
        overlap_comm: false,
        offload_optimizer: { device: 'cpu' },
        offload_param: { device: 'none' },
      },
      optimizer: { type: 'AdamW', params: { lr: 1e-4, weight_decay: 0.1 } },
      gradient_clipping: 0.5,
      sparse_attention: {},
    }),
  );
  assert.equal(kind, 'deepspeed');
  assert.deepEqual(values, {
    'training.micro_batch_size': 4,
    'parallelism.zero_stage': 3,
    'parallelism.overlap_communication': false,
    'parallelism.offload': 'optimizer',
    'training.mixed_precision': 'bf16',
    'training.optimizer': 'adamw',
    'training.learning_rate': 1e-4,
    'training.weight_decay': 0.1,
    'training.max_grad_norm': 0.5,
  });
  assert.deepEqual(ignored, ['sparse_attention']);
});

test('an Accelerate configuration', () => {
  const { kind, values, ignored } = importText(`compute_environment: LOCAL_MACHINE
distributed_type: FSDP   # sharded
fsdp_config:
  fsdp_version: 2
  fsdp_reshard_after_forward: false
  fsdp_offload_params: true
  fsdp_activation_checkpointing: true
mixed_precision: 'bf16'
num_processes: 8
megatron_lm_config: {}
`);
  assert.equal(kind, 'accelerate');
  assert.deepEqual(values, {
    'hardware.gpus': 8,
    'training.mixed_precision': 'bf16',
    'parallelism.zero_stage': 2,
    'parallelism.offload': 'parameters',
    'training.activation_checkpointing': 'full',
  });
  assert.deepEqual(ignored, ['megatron_lm_config']);
  const deepspeed = importText(
    'distributed_type: DEEPSPEED\ndeepspeed_config:\n  zero_stage: 3\n  offload_param_device: cpu\nnum_processes: 2\n',
  );
  assert.equal(deepspeed.values['parallelism.zero_stage'], 3);
  assert.equal(deepspeed.values['parallelism.offload'], 'parameters');
});

test('a scenario as it was exported', () => {
  const scenario = { model: 'a/b', task: 'inference', inference: { batch_size: 2 } };
  assert.deepEqual(importText(JSON.stringify(scenario)), { kind: 'scenario', values: scenario, ignored: [] });
});

test('anything else is refused', () => {
  const huge = `{"a":"${'x'.repeat(600_000)}"}`;
  for (const text of [
    '',
    'hello',
    '{',
    '[]',
    '{"a":1}',
    'a: b',
    'a:\n- b\n  c',
    'distributed_type',
    '{"model":null,"task":1}',
    huge,
  ])
    assert.equal(importText(text), null, text.slice(0, 20));
});

test('yaml of configuration files', () => {
  const read = readYaml('a: 1\nb:\n  c: "x # y"\n  d:\n    e: 2e-5\nf:\n- g\n- 3\nh: no # plain\n__proto__: x\n');
  assert.equal(read.a, 1);
  assert.equal(read.b.d.e, 2e-5);
  assert.deepEqual(read.f, ['g', 3]);
  assert.equal(read.h, 'no');
  assert.equal({}.x, undefined);
});
