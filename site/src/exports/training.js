// Files of training tools: DeepSpeed, Accelerate, LLaMA-Factory, axolotl, Megatron, torchrun. Pure.
// SPDX-License-Identifier: MIT
/** @import { Json } from '../types.js' */
/** @import { Exported, Parts } from './common.js' */
import { commandLine, isAdapter, isRecomputed, nodesOf, targetsOf, TRAINER_OPTIMIZER, yamlText } from './common.js';

/** @param {Parts} parts */
const micro = ({ training }) => Number(training['micro_batch_size'] ?? 1);
/** @param {Parts} parts */
const steps = ({ training }) => Number(training['gradient_accumulation_steps'] ?? 1);
/** @param {Parts} parts */
const rate = ({ training }) => Number(training['learning_rate'] ?? 2e-5);
/** What keeps a run steady, under the names of the Transformers trainer. @param {Parts} parts */
const steady = ({ training }) => ({
  weight_decay: Number(training['weight_decay'] ?? 0.01),
  warmup_steps: Number(training['warmup_steps'] ?? 100),
  max_grad_norm: Number(training['max_grad_norm'] ?? 1),
});
/** @param {Parts} parts */
const length = ({ training }) => Number(training['sequence_length'] ?? 2048);
/** The precision of computing: mixed, or that of the weights. @param {Parts} parts */
const compute = ({ training }) =>
  training['mixed_precision'] && training['mixed_precision'] !== 'none'
    ? String(training['mixed_precision'])
    : String(training['weight_dtype'] ?? 'bf16');

/** @param {Parts} parts */
function splitNotes({ tensor, pipeline, context, expert }) {
  return tensor > 1 || pipeline > 1 || context > 1 || expert > 1 ? ['model_parallel'] : [];
}

const DEEPSPEED_OPTIMIZER = Object.freeze(
  /** @type {Record<string, string>} */ ({ adamw: 'AdamW', adam: 'Adam', lion: 'Lion', muon: 'Muon', sgd: 'SGD' }),
);

/** @param {Parts} parts @returns {Exported} */
export function deepspeed(parts) {
  const precision = compute(parts);
  const name = String(parts.training['optimizer'] ?? 'adamw');
  const optimizer = DEEPSPEED_OPTIMIZER[name];
  const moved = { device: 'cpu', pin_memory: true };
  /** @type {{ [key: string]: Json }} */
  const zero = { stage: parts.zero };
  if (parts.zero > 0)
    Object.assign(zero, {
      overlap_comm: parts.parallelism['overlap_communication'] !== false,
      contiguous_gradients: true,
    });
  if (parts.offload !== 'none') zero['offload_optimizer'] = moved;
  if (parts.offload === 'parameters') zero['offload_param'] = moved;
  /** @type {{ [key: string]: Json }} */
  const config = {
    train_batch_size: micro(parts) * steps(parts) * parts.data,
    train_micro_batch_size_per_gpu: micro(parts),
    gradient_accumulation_steps: steps(parts),
    gradient_clipping: steady(parts).max_grad_norm,
    zero_optimization: zero,
    bf16: { enabled: precision === 'bf16' },
    fp16: { enabled: precision === 'fp16' },
    ...(optimizer && {
      optimizer: { type: optimizer, params: { lr: rate(parts), weight_decay: steady(parts).weight_decay } },
    }),
  };
  const notes = splitNotes(parts);
  if (!optimizer) notes.push('optimizer_in_script');
  if (precision === 'fp8') notes.push('fp8');
  return { text: `${JSON.stringify(config, null, 2)}\n`, notes };
}

/** FSDP where states are split over cards, DeepSpeed for ZeRO-1, else plain data parallel. @param {Parts} parts @returns {Exported} */
export function accelerate(parts) {
  const { nodes } = nodesOf(parts.gpus);
  const notes = splitNotes(parts);
  const kind = parts.gpus === 1 ? 'NO' : parts.zero >= 2 ? 'FSDP' : parts.zero === 1 ? 'DEEPSPEED' : 'MULTI_GPU';
  const precision = compute(parts);
  if (kind === 'NO' && (parts.zero > 0 || parts.offload !== 'none')) notes.push('single_gpu');
  return {
    text: yamlText({
      compute_environment: 'LOCAL_MACHINE',
      debug: false,
      distributed_type: kind,
      downcast_bf16: 'no',
      machine_rank: 0,
      main_training_function: 'main',
      mixed_precision: precision === 'fp32' ? 'no' : precision,
      num_machines: nodes,
      num_processes: parts.gpus,
      ...(kind === 'FSDP' && {
        fsdp_config: {
          fsdp_version: 2,
          fsdp_auto_wrap_policy: 'TRANSFORMER_BASED_WRAP',
          fsdp_reshard_after_forward: parts.zero === 3,
          fsdp_offload_params: parts.offload !== 'none',
          fsdp_activation_checkpointing: isRecomputed(parts),
          fsdp_cpu_ram_efficient_loading: true,
          fsdp_state_dict_type: 'SHARDED_STATE_DICT',
        },
      }),
      ...(kind === 'DEEPSPEED' && {
        deepspeed_config: {
          zero_stage: 1,
          gradient_accumulation_steps: steps(parts),
          offload_optimizer_device: parts.offload === 'none' ? 'none' : 'cpu',
          offload_param_device: 'none',
          zero3_init_flag: false,
        },
      }),
    }),
    notes,
  };
}

