// Scenarios to start from: what people most often ask. Values by field path, as in a link.
// SPDX-License-Identifier: MIT
/** @import { Values } from './types.js' */

/** `tab`: the calculator it is for; left out, that of language models. @typedef {{ id: string, values: Values, tab?: string }} Preset */

/** @param {string} model @param {string} gpu @param {Values} [more] @returns {Values} */
const serve = (model, gpu, more = {}) => ({ task: 'inference', model, 'hardware.gpu': gpu, ...more });
/** @param {string} model @param {string} gpu @param {string} method @param {Values} [more] @returns {Values} */
const tune = (model, gpu, method, more = {}) => ({
  task: 'finetuning',
  model,
  'hardware.gpu': gpu,
  'training.method': method,
  ...more,
});

/** @type {readonly Preset[]} each id has a name (`preset.<id>`) */
export const PRESETS = Object.freeze([
  { id: 'chat_8b_24gb', values: serve('meta-llama/Llama-3.1-8B', 'rtx-4090', { 'inference.context_length': 8192 }) },
  {
    id: 'chat_8b_8gb',
    values: serve('Qwen/Qwen3-8B', 'rtx-4060', {
      'inference.engine': 'llama_cpp',
      'inference.quantization': 'q4_k_m',
      'inference.context_length': 4096,
    }),
  },
  {
    id: 'chat_14b_16gb',
    values: serve('Qwen/Qwen3-14B', 'rtx-4080', {
      'inference.engine': 'llama_cpp',
      'inference.quantization': 'q4_k_m',
      'inference.context_length': 8192,
    }),
  },
  {
    id: 'chat_32b_24gb',
    values: serve('Qwen/Qwen3-32B', 'rtx-3090', {
      'inference.engine': 'llama_cpp',
      'inference.quantization': 'q4_k_m',
      'inference.context_length': 4096,
    }),
  },
  {
    id: 'chat_70b_48gb',
    values: serve('meta-llama/Llama-3.3-70B-Instruct', 'rtx-3090', {
      'hardware.gpus': 2,
      'inference.quantization': 'awq',
      'inference.context_length': 4096,
    }),
  },
  {
    id: 'serve_8b_many',
    values: serve('meta-llama/Llama-3.1-8B', 'l40s', { 'inference.batch_size': 16, 'inference.context_length': 8192 }),
  },
  {
    id: 'serve_70b_fp8',
    values: serve('meta-llama/Llama-3.1-70B', 'h100-sxm5-80gb', {
      'hardware.gpus': 2,
      'inference.quantization': 'fp8',
      'inference.batch_size': 8,
    }),
  },
  {
    id: 'serve_405b',
    values: serve('meta-llama/Llama-3.1-405B', 'h100-sxm5-80gb', {
      'hardware.gpus': 8,
      'inference.quantization': 'fp8',
    }),
  },
  {
    id: 'serve_deepseek_v3',
    values: serve('deepseek-ai/DeepSeek-V3', 'h200-sxm-141gb', { 'hardware.gpus': 8, 'inference.quantization': 'fp8' }),
  },
  {
    id: 'serve_gpt_oss_20b',
    values: serve('openai/gpt-oss-20b', 'rtx-4080', {
      'inference.engine': 'llama_cpp', // vLLM pads the experts to 13.7 GiB
      'inference.quantization': 'mxfp4',
      'inference.context_length': 8192,
    }),
  },
  {
    id: 'serve_gpt_oss_120b',
    values: serve('openai/gpt-oss-120b', 'h100-sxm5-80gb', { 'inference.quantization': 'mxfp4' }),
  },
  { id: 'serve_moe_30b', values: serve('Qwen/Qwen3-30B-A3B', 'a100-sxm4-80gb', { 'inference.batch_size': 4 }) },
  {
    id: 'long_context_128k',
    values: serve('meta-llama/Llama-3.1-8B', 'a100-sxm4-80gb', { 'inference.context_length': 131072 }),
  },
  {
    id: 'small_on_t4',
    values: serve('Qwen/Qwen2.5-3B', 't4', { 'inference.weight_dtype': 'fp16', 'inference.context_length': 4096 }),
  },
  {
    id: 'lora_8b_24gb',
    values: tune('meta-llama/Llama-3.1-8B', 'rtx-4090', 'lora', { 'training.micro_batch_size': 1 }),
  },
  {
    id: 'qlora_8b_12gb',
    values: tune('meta-llama/Llama-3.1-8B', 'rtx-3060-12gb', 'qlora', {
      'training.micro_batch_size': 1,
      'training.sequence_length': 1024,
      'training.optimizer': 'paged_adamw_8bit',
    }),
  },
  {
    id: 'qlora_70b_48gb',
    values: tune('meta-llama/Llama-3.1-70B', 'rtx-a6000', 'qlora', {
      'training.micro_batch_size': 1,
      'training.sequence_length': 1024,
      'training.optimizer': 'paged_adamw_8bit',
    }),
  },
  {
    id: 'lora_32b_80gb',
    values: tune('Qwen/Qwen2.5-32B', 'a100-sxm4-80gb', 'lora', { 'training.micro_batch_size': 1 }),
  },
  {
    id: 'full_1b_24gb',
    values: tune('meta-llama/Llama-3.2-1B', 'rtx-4090', 'full', {
      'training.micro_batch_size': 1,
      'training.sequence_length': 1024,
      'training.optimizer': 'adamw_8bit',
    }),
  },
  {
    id: 'full_8b_8gpu',
    values: tune('meta-llama/Llama-3.1-8B', 'h100-sxm5-80gb', 'full', {
      'hardware.gpus': 8,
      'parallelism.zero_stage': 3,
      'training.micro_batch_size': 1,
      'training.sequence_length': 4096,
    }),
  },
  {
    id: 'full_70b_64gpu',
    values: tune('meta-llama/Llama-3.1-70B', 'h100-sxm5-80gb', 'full', {
      'hardware.gpus': 64,
      'training.weight_dtype': 'bf16',
      'parallelism.zero_stage': 3,
      'training.micro_batch_size': 1,
      'training.sequence_length': 4096,
    }),
  },
  {
    id: 'dpo_8b_80gb',
    values: tune('meta-llama/Llama-3.1-8B', 'a100-sxm4-80gb', 'lora', {
      'training.stage': 'dpo',
      'training.micro_batch_size': 1,
    }),
  },
  {
    id: 'grpo_8b_80gb',
    values: tune('meta-llama/Llama-3.1-8B', 'h100-sxm5-80gb', 'lora', {
      'training.stage': 'grpo',
      'training.micro_batch_size': 1,
      'training.gradient_accumulation_steps': 8,
    }),
  },
  {
    id: 'ppo_1b_80gb',
    values: tune('meta-llama/Llama-3.2-1B', 'h100-sxm5-80gb', 'full', {
      'training.stage': 'ppo',
      'training.rollout': 'generate',
      'training.micro_batch_size': 1,
      'training.sequence_length': 1024,
    }),
  },
  {
    id: 'pretrain_125m',
    values: {
      task: 'pretraining',
      model: 'EleutherAI/pythia-160m',
      'hardware.gpu': 'rtx-3090',
      'training.micro_batch_size': 8,
      'training.sequence_length': 1024,
    },
  },
  {
    id: 'pretrain_7b_megatron',
    values: {
      task: 'pretraining',
      model: 'meta-llama/Llama-2-7b-hf',
      'hardware.gpu': 'a100-sxm4-80gb',
      'hardware.gpus': 16,
      'training.framework': 'megatron',
      'parallelism.tensor_parallel_size': 2,
      'parallelism.sequence_parallel': true,
      'parallelism.zero_stage': 1,
      'training.micro_batch_size': 1,
      'training.sequence_length': 4096,
    },
  },
  {
    id: 'image_7b_24gb',
    tab: 'multimodal',
    values: serve('Qwen/Qwen2.5-VL-7B-Instruct', 'rtx-4090', { 'inference.images': 4, 'inference.image_size': 896 }),
  },
  {
    id: 'video_7b_48gb',
    tab: 'multimodal',
    values: serve('Qwen/Qwen2.5-VL-7B-Instruct', 'l40s', {
      'inference.frames': 128,
      'inference.context_length': 32768,
    }),
  },
  {
    id: 'speech_8gb',
    tab: 'multimodal',
    values: serve('openai/whisper-large-v3', 'rtx-4060', { 'inference.context_length': 448 }),
  },
  {
    id: 'lora_vision_48gb',
    tab: 'multimodal',
    values: tune('Qwen/Qwen2.5-VL-7B-Instruct', 'rtx-a6000', 'lora', {
      'training.images': 1,
      'training.micro_batch_size': 1,
    }),
  },
  {
    id: 'resnet50_24gb',
    tab: 'advanced',
    values: tune('torchvision/resnet50', 'rtx-3090', 'full', {
      'training.framework': 'torchvision',
      'training.micro_batch_size': 128,
      'training.optimizer': 'sgd_momentum',
      'training.activation_checkpointing': 'none',
    }),
  },
  {
    id: 'qlora_moe_48gb',
    tab: 'advanced',
    values: tune('Qwen/Qwen3-30B-A3B', 'rtx-a6000', 'qlora', {
      'training.micro_batch_size': 1,
      'training.sequence_length': 1024,
      'training.optimizer': 'paged_adamw_8bit',
    }),
  },
]);
