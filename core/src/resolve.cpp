// resolve: from a scenario (what someone asked for) to a run (the numbers the folds need).
// SPDX-License-Identifier: MIT
#include <algorithm>

#include "optimizer_states.h"
#include "vram/estimate.h"
#include "vram/profile.h"

namespace vram {

using namespace feature;

namespace {

constexpr double kCublasWorkspace = 8320.0 * 1024.0;         // 2 × 4096 KiB + 8 × 16 KiB per handle and stream
constexpr double kCublasWorkspaceHopper = 32.0 * 1048576.0;  // compute capability 9.0 and later
constexpr double kNcclCommunicator = 400.0 * 1048576.0;      // one intra-node communicator (formulas 12.3, grade E)
constexpr double kDefaultContext = 450.0 * 1048576.0;
constexpr double kChunkTokens = 1024.0;

/// Allocator: what is reserved beyond the tensors of a step, as a share of them (formulas 12.4: dense 1.046 on B200).
constexpr double kTrainingFragmentation = 0.046;
constexpr double kInferenceFragmentation = 0.02;

constexpr Features kAllRoles = (Features{1} << kRoleCount) - 1;

bool uses_adapters(Method method) {
  return method == Method::lora || method == Method::qlora || method == Method::adalora || method == Method::dora;
}

void set_tokens(Run& run, Basis basis, double sequences, double length) {
  const std::size_t b = static_cast<std::size_t>(basis);
  run.tokens[b] = sequences * length;
  run.pairs[b] = sequences * length * length;
}

/// What one image becomes at `size` pixels per side; 0 = the model's own size.
struct ImageTokens {
  double patches = 0, tokens = 0, elements = 0;
};

ImageTokens image_tokens(const Inventory& inventory, std::int64_t size) {
  ImageTokens image{static_cast<double>(inventory.fixed_patches), static_cast<double>(inventory.image_tokens), inventory.image_elements};
  if (size <= 0 || inventory.patch_size <= 0) return image;
  const std::int64_t side = std::max<std::int64_t>(1, size / inventory.patch_size);
  const double patches = static_cast<double>(side) * static_cast<double>(side);
  image.elements *= patches / std::max(1.0, image.patches - static_cast<double>(inventory.patch_extra));
  image.patches = patches + static_cast<double>(inventory.patch_extra);
  if (inventory.patch_merge > 0) image.tokens = patches / static_cast<double>(inventory.patch_merge * inventory.patch_merge);
  return image;
}

void resolve_training(const Scenario& scenario, const Inventory& inventory, Run& run) {
  const TrainingRun& t = scenario.training;
  const FrameworkProfile& profile = profile_of(t.framework);
  run.training = true;
  run.batch = static_cast<double>(t.micro_batch_size);
  run.sequence = static_cast<double>(t.sequence_length) / run.context;
  set_tokens(run, Basis::tokens, run.batch, run.sequence);
  set_tokens(run, Basis::encoder_tokens, run.batch, run.sequence);
  // A tower on its own sees one image a sample; beside a language model as many as the scenario says.
  const double images = run.batch * static_cast<double>(inventory.patches_only ? std::max<std::int64_t>(1, t.images) : t.images);
  const ImageTokens image = image_tokens(inventory, t.image_size);
  set_tokens(run, Basis::patches, images, image.patches);
  set_tokens(run, Basis::image_tokens, images, image.tokens);
  set_tokens(run, Basis::samples, run.batch, 1);

  const double weight_width = bytes_of(t.weight_dtype);
  const bool autocast = t.mixed_precision != MixedPrecision::none && t.weight_dtype == Dtype::fp32 && !profile.master_weights;
  const double compute_width = t.mixed_precision == MixedPrecision::none ? weight_width : 2.0;
  const double residual_width = autocast ? 4.0 : std::min(weight_width, compute_width);
  run.width_bytes[static_cast<std::size_t>(Width::compute)] = compute_width;
  run.width_bytes[static_cast<std::size_t>(Width::residual)] = residual_width;
  run.width_bytes[static_cast<std::size_t>(Width::fp32)] = 4;
  run.width_bytes[static_cast<std::size_t>(Width::byte)] = 1;
  run.width_bytes[static_cast<std::size_t>(Width::int64)] = 8;
  run.input_bytes = (inventory.backward_points.empty() ? images : run.batch) * image.elements * residual_width;
  const bool adapters = uses_adapters(t.method);
  const double adapter_width = adapters && t.lora_fp32 ? 4.0 : weight_width;
  run.width_bytes[static_cast<std::size_t>(Width::adapter)] = adapter_width;
  const bool wide_experts = autocast && (profile.switches & kEagerExperts) != 0;
  run.width_bytes[static_cast<std::size_t>(Width::expert)] = wide_experts ? residual_width : compute_width;

  Features on = profile.switches;
  if (t.attention == AttentionKind::eager) on |= kEagerAttention;
  if (t.attention == AttentionKind::flash) on &= ~kRepeatKv;  // flash kernels take grouped KV heads as they are
  // Products of eager attention, and the kernel that SDPA has for fp32, want as many KV heads as query heads.
  if (t.attention == AttentionKind::eager || (t.attention == AttentionKind::sdpa && compute_width >= 4)) on |= kRepeatKv;
  if (autocast) on |= kAutocast;
  if (compute_width < 4) on |= kLowPrecision;
  on |= kInputGradient;
  if (t.activation_checkpointing == Checkpointing::none || t.activation_checkpointing == Checkpointing::selective) on |= kKeepsForward;
  if (t.dropout > 0) on |= kAttentionDropout | kHiddenDropout;
  if (t.framework != Framework::megatron) on |= inventory.features;
  if (adapters) {
    on |= t.lora_target_modules;
    if (t.lora_dropout > 0) on |= kLoraDropout;
    if (adapter_width != weight_width && !autocast && t.mixed_precision == MixedPrecision::none) on |= kAdapterCopy;
    if (t.method == Method::dora) on |= kDora;
    run.adapter_rank = static_cast<double>(t.lora_rank);
    run.dora = t.method == Method::dora;
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
  if (t.activation_checkpointing == Checkpointing::selective) on |= kRecomputeNorm | kRecomputeActivation | kRecomputeAttention;
  run.features = on;
  run.checkpointing = t.activation_checkpointing;

  run.weight_bytes = profile.master_weights ? std::min(weight_width, compute_width) : weight_width;
  if (t.method == Method::qlora) {
    run.packed = true;
    run.format = weight_format_by_name(t.quantization).value_or(WeightFormatId::nf4_dq);
  }
  const double trained_width = adapters ? adapter_width : run.weight_bytes;
  const bool master = profile.master_weights && !adapters && run.weight_bytes < 4;
  run.master_bytes = master ? 4.0 : 0.0;
  run.gradient_bytes = profile.gradient_bytes > 0 && !adapters ? profile.gradient_bytes : trained_width;
  const OptimizerStates& optimizer = states_of(t.optimizer);
  const double state_width = optimizer.fixed_bytes > 0 ? optimizer.fixed_bytes : master ? 4.0 : trained_width;
  run.state_bytes = optimizer.paged ? 0.0 : optimizer.tensors * state_width;
  run.factored_state_bytes = optimizer.factored ? optimizer.tensors * state_width : 0.0;
  run.step_bytes = profile.foreach_optimizer && !t.fused_optimizer ? optimizer.step_copies * trained_width : 0.0;
  const Parallelism& p = scenario.parallelism;
  run.micro_batches = static_cast<double>(std::max(t.gradient_accumulation_steps, p.pipeline_parallel_size));
  run.gradients_resident = t.gradient_accumulation_steps > 1 || p.pipeline_parallel_size > 1 || profile.gradient_bytes > 0;

  // The loss: eager keeps fp32 copies of every logit; chunked only of one chunk; fused none, but a head gradient buffer.
  const bool fused = t.loss == LossKind::fused || t.framework == Framework::liger || t.framework == Framework::unsloth;
  run.loss_bytes_per_logit = profile.loss_bytes_per_logit > 0 ? profile.loss_bytes_per_logit : 8;
  run.loss_gradient_bytes_per_logit = profile.loss_gradient_bytes_per_logit > 0 ? profile.loss_gradient_bytes_per_logit : 12;
  if (!profile.master_weights && compute_width < 4) run.loss_bytes_per_logit += compute_width;  // what the head wrote
  run.loss_saved_bytes_per_logit = 4;  // the fp32 log-probabilities
  if (t.loss == LossKind::chunked || fused) run.loss_chunk_tokens = kChunkTokens;
  if (fused && run.train_base) run.loss_buffer_bytes_per_head_element = run.weight_bytes;
  run.matrix_buffer_bytes = profile.matrix_buffer_bytes;
  run.fragmentation = kTrainingFragmentation;
  run.context_bytes = profile.context_bytes;
}

void resolve_inference(const Scenario& scenario, const Inventory& inventory, Run& run) {
  const InferenceRun& i = scenario.inference;
  const double width = bytes_of(i.weight_dtype);
  run.batch = static_cast<double>(i.batch_size);
  run.sequence = static_cast<double>(i.context_length) / run.context;
  const double prompt = run.batch * run.sequence;
  const double chunk = std::min(prompt, static_cast<double>(i.max_num_batched_tokens));
  run.tokens[static_cast<std::size_t>(Basis::tokens)] = chunk;
  run.pairs[static_cast<std::size_t>(Basis::tokens)] = chunk * run.sequence;
  set_tokens(run, Basis::encoder_tokens, run.batch, run.sequence);
  const double images = static_cast<double>(i.images);
  set_tokens(run, Basis::patches, run.batch * images, static_cast<double>(inventory.fixed_patches));
  set_tokens(run, Basis::image_tokens, run.batch * images, static_cast<double>(inventory.image_tokens));
  set_tokens(run, Basis::samples, run.batch, 1);
  for (double& w : run.width_bytes) w = std::max(width, 2.0);
  run.width_bytes[static_cast<std::size_t>(Width::fp32)] = 4;
  run.width_bytes[static_cast<std::size_t>(Width::byte)] = 1;
  run.width_bytes[static_cast<std::size_t>(Width::int64)] = 8;
  run.weight_bytes = width;
  if (i.quantization != "none") {
    run.packed = true;
    run.format = weight_format_by_name(i.quantization).value_or(WeightFormatId::bf16);
    run.weight_bytes = std::max(width, 2.0);  // what a quantiser skips stays at 16 bit
  }
  run.kv_bytes = i.kv_cache_dtype == "auto" ? std::max(width, 2.0) : 2.0;
  for (const DtypeRow& row : kDtypes) {
    if (row.name == i.kv_cache_dtype) run.kv_bytes = row.bytes;
  }
  run.kv_tokens_per_sequence = run.sequence;
  run.kv_sequences = run.batch;
  run.logits_tokens = run.batch;  // engines compute logits of the last position only
  run.loss_bytes_per_logit = 6;   // 16-bit logits and their fp32 copy for sampling
  run.fragmentation = kInferenceFragmentation;
  run.context_bytes = kDefaultContext;
}

}  // namespace

Run resolve(const Scenario& scenario, const Inventory& inventory, const GpuSpec* gpu) {
  Run run;
  const Parallelism& p = scenario.parallelism;
  run.data = static_cast<double>(p.data_parallel_size);
  run.tensor = static_cast<double>(p.tensor_parallel_size);
  run.pipeline = static_cast<double>(p.pipeline_parallel_size);
  run.context = static_cast<double>(p.context_parallel_size);
  run.expert = static_cast<double>(p.expert_parallel_size);
  run.zero_stage = static_cast<int>(p.zero_stage);
  run.sequence_parallel = p.sequence_parallel;
  run.offload = p.offload;
  if (scenario.task == Task::inference) {
    resolve_inference(scenario, inventory, run);
  } else {
    resolve_training(scenario, inventory, run);
  }
  run.workspace_bytes = gpu != nullptr && gpu->compute_capability >= 90 ? kCublasWorkspaceHopper : kCublasWorkspace;
  if (p.world_size() > 1) run.communicator_bytes = kNcclCommunicator;
  return run;
}

}  // namespace vram
