// Published training measurements as scenarios.
// SPDX-License-Identifier: MIT
import { kGib, kMib } from './rows.mjs';
import { Mapping, check, entryOf } from './map-common.mjs';
import { megatronModel, simumaxModel } from './map-megatron.mjs';
import { mapComponent } from './map-components.mjs';

const kMetrics = {
  peak_allocated_gib: 'allocated',
  peak_active_gib: 'allocated',
  peak_reserved_gib: 'reserved',
  nvidia_smi_gib: 'device',
  peak_unspecified_gib: 'unspecified',
};

// Groups whose models are no single network that a scenario can name.
const kNoModel = {
  detectron2: 'detector: a scenario has no feature pyramid, region heads or variable image size',
  mmdetection: 'detector: a scenario has no feature pyramid, region heads or variable image size',
  mmsegmentation: 'segmentation network: a scenario has no dilated backbone or decode head',
  'peft-imagegen': 'diffusion transformer: not in the inventory',
  'diffusers-amused': 'diffusion U-ViT: not in the inventory',
  cogvideox: 'video diffusion transformer: not in the inventory',
  'efficient-densenet': 'DenseNet-BC (k=12): not in the catalog',
  'colossalai-cnn': 'batch size unknown',
};

const kTargets = {
  'q,v': 'q_proj,v_proj',
  'query,value': 'q_proj,v_proj',
  'query,key,value,projection,mlp,head': 'q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj,lm_head',
  'c_attn,c_proj,w1,w2': 'q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj',
  'c_attn (default)': 'q_proj,k_proj,v_proj',
  'k,q,v,up,down,gate (no o_proj)': 'q_proj,k_proj,v_proj,gate_proj,up_proj,down_proj',
  'q,k,v,o': 'q_proj,k_proj,v_proj,o_proj',
  'all-linear': 'all-linear',
  'all linear': 'all-linear',
  'all linear?': 'all-linear',
  all: 'all-linear',
};

function framework(row) {
  const name = row.framework.toLowerCase();
  if (name.startsWith('litgpt')) return 'litgpt';
  if (name.startsWith('torchtitan') || name.includes('galvatron')) return 'torchtitan';
  if (name.startsWith('megatron') || name.startsWith('nemo')) return 'megatron';
  if (name.includes('unsloth')) return 'unsloth';
  if (name.includes('timm') || name === 'pytorch') return 'torchvision';
  if (name.includes('deepspeed') && ((row.parallelism?.zero_stage ?? 0) > 0 || row.method.startsWith('full'))) return 'deepspeed';
  return 'transformers';
}

function method(row, map) {
  if (row.method.startsWith('qlora')) return 'qlora';
  if (row.method === 'lora') return 'lora';
  if (row.method.startsWith('lora ')) return 'lora';
  if (row.method.startsWith('dora')) return 'dora';
  if (row.method.startsWith('adalora')) return 'adalora';
  if (/^(full|pretrain|train)/.test(row.method)) return 'full';
  map.fail(`method not in a scenario: ${row.method}`);
  return undefined;
}

