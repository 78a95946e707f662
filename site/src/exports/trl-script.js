// A Python script for TRL and PEFT that runs the scenario. Pure.
// SPDX-License-Identifier: MIT
/** @import { Exported, Parts } from './common.js' */
import { isAdapter, isRecomputed, plainNumber, targetsOf, TORCH_DTYPE, TRAINER_OPTIMIZER } from './common.js';

/** Trainer and its extra settings by stage. */
const TRAINERS = Object.freeze(
  /** @type {Record<string, { name: string, from: string, extra?: string }>} */ ({
    sft: { name: 'SFT', from: 'trl' },
    pretraining: { name: 'SFT', from: 'trl' },
    dpo: { name: 'DPO', from: 'trl' },
    ipo: { name: 'DPO', from: 'trl', extra: 'loss_type="ipo"' },
    reward: { name: 'Reward', from: 'trl' },
    grpo: { name: 'GRPO', from: 'trl' },
    rloo: { name: 'RLOO', from: 'trl' },
    kto: { name: 'KTO', from: 'trl.experimental.kto' },
    orpo: { name: 'ORPO', from: 'trl.experimental.orpo' },
    cpo: { name: 'CPO', from: 'trl.experimental.cpo' },
    simpo: { name: 'CPO', from: 'trl.experimental.cpo', extra: 'loss_type="simpo"' },
  }),
);
const ATTENTION = Object.freeze(
  /** @type {Record<string, string>} */ ({ flash: 'flash_attention_2', sdpa: 'sdpa', eager: 'eager' }),
);

/** Stages whose reference may score the data set beforehand. */
const SCORED_STAGES = Object.freeze(['dpo', 'ipo', 'kto']);

/** How GRPO and RLOO make replies. @param {Parts['training']} training @returns {string[]} */
function rollout(training) {
  const beta = training['beta'] === undefined ? [] : [`beta=${plainNumber(Number(training['beta']))}`];
  const kind = training['rollout'] ?? 'colocated';
  if (kind === 'generate') return beta;
  if (kind === 'separate') return [...beta, 'use_vllm=True', 'vllm_mode="server"'];
  return [
    ...beta,
    'use_vllm=True',
    'vllm_mode="colocate"',
    `vllm_gpu_memory_utilization=${Number(training['rollout_memory_utilization'] ?? 0.3)}`,
    `vllm_tensor_parallel_size=${Number(training['rollout_tensor_parallel_size'] ?? 1)}`,
    ...(training['rollout_sleep'] ? ['vllm_enable_sleep_mode=True'] : []),
  ];
}

