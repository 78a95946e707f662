// resolve: from a scenario (what someone asked for) to a run (the numbers the folds need).
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "image_tokens.h"
#include "optimizer_states.h"
#include "resolve_inference.h"
#include "training_stage.h"
#include "vram/estimate.h"
#include "vram/profile.h"

namespace vram {

using namespace feature;

namespace {

constexpr double kCublasWorkspace = 8320.0 * 1024.0;         // 2 × 4096 KiB + 8 × 16 KiB per handle and stream
constexpr double kCublasWorkspaceHopper = 32.0 * 1048576.0;  // compute capability 9.0 and later
constexpr double kTransformerEngineWorkspace = 4.0 * 1048576.0;
constexpr double kTransformerEngineWorkspaceHopper = 32.0 * 1048576.0;
constexpr double kNcclCommunicator = 400.0 * 1048576.0;      // one intra-node communicator (formulas 12.3, grade E)
constexpr double kChunkTokens = 1024.0;
constexpr double kDeepSpeedBucket = 5e8;                     // elements: reduce_bucket_size of deepspeed/runtime/zero/config.py

/// Allocator: what is reserved beyond the tensors of a step, as a share of them (formulas 12.4: dense 1.046 on B200).
constexpr double kTrainingFragmentation = 0.046;

constexpr Features kAllRoles = (Features{1} << kRoleCount) - 1;

bool uses_adapters(Method method) {
  return method == Method::lora || method == Method::qlora || method == Method::adalora || method == Method::dora;
}

void set_tokens(Run& run, Basis basis, double sequences, double length) {
  const std::size_t b = static_cast<std::size_t>(basis);
  run.tokens[b] = sequences * length;
  run.pairs[b] = sequences * length * length;
  run.squares[b] = length * length;
}

/// Tokens of one chunk of Liger's fused linear cross-entropy: their logits take about what their hidden states do
/// (liger_kernel/ops/fused_linear_cross_entropy.py).
double liger_chunk(double tokens, const Inventory& inventory) {
  if (inventory.hidden_size <= 0 || inventory.vocab_size <= 0) return kChunkTokens;
  const double ways = std::ceil(static_cast<double>(inventory.vocab_size) / static_cast<double>(inventory.hidden_size));
  const double wanted = std::ceil(tokens / ways);
  double chunk = 1;
  while (chunk < wanted) chunk *= 2;
  return chunk;
}

void resolve_training(const Scenario& scenario, const Inventory& inventory, Run& run) {
  const TrainingRun& t = scenario.training;
  const Parallelism& p = scenario.parallelism;
  const FrameworkProfile& profile = profile_of(t.framework, t.framework_version);
  run.training = true;
  run.batch = static_cast<double>(t.micro_batch_size) * traits_of(t.stage).sequences;
  // Encoder-decoders: the sequence is what the encoder reads, unless that has a length of its own.
  const double source = static_cast<double>(inventory.encoder_length > 0 ? inventory.encoder_length : t.sequence_length) / run.context;
  run.sequence = static_cast<double>(inventory.has_encoder && t.target_length > 0 ? t.target_length : t.sequence_length) / run.context;
  set_tokens(run, Basis::tokens, run.batch, run.sequence);
  set_tokens(run, Basis::encoder_tokens, run.batch, source);
  // A tower on its own sees one image a sample; beside a language model as many as the scenario says.
  const double images = run.batch * std::max(inventory.patches_only ? 1.0 : 0.0, pictures_of(inventory, t.images, t.frames));
  const ImageTokens image = image_tokens(inventory, t.image_size);
  set_tokens(run, Basis::patches, images, image.patches);
  set_tokens(run, Basis::image_tokens, images, image.tokens);
  run.cross_pairs = run.batch * run.sequence * (inventory.has_encoder ? source : image.tokens * images / run.batch);
  set_tokens(run, Basis::samples, run.batch, 1);

  // What peft.prepare_model_for_kbit_training leaves in 16 bit: nothing. The stream is as wide as the embeddings. Stacks
  // without PEFT have no such step, DeepSpeed casts the whole module once more, to 16 bit.
  const bool upcast = t.method == Method::qlora && t.kbit_upcast && profile.keeps_upcast;
  const double weight_width = upcast ? 4.0 : bytes_of(t.weight_dtype);
  // Weights that are gathered unit by unit (ZeRO-3, FSDP) are cast on the way: Accelerate gives FSDP a mixed-precision policy, so
  // that autocast meets 16-bit weights, has nothing to copy, and the stream is 16 bit wide. Without sharding autocast copies.
  const bool gathered = profile.gathers_low_precision || run.zero_stage >= 3;
  const bool autocast = t.mixed_precision != MixedPrecision::none && weight_width == 4 && !profile.master_weights && !gathered;
  const double compute_width = t.mixed_precision == MixedPrecision::none ? weight_width : 2.0;
  const double residual_width = autocast ? 4.0 : std::min(weight_width, compute_width);
  run.width_bytes[static_cast<std::size_t>(Width::compute)] = compute_width;
  run.width_bytes[static_cast<std::size_t>(Width::residual)] = residual_width;
  run.width_bytes[static_cast<std::size_t>(Width::fp32)] = 4;
  run.width_bytes[static_cast<std::size_t>(Width::byte)] = 1;
  run.width_bytes[static_cast<std::size_t>(Width::int64)] = 8;
  run.input_bytes = (inventory.backward_points.empty() ? images : run.batch) * image.elements * residual_width;
  const bool adapters = uses_adapters(t.method);
  const bool prefix = t.method == Method::prefix;
  const double adapter_width = prefix || (adapters && t.lora_fp32) ? 4.0 : bytes_of(t.weight_dtype);  // the prefix encoder is made in fp32
  // Under autocast an adapter of another dtype computes in the common one, on a copy of its own.
  run.width_bytes[static_cast<std::size_t>(Width::adapter)] = t.mixed_precision == MixedPrecision::none ? adapter_width : compute_width;
  const bool wide_experts = autocast && (profile.switches & kEagerExperts) != 0;
  run.width_bytes[static_cast<std::size_t>(Width::expert)] = wide_experts ? residual_width : compute_width;

  Features on = profile.switches;
  if (t.attention == AttentionKind::eager) on |= kEagerAttention;
  if (t.attention == AttentionKind::flash) on &= ~kRepeatKv;  // flash kernels take grouped KV heads as they are
  if (t.attention == AttentionKind::eager) on |= kRepeatKv;  // its matrix products want as many KV heads as query heads
  if (t.attention == AttentionKind::sdpa && inventory.smallest_window > 0 && run.sequence > static_cast<double>(inventory.smallest_window)) on |= kWindowMask;
  if (autocast) on |= kAutocast;
  if (t.framework == Framework::megatron && p.context_parallel_size > 1 && p.context_parallel_method == ContextParallel::ulysses) on |= kHeadExchange;
  if (compute_width < 4) on |= kLowPrecision;
  on |= kInputGradient;
  if (t.activation_checkpointing == Checkpointing::none || (t.activation_checkpointing == Checkpointing::selective && !profile.selective_by_operation)) on |= kKeepsForward;
  if (!t.mamba_kernels) on |= kSlowScan;
  if (t.dropout > 0) on |= kAttentionDropout | kHiddenDropout;
  if (t.framework != Framework::megatron) on |= inventory.features;
  if (adapters) {
    on |= t.lora_target_modules;
    if (t.lora_dropout > 0) on |= kLoraDropout;
    // Gathered fp32 weights are cast, and the adapters with them.
    const bool cast_together = gathered && t.mixed_precision != MixedPrecision::none && weight_width == 4;
    if (adapter_width != weight_width && !autocast && !cast_together) on |= kAdapterCopy;
    if (t.method == Method::dora) on |= kDora;
    run.adapter_rank = static_cast<double>(t.lora_rank);
    run.dora = t.method == Method::dora;
    run.adalora = t.method == Method::adalora;
  } else if (prefix) {
    run.prefix_tokens = static_cast<double>(t.num_virtual_tokens);
  } else {
    on |= kAllRoles;
    run.train_base = true;
    if (t.method == Method::freeze) {
      // From the bottom: towers, then embeddings (and the head, which may be the same matrix) with the layers above them.
      on &= ~trains(Role::vision);
      if (t.frozen_layers > 0) on &= ~(trains(Role::projector) | trains(Role::embedding) | trains(Role::lm_head));
      run.frozen_layers = static_cast<double>(t.frozen_layers);
    }
  }
  if (t.activation_checkpointing == Checkpointing::selective) {
    run.saves_matmuls = profile.selective_by_operation;
    if (!run.saves_matmuls) on |= kRecomputeNorm | kRecomputeActivation | kRecomputeAttention;
  }
  run.features = on;
  run.checkpointing = t.activation_checkpointing;

  run.weight_bytes = profile.master_weights ? std::min(weight_width, compute_width) : weight_width;
  if (t.method == Method::qlora) {
    if (profile.packed_input_bytes > 0) run.features |= kPackedInputs;
    run.width_bytes[static_cast<std::size_t>(Width::packed)] = profile.packed_input_bytes;
    run.width_bytes[static_cast<std::size_t>(Width::packed_again)] = profile.packed_input_bytes > compute_width ? profile.packed_input_bytes : 0.0;
    run.packed = true;
    run.format = weight_format_by_name(t.quantization).value_or(WeightFormatId::nf4_dq);
  }
  const bool frozen_base = adapters || prefix;
  const double trained_width = frozen_base ? adapter_width : run.weight_bytes;
  const bool master = profile.master_weights && !frozen_base && run.weight_bytes < 4;
  run.master_bytes = master ? 4.0 : 0.0;
  run.gradient_bytes = profile.gradient_bytes > 0 && !frozen_base ? profile.gradient_bytes : trained_width;
  const OptimizerStates& optimizer = states_of(t.optimizer);
  const double state_width = optimizer.fixed_bytes > 0 ? optimizer.fixed_bytes : master ? 4.0 : trained_width;
  run.state_bytes = optimizer.paged ? 0.0 : optimizer.tensors * state_width;
  run.factored_state_bytes = optimizer.factored ? optimizer.tensors * state_width : 0.0;
  // Adafactor works matrix by matrix: the squared gradient and the update in fp32, and fp32 copies of what is narrower.
  run.step_matrix_bytes = optimizer.factored ? (trained_width < 4 ? 16.0 : 8.0) : 0.0;
  run.step_bytes = profile.foreach_optimizer && !t.fused_optimizer ? optimizer.step_copies * trained_width : 0.0;
  run.micro_batches = static_cast<double>(std::max(t.gradient_accumulation_steps, p.pipeline_parallel_size));
  if (p.context_parallel_size > 1 && p.context_parallel_method != ContextParallel::ulysses) {
    // A ring holds the block it computes with and the one that arrives.
    run.exchanged_blocks = p.context_parallel_method == ContextParallel::ring ? 2.0 : static_cast<double>(p.context_parallel_size) - 1.0;
  }
  run.virtual_pipeline = static_cast<double>(p.virtual_pipeline_size);
  const bool fully_sharded = p.zero_stage >= 3 && p.data_parallel_size * p.context_parallel_size > 1 && profile.reduce_bytes > 0;
  run.gathers_root = fully_sharded;
  run.head_copied = profile.unties_head;
  run.keeps_copy = fully_sharded && adapters && profile.adapters_keep_copy;
  if (fully_sharded && run.train_base) {
    run.reduce_bytes = profile.reduce_bytes;
    run.keeps_gathered = p.pipeline_parallel_size > 1;
  }
  run.steps_in_backward = t.optimizer_in_backward;
  const bool shared = p.data_parallel_size * p.context_parallel_size > 1;
  // torch DDP, as Trainer and Accelerate start it: gradient_as_bucket_view is off, so buckets are a copy of all gradients.
  run.bucket_copies = shared && p.zero_stage == 0 && !profile.master_weights && !profile.gathers_low_precision;
  // DeepSpeed gathers gradients in one bucket of reduce_bucket_size elements before they are reduced.
  if (t.framework == Framework::deepspeed && shared && p.zero_stage >= 1) run.bucket_bytes = kDeepSpeedBucket * 2.0;
  run.host_gradient_bytes = p.offload == Offload::none ? 0.0 : 4.0;
  run.gradients_kept = profile.gradient_bytes > 0;
  run.gradients_resident = t.gradient_accumulation_steps > 1 || p.pipeline_parallel_size > 1 || profile.gradient_bytes > 0;

  // The loss: eager keeps fp32 copies of every logit; chunked only of one chunk; fused none, but head gradient buffers.
  const bool fused = t.loss == LossKind::fused || t.framework == Framework::liger || t.framework == Framework::unsloth;
  const bool split = p.tensor_parallel_size > 1 && profile.split_loss_bytes_per_logit > 0;
  run.loss_bytes_per_logit = split ? profile.split_loss_bytes_per_logit : profile.loss_bytes_per_logit;
  run.loss_gradient_bytes_per_logit = split ? profile.split_loss_gradient_bytes_per_logit : profile.loss_gradient_bytes_per_logit;
  if (!profile.master_weights && !profile.logits_replaced && compute_width < 4) run.loss_bytes_per_logit += compute_width;  // what the head wrote
  if (compute_width < 4 && inventory.loss_fp32) run.loss_cached_bytes_per_logit = profile.loss_cached_bytes_per_logit;
  run.loss_saved_bytes_per_logit = 4;  // the fp32 log-probabilities
  if (inventory.softcap_logits && !profile.master_weights) {
    run.loss_saved_bytes_per_logit += compute_width;
    run.loss_bytes_per_logit += compute_width;
    run.loss_gradient_bytes_per_logit += compute_width;
  }
  if (!inventory.loss_fp32 && profile.loss_bytes_per_logit == 8 && compute_width < 4 && !(autocast && inventory.biased_logits)) {
    // Log-probabilities as narrow as the logits; autocast widens a copy for the loss.
    const double widened = autocast ? 4.0 : 0.0;
    run.loss_saved_bytes_per_logit = compute_width + widened;
    run.loss_bytes_per_logit = 2 * compute_width + widened;
    run.loss_gradient_bytes_per_logit = autocast ? compute_width + 2 * widened : 3 * compute_width;
  }
  if (t.loss == LossKind::chunked || fused) run.loss_chunk_tokens = kChunkTokens;
  if (fused && t.framework != Framework::unsloth) run.loss_chunk_tokens = liger_chunk(run.tokens[0], inventory);
  // The accumulated gradient of the head and the product that is added to it.
  if (fused && run.train_base) run.loss_buffer_bytes_per_head_element = 2 * run.weight_bytes;
  run.matrix_buffer_bytes = profile.matrix_buffer_bytes;
  run.fragmentation = kTrainingFragmentation;
  run.context_bytes = profile.context_bytes;
  resolve_stage(scenario, inventory, profile, run);
}

void set_layout(const Parallelism& p, bool inference, BasicRun& run) {
  run.data = static_cast<double>(p.data_parallel_size);
  run.tensor = static_cast<double>(p.tensor_parallel_size);
  run.pipeline = static_cast<double>(std::max<std::int64_t>(1, p.pipeline_parallel_size));
  run.context = static_cast<double>(p.context_parallel_size);
  run.expert = static_cast<double>(p.expert_parallel_size);
  // Training splits every expert over the tensor-parallel ranks as well; an engine spreads whole experts over them first.
  run.expert_tensor = inference                            ? std::max(1.0, run.tensor / run.expert)
                      : p.expert_tensor_parallel_size > 0 ? static_cast<double>(p.expert_tensor_parallel_size)
                                                          : run.tensor;
  // One rank has nobody to share with.
  run.zero_stage = p.data_parallel_size * p.context_parallel_size > 1 ? static_cast<int>(p.zero_stage) : 0;
  run.sequence_parallel = p.sequence_parallel;
  run.offload = p.offload;
}

}  // namespace

Run resolve(const Scenario& scenario, const Inventory& inventory, const GpuSpec* gpu) {
  Run run;
  const Parallelism& p = scenario.parallelism;
  set_layout(p, scenario.task == Task::inference, run);
  if (scenario.task == Task::inference) {
    resolve_inference(scenario.inference, p, scenario.hardware, inventory, gpu, run);
  } else {
    resolve_training(scenario, inventory, run);
    if (run.reinforces && scenario.training.rollout != RolloutKind::separate) {
      const RolloutScenario replies = rollout_of(scenario);
      Rollout& rollout = run.rollout.emplace();
      set_layout(replies.layout, true, rollout.run);
      resolve_inference(replies.inference, replies.layout, scenario.hardware, inventory, gpu, rollout.run);
      resolve_rollout(scenario, rollout);
    }
  }
  run.workspace_bytes = gpu != nullptr && gpu->compute_capability >= 90 ? kCublasWorkspaceHopper : kCublasWorkspace;
  // TransformerEngine keeps a workspace of its own beside PyTorch's (module/base.py).
  if (run.training && scenario.training.framework == Framework::megatron) {
    run.workspace_bytes += gpu != nullptr && gpu->compute_capability >= 90 ? kTransformerEngineWorkspaceHopper : kTransformerEngineWorkspace;
  }
  if (run.training && p.world_size() > 1) run.communicator_bytes = kNcclCommunicator;
  if (const double measured = scenario.hardware.context_gib * kBytesPerGib; measured > 0) {
    run.communicator_bytes = std::min(run.communicator_bytes, measured);
    run.context_bytes = measured - run.communicator_bytes;
  }
  return run;
}

}  // namespace vram