const FACTORY_STAGE = Object.freeze(
  /** @type {Record<string, string>} */ ({
    pretraining: 'pt',
    sft: 'sft',
    reward: 'rm',
    ppo: 'ppo',
    dpo: 'dpo',
    ipo: 'dpo',
    orpo: 'dpo',
    simpo: 'dpo',
    kto: 'kto',
  }),
);
const FACTORY_LOSS = Object.freeze(
  /** @type {Record<string, string>} */ ({ ipo: 'ipo', orpo: 'orpo', simpo: 'simpo', dpo: 'sigmoid' }),
);
const ATTENTION = Object.freeze(
  /** @type {Record<string, string>} */ ({ flash: 'fa2', sdpa: 'sdpa', eager: 'disabled' }),
);

/** @param {Parts} parts @returns {Exported} */
export function llamaFactory(parts) {
  const { training } = parts;
  const stage = parts.task === 'pretraining' ? 'pretraining' : String(training['stage'] ?? 'sft');
  const method = parts.task === 'pretraining' ? 'full' : String(training['method'] ?? 'full');
  const optimizer = TRAINER_OPTIMIZER[String(training['optimizer'] ?? 'adamw')];
  const notes = splitNotes(parts);
  if (!FACTORY_STAGE[stage]) notes.push('stage');
  if (!optimizer) notes.push('optimizer_in_script');
  if (method === 'prefix' || method === 'adalora') notes.push('method');
  const precision = compute(parts);
  return {
    text: yamlText({
      model_name_or_path: parts.model,
      stage: FACTORY_STAGE[stage] ?? 'sft',
      do_train: true,
      finetuning_type: isAdapter(parts) ? 'lora' : method === 'freeze' ? 'freeze' : 'full',
      ...(isAdapter(parts) && {
        lora_rank: Number(training['lora_rank'] ?? 16),
        lora_alpha: Number(training['lora_alpha'] ?? 32),
        lora_dropout: Number(training['lora_dropout'] ?? 0),
        lora_target: targetsOf(parts).join(','),
        use_dora: method === 'dora' ? true : undefined,
      }),
      ...(method === 'qlora' && {
        quantization_bit: training['quantization'] === 'int8' ? 8 : 4,
        quantization_method: 'bnb',
        double_quantization: training['quantization'] === 'nf4-dq',
      }),
      pref_loss: FACTORY_LOSS[stage],
      cutoff_len: length(parts),
      per_device_train_batch_size: micro(parts),
      gradient_accumulation_steps: steps(parts),
      learning_rate: rate(parts),
      ...steady(parts),
      optim: optimizer,
      bf16: precision === 'bf16',
      fp16: precision === 'fp16',
      flash_attn: ATTENTION[String(training['attention'] ?? 'flash')],
      disable_gradient_checkpointing: !isRecomputed(parts),
      enable_liger_kernel: training['framework'] === 'liger' ? true : undefined,
      deepspeed: parts.zero > 0 ? 'deepspeed.json' : undefined,
      dataset: 'your_dataset',
      template: 'default',
      output_dir: 'output',
    }),
    notes,
  };
}