/** @param {Parts} parts @returns {Exported} */
export function trlScript(parts) {
  const { training } = parts;
  const stage = parts.task === 'pretraining' ? 'pretraining' : String(training['stage'] ?? 'sft');
  const trainer = TRAINERS[stage] ?? { name: 'SFT', from: 'trl' };
  const method = parts.task === 'pretraining' ? 'full' : String(training['method'] ?? 'full');
  const optimizer = TRAINER_OPTIMIZER[String(training['optimizer'] ?? 'adamw')];
  const mixed = String(training['mixed_precision'] ?? 'none');
  const dtype = TORCH_DTYPE[String(training['weight_dtype'] ?? 'bf16')] ?? 'bfloat16';
  /** @type {string[]} */
  const notes = [];
  if (!TRAINERS[stage]) notes.push('stage');
  if (!optimizer) notes.push('optimizer_in_script');
  if (method === 'prefix' || method === 'adalora' || method === 'freeze') notes.push('method');
  const isInGroups = stage === 'grpo' || stage === 'rloo';
  const limit = isInGroups
    ? `max_completion_length=${Math.max(1, Number(training['sequence_length'] ?? 2048) - Number(training['prompt_length'] ?? 512))}`
    : `max_length=${Number(training['sequence_length'] ?? 2048)}`;
  const settings = [
    'output_dir="output"',
    `per_device_train_batch_size=${Number(training['micro_batch_size'] ?? 1)}`,
    `gradient_accumulation_steps=${Number(training['gradient_accumulation_steps'] ?? 1)}`,
    `learning_rate=${plainNumber(Number(training['learning_rate'] ?? 2e-5))}`,
    `weight_decay=${plainNumber(Number(training['weight_decay'] ?? 0.01))}`,
    `warmup_steps=${Number(training['warmup_steps'] ?? 100)}`,
    `max_grad_norm=${plainNumber(Number(training['max_grad_norm'] ?? 1))}`,
    limit,
    ...(optimizer ? [`optim="${optimizer}"`] : []),
    `bf16=${mixed === 'bf16' ? 'True' : 'False'}`,
    `fp16=${mixed === 'fp16' ? 'True' : 'False'}`,
    `gradient_checkpointing=${isRecomputed(parts) ? 'True' : 'False'}`,
    ...(training['framework'] === 'liger' ? ['use_liger_kernel=True'] : []),
    ...(isInGroups ? [`num_generations=${Number(training['group_size'] ?? 8)}`, ...rollout(training)] : []),
    ...(training['precompute_ref_log_probs'] && SCORED_STAGES.includes(stage) ? ['precompute_ref_log_probs=True'] : []),
    ...(trainer.extra ? [trainer.extra] : []),
    ...(parts.zero > 0 ? ['deepspeed="deepspeed.json"'] : []),
  ];
  const isQuantized = method === 'qlora';
  const imports = [
    'import torch',
    'from datasets import load_dataset',
    ...(isAdapter(parts) ? ['from peft import LoraConfig'] : []),
    `from transformers import ${stage === 'reward' ? 'AutoModelForSequenceClassification' : 'AutoModelForCausalLM'}, AutoTokenizer${isQuantized ? ', BitsAndBytesConfig' : ''}`,
    `from ${trainer.from} import ${trainer.name}Config, ${trainer.name}Trainer`,
  ];
  const lines = [
    ...imports,
    '',
    `model_name = ${JSON.stringify(parts.model)}`,
    'dataset = load_dataset("your_dataset", split="train")',
    'tokenizer = AutoTokenizer.from_pretrained(model_name)',
    `model = ${stage === 'reward' ? 'AutoModelForSequenceClassification' : 'AutoModelForCausalLM'}.from_pretrained(`,
    '    model_name,',
    ...(stage === 'reward' ? ['    num_labels=1,'] : []),
    `    dtype=torch.${dtype},`,
    `    attn_implementation="${ATTENTION[String(training['attention'] ?? 'flash')] ?? 'sdpa'}",`,
    ...(isQuantized ? quantization(String(training['quantization'] ?? 'nf4-dq')) : []),
    ')',
    ...(isInGroups
      ? [
          '',
          '',
          'def reward(completions, **kwargs):',
          '    return [float(len(completion)) for completion in completions]',
          '',
          '',
        ]
      : []),
    `trainer = ${trainer.name}Trainer(`,
    '    model=model,',
    `    args=${trainer.name}Config(`,
    ...settings.map((setting) => `        ${setting},`),
    '    ),',
    '    train_dataset=dataset,',
    '    processing_class=tokenizer,',
    ...(isInGroups ? ['    reward_funcs=reward,'] : []),
    ...(isAdapter(parts) ? adapter(parts, method) : []),
    ')',
    'trainer.train()',
  ];
  return { text: `${lines.join('\n')}\n`, notes };
}

/** @param {string} format */
function quantization(format) {
  if (format === 'int8') return ['    quantization_config=BitsAndBytesConfig(load_in_8bit=True),'];
  return [
    '    quantization_config=BitsAndBytesConfig(',
    '        load_in_4bit=True,',
    '        bnb_4bit_quant_type="nf4",',
    `        bnb_4bit_use_double_quant=${format === 'nf4-dq' ? 'True' : 'False'},`,
    '        bnb_4bit_compute_dtype=torch.bfloat16,',
    '    ),',
  ];
}

/** @param {Parts} parts @param {string} method */
function adapter(parts, method) {
  const { training } = parts;
  return [
    '    peft_config=LoraConfig(',
    `        r=${Number(training['lora_rank'] ?? 16)},`,
    `        lora_alpha=${Number(training['lora_alpha'] ?? 32)},`,
    `        lora_dropout=${Number(training['lora_dropout'] ?? 0)},`,
    `        target_modules=${JSON.stringify(targetsOf(parts))},`,
    ...(method === 'dora' ? ['        use_dora=True,'] : []),
    '        task_type="CAUSAL_LM",',
    '    ),',
  ];
}