function precision(row, training, map) {
  const text = row.precision ?? '';
  const adapters = training.method !== 'full';
  if (/fp32 states|fp32 master|float8|amp_bf16|fp16 amp|fp16 mixed/i.test(text) && training.framework !== 'megatron') {
    training.weight_dtype = 'fp32';
    training.mixed_precision = /float8|fp8|MXFP8|NVFP4/i.test(text) ? 'fp8' : /fp16/i.test(text) ? 'fp16' : 'bf16';
  } else if (text === 'fp32') {
    training.weight_dtype = 'fp32';
    training.mixed_precision = 'none';
  } else if (/MXFP8|fp8/i.test(text)) {
    training.weight_dtype = training.framework === 'torchtitan' ? 'fp32' : 'bf16';
    training.mixed_precision = 'fp8';
  } else if (/NVFP4/i.test(text)) {
    map.fail('4-bit training compute (NVFP4 linear): no such precision in a scenario');
  } else if (text === 'bf16 mixed') {
    training.weight_dtype = 'fp32';
    training.mixed_precision = 'bf16';
  } else if (/bf16-true|pure|bf16|fp16/i.test(text)) {
    training.weight_dtype = /^fp16/.test(text) ? 'fp16' : 'bf16';
    training.mixed_precision = training.framework === 'megatron' || training.framework === 'deepspeed' ? training.weight_dtype : 'none';
  } else if (!adapters) {
    map.fail(`precision not understood: ${text}`);
  }
  if (training.method === 'qlora') {
    if (/double-quant/.test(text)) training.quantization = 'nf4-dq';
    else if (/nf4/.test(text)) training.quantization = 'nf4';
    else if (/int4 ?\(?gptq|int4 GPTQ/i.test(text)) training.quantization = 'gptq';
    else if (/int8 \(gptq\)/i.test(text)) training.quantization = 'gptq-int8';
    else if (/int4 \(bnb\)/i.test(text)) training.quantization = 'nf4-dq';
    else if (/int8/i.test(text)) training.quantization = 'int8';
  }
}

function optimizer(row, training, map) {
  const text = (row.optimizer ?? 'AdamW').toLowerCase();
  if (/sgd/.test(text)) training.optimizer = 'sgd_momentum';
  else if (/paged/.test(text)) training.optimizer = 'paged_adamw';
  else if (/8-bit/.test(text)) training.optimizer = 'adamw_8bit';
  else if (/lion/.test(text)) map.fail('optimizer not stated');
  else if (/adam/.test(text)) training.optimizer = 'adamw';
  else map.fail(`optimizer not understood: ${row.optimizer}`);
  if (/fused/.test(text)) training.fused_optimizer = true;
}

function checkpointing(row, training, map) {
  const text = (row.activation_checkpointing ?? '').toLowerCase();
  if (text === '' || text === 'none') training.activation_checkpointing = 'none';
  else if (text.startsWith('full')) training.activation_checkpointing = 'full';
  else if (/^selective( \(op\).*)?$/.test(text)) training.activation_checkpointing = 'selective';
  else if (text.includes('selective')) map.need(training, 'training', 'recompute_modules', text.replace(/^.*?selective:?\s*/, ''));
  else map.fail(`checkpointing not understood: ${row.activation_checkpointing}`);
  if (row.activation_checkpointing == null && row.kind !== 'component') {
    if (row.group === 'torchtitan') training.activation_checkpointing = 'selective'; // the 8B config of that commit
    else map.fail('activation checkpointing not stated');
  }
}

function adapters(row, training, map) {
  if (training.method === 'full') return;
  if (row.lora_rank > 0) training.lora_rank = row.lora_rank;
  else map.fail('adapter rank not stated');
  const targets = kTargets[(row.lora_targets ?? '').toLowerCase()];
  if (targets === undefined) map.fail(`adapter targets not stated or not understood: ${row.lora_targets}`);
  training.lora_target_modules = targets?.split(',');
  if (row.group.startsWith('litgpt') || row.group === 'qwen' || row.group === 'swift-bench') training.lora_dropout = 0.05; // script defaults
  // PEFT before 0.12 gave adapters the dtype of a floating-point base; litgpt's bf16-true casts the whole model.
  training.lora_fp32 = !(row.group.startsWith('litgpt') || (training.method === 'lora' && ['qwen', 'swift-bench', 'swift-tuners'].includes(row.group)));
}

function parallelism(row, map) {
  const p = row.parallelism ?? {};
  if (p.dp == null && (row.n_gpus ?? 1) > 1) map.fail('data-parallel degree unknown');
  const result = {
    data_parallel_size: p.dp ?? 1,
    tensor_parallel_size: p.tp ?? 1,
    pipeline_parallel_size: p.pp ?? 1,
    context_parallel_size: p.cp ?? 1,
    expert_parallel_size: p.ep ?? 1,
    zero_stage: p.zero_stage ?? 0,
    context_parallel_method: p.cp_comm === 'a2a' ? 'ulysses' : 'ring',
    sequence_parallel: p.sequence_parallel ?? (framework(row) === 'torchtitan' && (p.tp ?? 1) > 1),
  };
  if (p.device_map) map.fail('needs knob parallelism: layers of one run split over cards without a pipeline (device_map)');
  const chunks = p.vpp ?? (p.vpp_layers_per_stage ? row.model_config['num-layers'] / (p.pp * p.vpp_layers_per_stage) : 2);
  if (p.vpp || p.vpp_layers_per_stage || p.schedule === 'Interleaved1F1B') map.need(result, 'parallelism', 'virtual_pipeline_size', chunks);
  if (p.etp) map.need(result, 'parallelism', 'expert_tensor_parallel_size', p.etp);
  if (/never/.test(p.reshard_after_forward ?? '')) map.need(result, 'parallelism', 'reshard_after_forward', false);
  if (p.offload) {
    if (/activations/.test(p.offload)) map.fail('offload of activations: no such choice in a scenario');
    else if (/optimizer/.test(p.offload) && /param/.test(p.offload)) result.offload = 'parameters';
    else map.fail(`offload not in a scenario: ${p.offload}`);
  }
  return result;
}

function lossOf(row) {
  const text = String(row.fused_ce ?? '');
  if (/chunked/.test(text)) return 'chunked';
  if (/liger|unsloth/.test(text)) return 'fused';
  return 'eager';
}

function trainingOf(row, map, shards) {
  const training = { framework: framework(row), method: method(row, map), gradient_accumulation_steps: row.grad_accum ?? 1, loss: lossOf(row) };
  precision(row, training, map);
  optimizer(row, training, map);
  checkpointing(row, training, map);
  adapters(row, training, map);
  training.attention = row.flash_attn === false ? 'eager' : row.flash_attn === 'sdpa' ? 'sdpa' : 'flash';
  if (row.micro_batch == null) map.fail('micro-batch size not stated');
  training.micro_batch_size = row.micro_batch;
  if (row.modality === 'image classification') {
    if (Number.isInteger(row.image_size)) training.image_size = row.image_size;
    training.attention = 'sdpa';
  } else if (row.seq_len == null) {
    map.fail('sequence length not stated');
  } else {
    training.sequence_length = row.seq_len;
  }
  if (training.framework === 'torchtitan' && shards.pipeline_parallel_size > 1) {
    // torchtitan splits the local batch into as many micro-batches as there are stages unless told otherwise; before January 2025
    // (pull request 781), as in the tables of 2024-12, into as many as there are ranks, however many stages each has.
    const stages = shards.pipeline_parallel_size * (row.group === 'torchtitan' ? 1 : (shards.virtual_pipeline_size ?? 1));
    training.gradient_accumulation_steps = stages;
    training.micro_batch_size = Math.max(1, Math.round(row.micro_batch / stages));
  }
  if (row.group === 'megatron-golden') {
    if (row.model_config['attention-backend'] === 'unfused') training.attention = 'eager';
    training.dropout = 0.1; // Megatron's defaults
    if (row.model_config['decoder-seq-length']) training.target_length = row.model_config['decoder-seq-length'];
  }
  if (training.framework === 'litgpt') {
    training.loss = 'eager'; // its profile says what its chunks keep
    if (row.group === 'litgpt-restable') training.framework_version = '0.1';
  }
  if (row.framework.includes('fsdp_qlora') || training.framework === 'litgpt') training.attention = 'sdpa';
  if (training.framework === 'litgpt' && /^Gemma-2-/.test(row.model)) training.attention = 'eager'; // litgpt/model.py: capped scores cannot use SDPA
  return training;
}

function memoryChecks(row) {
  const checks = [];
  for (const [key, metric] of Object.entries(kMetrics)) {
    const value = row.measured[key];
    if (value == null) continue;
    const interval = row.measured.gib_interval?.[key];
    checks.push(check(metric, value * kGib, interval?.map((gib) => gib * kGib)));
  }
  const after = row.measured.components?.allocated_after_step_gib;
  if (after != null) checks.push(check('resident', after * kGib));
  if (row.measured.fits_in_gib != null) checks.push(check('fits', row.measured.fits_in_gib * kGib, [0, row.measured.fits_in_gib * kGib], { bound: true }));
  if (row.measured.oom_in_gib != null) checks.push(check('oom', row.measured.oom_in_gib * kGib, [row.measured.oom_in_gib * kGib, Infinity], { bound: true }));
  return checks;
}

function modelOf(row, map) {
  if (row.group === 'simumax-b200') return simumaxModel(row);
  if (row.group === 'megatron-golden') return megatronModel(row, map);
  return map.model();
}

function galvatron(row, map, entry) {
  const parts = row.measured.components;
  if (parts.activation_per_sample_mib) {
    map.fail('per-layer table of tensor-parallel degrees: covered by the rows of 1-, 2- and 4-layer models');
    return;
  }
  if (row.micro_batch == null) map.fail('micro-batch size not stated');
  entry.checks.push(check('resident', parts.rank0_model_states_mib * kMib));
  if (row.parallelism.pp === 1) {
    entry.checks.push(check('saved', parts.rank0_activations_kept_after_forward_mib * kMib));
  }
  if (row.parallelism.vocab_tp === false || row.parallelism.vocab_tp == null) {
    map.fail('needs knob parallelism.vocabulary_parallel (false): vocabulary not split while the layers are tensor parallel');
  }
}

/** Megatron's log is that of the last rank: of the last pipeline stage. What stays includes the matmul workspace. */
function logged(row, entry) {
  const last = (row.parallelism?.pp ?? 1) > 1;
  const readers = last ? { allocated: 'last_stage_allocated', resident: 'last_stage_resident' } : { resident: 'resident_with_workspace' };
  for (const check of entry.checks) check.reader = readers[check.metric];
}

function mapRow(row, names, fields) {
  const entry = entryOf(row);
  const map = new Mapping(row, names, fields);
  if (row.trust === 'X') map.fail('trust X: outlier by its source, never scored');
  if (row.flags.some((flag) => flag.startsWith('memory value repeated'))) map.fail('repeats the memory value of another row of the same topology');
  if (row.group.endsWith('-component')) return mapComponent(row, map, entry);
  entry.checks = memoryChecks(row);
  if (row.group === 'galvatron-profile') galvatron(row, map, entry);
  if (entry.checks.length === 0) map.fail('no memory value (time only)');
  if (kNoModel[row.group] !== undefined) map.fail(kNoModel[row.group]);
  if (row.modality && row.modality !== 'image classification') map.fail(`modality not expressible with what the row states: ${row.modality}`);
  if (row.method === 'grpo') map.fail('actor, reference and roll-out engine in one run: layout incomplete in the source');
  if (row.group === 'megatron-golden') logged(row, entry);
  if (map.reason === null) {
    const shards = parallelism(row, map);
    const hardware = map.gpu();
    const scenario = { model: modelOf(row, map), task: 'finetuning', training: trainingOf(row, map, shards), parallelism: shards };
    if (hardware !== undefined) scenario.hardware = hardware;
    if (map.reason === null) entry.scenario = scenario;
  }
  entry.reason = map.reason;
  return entry;
}

export function mapTraining(rows, names, fields) {
  return rows.map((row) => mapRow(row, names, fields));
}