/** @param {Parts} parts @returns {Exported} */
export function axolotl(parts) {
  const { training } = parts;
  const method = parts.task === 'pretraining' ? 'full' : String(training['method'] ?? 'full');
  const stage = parts.task === 'pretraining' ? 'pretraining' : String(training['stage'] ?? 'sft');
  const notes = splitNotes(parts);
  const optimizer = TRAINER_OPTIMIZER[String(training['optimizer'] ?? 'adamw')];
  if (!optimizer) notes.push('optimizer_in_script');
  if (method === 'prefix' || method === 'adalora' || method === 'freeze') notes.push('method');
  const reinforcement = ['dpo', 'ipo', 'orpo', 'simpo', 'kto', 'grpo'].includes(stage) ? stage : undefined;
  if (!reinforcement && !['sft', 'pretraining', 'reward'].includes(stage)) notes.push('stage');
  const precision = compute(parts);
  const attention = String(training['attention'] ?? 'flash');
  return {
    text:
      yamlText({
        base_model: parts.model,
        ...(isAdapter(parts) && {
          adapter: method === 'qlora' ? 'qlora' : 'lora',
          load_in_4bit: method === 'qlora' && training['quantization'] !== 'int8',
          load_in_8bit: method === 'qlora' && training['quantization'] === 'int8',
          lora_r: Number(training['lora_rank'] ?? 16),
          lora_alpha: Number(training['lora_alpha'] ?? 32),
          lora_dropout: Number(training['lora_dropout'] ?? 0),
          lora_target_modules: targetsOf(parts),
          peft_use_dora: method === 'dora' ? true : undefined,
        }),
        rl: reinforcement,
        reward_model: stage === 'reward' ? true : undefined,
        sequence_len: length(parts),
        micro_batch_size: micro(parts),
        gradient_accumulation_steps: steps(parts),
        num_epochs: 1,
        optimizer,
        learning_rate: rate(parts),
        ...steady(parts),
        lr_scheduler: 'cosine',
        bf16: precision === 'bf16',
        fp16: precision === 'fp16',
        flash_attention: attention === 'flash',
        sdp_attention: attention === 'sdpa' ? true : undefined,
        eager_attention: attention === 'eager' ? true : undefined,
        gradient_checkpointing: isRecomputed(parts),
        deepspeed: parts.zero > 0 ? 'deepspeed.json' : undefined,
        output_dir: './output',
      }) + 'datasets:\n  - path: your_dataset\n    type: chat_template\n',
    notes,
  };
}

/** @param {Parts} parts @returns {Exported} */
export function megatron(parts) {
  const { training, dimensions } = parts;
  const size = (/** @type {string} */ name) => {
    const value = dimensions[name];
    return typeof value === 'number' && value > 0 ? value : undefined;
  };
  const heads = size('num_attention_heads');
  const groups = size('num_key_value_heads');
  /** @type {[string, (string | number)?][]} */
  const options = [];
  for (const [flag, value] of /** @type {[string, number | undefined][]} */ ([
    ['--num-layers', size('num_hidden_layers')],
    ['--hidden-size', size('hidden_size')],
    ['--ffn-hidden-size', size('intermediate_size')],
    ['--num-attention-heads', heads],
  ])) {
    if (value !== undefined) options.push([flag, value]);
  }
  if (heads && groups && groups < heads) options.push(['--group-query-attention'], ['--num-query-groups', groups]);
  options.push(
    ['--seq-length', length(parts)],
    ['--max-position-embeddings', length(parts)],
    ['--micro-batch-size', micro(parts)],
    ['--global-batch-size', micro(parts) * steps(parts) * parts.data],
    ['--lr', rate(parts)],
    ['--lr-warmup-iters', steady(parts).warmup_steps],
    ['--weight-decay', steady(parts).weight_decay],
    ['--clip-grad', steady(parts).max_grad_norm],
    ['--tensor-model-parallel-size', parts.tensor],
    ['--pipeline-model-parallel-size', parts.pipeline],
  );
  if (parts.context > 1) options.push(['--context-parallel-size', parts.context]);
  if (parts.expert > 1) options.push(['--expert-model-parallel-size', parts.expert]);
  if (parts.parallelism['sequence_parallel'] === true) options.push(['--sequence-parallel']);
  if (parts.zero > 0) options.push(['--use-distributed-optimizer']);
  if (parts.zero > 0 && parts.parallelism['overlap_communication'] !== false) options.push(['--overlap-grad-reduce']);
  const precision = compute(parts);
  if (precision === 'bf16' || precision === 'fp16') options.push([`--${precision}`]);
  if (precision === 'fp8') options.push(['--bf16'], ['--fp8-format', 'hybrid']);
  const again = String(training['activation_checkpointing'] ?? 'none');
  if (again === 'selective') options.push(['--recompute-activations']);
  else if (again !== 'none')
    options.push(['--recompute-granularity', 'full'], ['--recompute-method', 'uniform'], ['--recompute-num-layers', 1]);
  if (String(training['attention'] ?? 'flash') === 'flash') options.push(['--attention-backend', 'flash']);
  const notes = isAdapter(parts) ? ['method'] : [];
  if (parts.zero > 1) notes.push('megatron_zero');
  const { nodes, each } = nodesOf(parts.gpus);
  return {
    text: commandLine(`torchrun --nnodes ${nodes} --nproc-per-node ${each} pretrain_gpt.py`, options),
    notes,
  };
}

/** @param {Parts} parts @returns {Exported} */
export function torchrun(parts) {
  const { nodes, each } = nodesOf(parts.gpus);
  /** @type {[string, (string | number)?][]} */
  const options =
    nodes === 1
      ? [['--standalone']]
      : [
          ['--nnodes', nodes],
          ['--rdzv-backend', 'c10d'],
          ['--rdzv-endpoint', 'first-node:29500'],
        ];
  return { text: commandLine('torchrun', [...options, ['--nproc-per-node', each], ['train.py']]), notes: [] };
}
