// Inference: the engine's profile, its scheduler's sizes and the caches' lengths as plain numbers.
// SPDX-License-Identifier: MIT
#include "resolve_inference.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "image_tokens.h"
#include "vram/engine_profile.h"

namespace vram {

namespace {

constexpr std::size_t kKvDtypes = 13;
/// Bytes per element, block scales included; int8 has a scale per token and head (formulas 9).
constexpr std::array<double, kKvDtypes> kKvBytes = {0, 4, 2, 2, 1, 1.01, 34.0 / 32, 24.0 / 32, 22.0 / 32, 20.0 / 32, 18.0 / 32, 18.0 / 32, 18.0 / 32};

constexpr Features kExperts = trains(Role::expert_gate_proj) | trains(Role::expert_up_proj) | trains(Role::expert_down_proj);
constexpr Features kTowers = trains(Role::vision) | trains(Role::projector);
constexpr Features kAllRoles = (Features{1} << kRoleCount) - 1;

double real(std::int64_t value) { return static_cast<double>(value); }
double round_up(double value, double step) { return std::ceil(value / step) * step; }

void set_tokens(BasicRun& run, Basis basis, double sequences, double length) {
  const std::size_t b = static_cast<std::size_t>(basis);
  run.tokens[b] = sequences * length;
  run.pairs[b] = sequences * length * length;
  run.squares[b] = length * length;
}

/// What a quantiser packs: never towers and connectors; MXFP4 checkpoints of mixtures only the experts.
Features packed_roles(WeightFormatId format, const Inventory& inventory) {
  if (format == WeightFormatId::mxfp4 && inventory.num_experts > 0) return kExperts;
  // NVFP4 recipes of hybrids leave linear attention out (llm-compressor: "re:.*linear_attn.*").
  const bool linear = std::any_of(inventory.blocks.begin(), inventory.blocks.end(), [](const Block& block) { return block.kind == BlockKind::linear_attention; });
  const Features mixers = format == WeightFormatId::nvfp4 && linear ? trains(Role::mixer) : Features{0};
  return kAllRoles & ~kTowers & ~mixers;
}

/// Kernels for MXFP4 experts want whole tiles (vLLM, quantization/mxfp4.py): Marlin before Hopper, Triton on Hopper
/// (whose layout rounds the inner dimension of every product), TensorRT-LLM's on Blackwell.
void pad_experts(int capability, BasicRun& run) {
  if (capability >= 90 && capability < 100) {
    run.expert_input_step = 256;
  } else if (capability > 0) {
    run.expert_hidden_step = 256;
    run.expert_inner_step = capability >= 100 && capability < 110 ? 256 : 128;
  }
}

/// Sizes of the forward pass of the towers: the images asked for, or those of an engine's profiling run. The result is
/// how many sequences that run samples.
double resolve_images(const InferenceRun& i, const EngineProfile& profile, const Inventory& inventory, double batched, double sequences, BasicRun& run) {
  double sampled = sequences;
  const ImageTokens image = image_tokens(inventory, i.image_size);
  double images = run.batch * pictures_of(inventory, i.images, i.frames);
  double patches = images * image.patches;
  double tokens = images * image.tokens;
  if (profile.profiles_encoder && inventory.largest_image_tokens > 0) {
    // One item of the largest kind: a video is as many pairs of frames as the context holds, up to its own bound.
    const double frames = inventory.reads_video && profile.encoder_cache
                              ? std::clamp(std::floor(real(i.context_length) / real(inventory.largest_image_tokens)), 1.0, real(inventory.largest_video_images)) : 1.0;
    const double item = real(inventory.largest_image_tokens) * frames;
    // V0 gives every sequence of its batch one image and one video, encoded one after the other; V1 fills a budget of encoder tokens.
    const double kinds = inventory.reads_video && !profile.encoder_cache ? 2.0 : 1.0;
    const double items = std::max(1.0, std::min(std::floor(batched / (kinds * item)), sequences));
    patches = std::max(patches, items * real(inventory.largest_patches) * frames);
    tokens = std::max(tokens, items * item);
    const double pixels = patches * real(inventory.patch_elements);
    run.serving.pixel_bytes = pixels * run.width_bytes[static_cast<std::size_t>(Width::compute)];
    if (profile.encoder_cache) {
      run.serving.encoder_tokens = profile.expands_encoder_outputs ? items * std::max(batched, item) : tokens;
    } else {
      // V0's prompts hold all their image tokens, however short the batch is; pixels stay on the device in fp32 (worker/model_runner.py).
      const double prompt = kinds * tokens;
      const std::size_t main = static_cast<std::size_t>(Basis::tokens);
      if (prompt > run.tokens[main]) {
        run.tokens[main] = prompt;
        run.pairs[main] = prompt * prompt / items;
      }
      run.serving.input_bytes = kinds * pixels * 4.0;
      sampled = items;
    }
    images = std::max(images, items);
  }
  const std::size_t p = static_cast<std::size_t>(Basis::patches);
  const std::size_t t = static_cast<std::size_t>(Basis::image_tokens);
  const double each = std::max(1.0, images);
  run.tokens[p] = patches;
  run.pairs[p] = patches * patches / each;
  run.squares[p] = patches * patches / (each * each);
  run.tokens[t] = tokens;
  run.pairs[t] = tokens * tokens / each;
  run.squares[t] = tokens * tokens / (each * each);
  return sampled;
}

void resolve_weights(const InferenceRun& i, const EngineProfile& profile, const Inventory& inventory, const GpuSpec* gpu, BasicRun& run) {
  const double width = bytes_of(i.weight_dtype);
  for (double& w : run.width_bytes) w = std::max(width, 2.0);
  run.width_bytes[static_cast<std::size_t>(Width::fp32)] = 4;
  run.width_bytes[static_cast<std::size_t>(Width::byte)] = 1;
  run.width_bytes[static_cast<std::size_t>(Width::int64)] = 8;
  run.weight_bytes = width;
  run.packed_roles = kAllRoles;
  // MXFP4 in a GGUF file is a mixture: experts in MXFP4, the rest in Q8_0.
  const bool experts_only = profile.gguf_weights && inventory.num_experts > 0 && i.quantization.kind == Quantization::Kind::format &&
                            i.quantization.format == WeightFormatId::mxfp4;
  if (experts_only) {
    run.gguf = true;
    run.mixture = GgufMixture::mxfp4_moe;
    run.weight_bytes = std::max(width, 2.0);
  } else if (i.quantization.kind == Quantization::Kind::format) {
    if (profile.pads_mxfp4 && i.quantization.format == WeightFormatId::mxfp4 && inventory.num_experts > 0) pad_experts(gpu != nullptr ? gpu->compute_capability : 0, run);
    run.packed = true;
    run.format = i.quantization.format;
    run.packed_roles = packed_roles(run.format, inventory);
    run.weight_bytes = std::max(width, 2.0);  // what a quantiser skips stays at 16 bit
  }
  if (i.quantization.kind == Quantization::Kind::mixture || (profile.gguf_weights && i.quantization.kind == Quantization::Kind::none)) {
    run.gguf = true;
    run.mixture = i.quantization.kind == Quantization::Kind::mixture ? i.quantization.mixture
                  : width >= 4                                      ? GgufMixture::f32
                  : i.weight_dtype == Dtype::bf16                   ? GgufMixture::bf16
                                                                    : GgufMixture::f16;
    run.weight_bytes = std::max(width, 2.0);
  }
  if (i.quantization.kind == Quantization::Kind::none && inventory.stored_bytes_per_parameter > 0) {
    run.gguf = false;  // the file itself says what its weights weigh
    run.weight_bytes = inventory.stored_bytes_per_parameter;
    run.table_bytes = inventory.stored_table_bytes_per_parameter;
  }
  run.latent_copies = profile.latent_copies;
  run.latent_absorbed = profile.latent_absorbed;
  run.rotary_bytes = profile.rotary_tables ? inventory.rotary_elements * (inventory.rotary_sections ? profile.section_tables : 1.0) * std::max(width, 2.0) : 0.0;
  run.merges_matrices = profile.merges_matrices;
  // With unified memory the file is mapped for the accelerator whole, the table among the rest.
  run.embeddings_on_host = profile.embeddings_on_host && (gpu == nullptr || gpu->vendor != "Apple");
  run.towers = !profile.towers_apart || i.images > 0 || i.frames > 0 || inventory.patches_only;
  run.tied_head_copied = profile.tied_head_copied;
  run.split_with_head = profile.splits_layers;
  run.gpu_layers = real(i.gpu_layers);
  run.cpu_experts = real(i.cpu_experts);
}

void resolve_caches(const InferenceRun& i, const EngineProfile& profile, BasicRun& run) {
  const double width = std::max(bytes_of(i.weight_dtype), 2.0);
  // NVFP4 checkpoints say in their own configuration that the cache is fp8.
  const double automatic = run.packed && run.format == WeightFormatId::nvfp4 && profile.pool_follows_checkpoint ? 1.0 : width;
  run.kv_bytes = i.kv_cache_dtype == KvDtype::automatic ? automatic : kKvBytes[static_cast<std::size_t>(i.kv_cache_dtype)];
  run.kv_value_bytes = i.kv_cache_dtype_v == KvDtype::automatic ? run.kv_bytes : kKvBytes[static_cast<std::size_t>(i.kv_cache_dtype_v)];
  ServingRun& s = run.serving;
  const double block = real(profile.block_tokens);
  const double length = run.sequence;
  const double prompt = i.prompt_length > 0 ? std::min(real(i.prompt_length) / run.context, length) : length;
  const double shared = std::floor(std::min(real(i.shared_prefix_length) / run.context, prompt) / block) * block;
  const double sequences = run.batch;
  const double beams = real(i.beams);
  s.block_tokens = block;
  s.length = round_up(length, block);
  s.prompt = prompt;
  s.sequences = sequences;
  // The shared prefix once, prompts once per sequence, replies once per beam.
  const double own = round_up(prompt, block) - shared;
  s.growing_tokens = shared + sequences * (own + (beams > 1 ? beams * (s.length - shared - own) : s.length - shared - own));
  s.prefill_tokens = profile.cache_is_static ? s.growing_tokens : sequences * prompt;
  s.states = sequences * beams;
  s.window_pad = real(profile.window_pad_tokens);
  // llama.cpp keeps the windows of all sequences and one micro-batch in one ring.
  s.window_sequences = profile.graph_allocator ? sequences : 1.0;
  s.window_extra = profile.windows_keep_all ? s.length * sequences : profile.graph_allocator ? s.micro_batch : 0.0;
  s.window_chunk = profile.window_reserves_chunk ? run.tokens[0] : 0.0;
  s.groups_layers = profile.groups_layers;
  run.drafted_tokens = profile.groups_layers ? real(i.speculative_tokens) : 0.0;
  s.prints_blocks = profile.prints_blocks;
  s.group_slack = profile.group_slack;
  s.state_blocks = profile.state_blocks + run.drafted_tokens;
  s.cache_growth_layers = profile.cache_growth_layers;
}

}  // namespace

void resolve_inference(const InferenceRun& i, const Parallelism& p, const HardwareChoice& hardware, const Inventory& inventory, const GpuSpec* gpu, BasicRun& run) {
  const EngineProfile& profile = profile_of(i.engine, i.engine_version);
  ServingRun& s = run.serving;
  s.capacity_bytes = capacity_of(hardware, gpu);
  const EngineDefaults defaults = defaults_of(profile, s.capacity_bytes, gpu != nullptr && is_a100(*gpu), i.context_length,
                                              p.tensor_parallel_size, p.pipeline_parallel_size);
  s.pooled = defaults.memory_share > 0;
  s.memory_share = !s.pooled ? 0.0 : i.gpu_memory_utilization > 0 ? i.gpu_memory_utilization : defaults.memory_share;
  s.pool = profile.pool;
  s.reserve = i.reserve_kv_cache;

  run.batch = real(i.batch_size);
  run.sequence = real(i.context_length) / run.context;
  const double prompt_length = i.prompt_length > 0 ? std::min(real(i.prompt_length) / run.context, run.sequence) : run.sequence;
  const double prompt = run.batch * prompt_length;
  const std::int64_t fewest = inventory.largest_image_tokens > 0 ? profile.multimodal_batched_tokens : 0;
  const double batched = real(i.max_num_batched_tokens > 0 ? i.max_num_batched_tokens : std::max(defaults.batched_tokens, fewest));
  s.micro_batch = profile.graph_allocator ? std::min(real(i.n_ubatch > 0 ? i.n_ubatch : defaults.batched_tokens), std::max(prompt, 1.0)) : 0.0;
  // Engines with a pool measure a forward pass of the largest size before they fill it.
  const double chunk = s.pooled ? batched : batched > 0 ? std::min(prompt, batched) : prompt;
  run.tokens[static_cast<std::size_t>(Basis::tokens)] = chunk;
  run.pairs[static_cast<std::size_t>(Basis::tokens)] = chunk * prompt_length;
  set_tokens(run, Basis::encoder_tokens, run.batch, run.sequence);
  const double sequences = real(i.max_num_seqs > 0 ? i.max_num_seqs : defaults.sequences);
  set_tokens(run, Basis::samples, run.batch, 1);
  run.squares[static_cast<std::size_t>(Basis::tokens)] = run.sequence * run.sequence;
  resolve_weights(i, profile, inventory, gpu, run);
  const double profiled = resolve_images(i, profile, inventory, batched, sequences, run);
  run.cross_pairs = chunk * (inventory.has_encoder ? run.sequence : run.tokens[static_cast<std::size_t>(Basis::image_tokens)] / run.batch);

  resolve_caches(i, profile, run);

  const double sampled = s.pooled ? std::min(profiled, chunk) : run.batch * real(i.beams);
  s.sampler_bytes = std::max(sampled * profile.sampler_bytes,
                             // Verifying a draft needs fp32 logits of every proposed token (vLLM pull request 38220).
                             i.speculative_tokens > 0 ? sampled * real(i.speculative_tokens + 1) * 4.0 : 0.0);
  s.sampled_rows = sampled;
  s.prefill_logit_bytes = profile.prefill_logit_bytes * prompt;
  const double graphs = hardware.graph_gib > 0 ? hardware.graph_gib * kBytesPerGib : profile.graph_bytes;
  s.reduced_bytes = profile.reduces_apart && p.tensor_parallel_size > 1 ? run.width_bytes[static_cast<std::size_t>(Width::compute)] : 0.0;
  s.graph_bytes = i.enforce_eager ? 0.0 : graphs;
  s.draft_weight_bytes = real(i.speculative_tokens > 0 ? 1 : 0) * i.draft_parameters_b * 1e9 * std::max(bytes_of(i.weight_dtype), 2.0) / run.tensor;
  const bool named = !i.draft_model.empty();
  s.draft_layers = i.speculative_tokens > 0 && i.draft_parameters_b > 0 && !named ? real(i.draft_layers) : 0.0;
  if (i.speculative_tokens > 0 && named) s.draft_token_bytes = i.draft_cache_elements * run.kv_bytes / std::min(run.tensor, real(i.draft_kv_heads));
  if (s.micro_batch > 0) {
    // ggml's compute buffer: the logits of a micro-batch and its hidden states, or the scores of one layer (formulas 11.4).
    s.scratch_hidden = 4.0 * s.micro_batch;
    s.scratch_vocabulary = 4.0 * s.micro_batch;
    s.scratch_inner_hidden = i.flash_attention ? 0.0 : 16.0 * s.micro_batch;
    s.scratch_fixed = i.flash_attention ? 0.0 : 4.0 * s.micro_batch * (1.0 + s.length * (1.0 + real(inventory.max_heads)));
    if (inventory.num_experts > 0) s.scratch_hidden *= 2.0;  // the routed copy of the stream lives beside it
  }
  run.fragmentation = profile.fragmentation;
  run.context_bytes = profile.context_bytes;
  const double non_torch = hardware.non_torch_gib * kBytesPerGib;
  // A card that nobody named: those of 60 GiB and more stand in nodes that link them.
  const bool linked = gpu != nullptr ? gpu->interconnect_bytes_per_second > 0 : s.capacity_bytes >= 60.0 * kBytesPerGib;
  run.communicator_bytes = non_torch > 0           ? non_torch
                           : p.world_size() <= 1 ? profile.non_torch_one
                           : linked            ? profile.non_torch_one + profile.non_torch_per_peer * real(p.world_size() / p.data_parallel_size - 1)
                                               : profile.non_torch_many;
}

double capacity_of(const HardwareChoice& hardware, const GpuSpec* gpu) {
  if (hardware.memory_gib > 0) return hardware.memory_gib * kBytesPerGib;
  return gpu != nullptr ? static_cast<double>(gpu->usable_bytes) : 0.0;
}

bool is_a100(const GpuSpec& gpu) { return gpu.compute_capability == 80; }

InferenceRun with_engine_defaults(const Scenario& scenario, const GpuSpec* gpu) {
  InferenceRun i = scenario.inference;
  const EngineProfile& profile = profile_of(i.engine, i.engine_version);
  const EngineDefaults d = defaults_of(profile, capacity_of(scenario.hardware, gpu), gpu != nullptr && is_a100(*gpu), i.context_length,
                                       scenario.parallelism.tensor_parallel_size, scenario.parallelism.pipeline_parallel_size);
  if (i.prompt_length == 0) i.prompt_length = i.context_length;
  if (i.max_num_seqs == 0) i.max_num_seqs = d.memory_share > 0 ? d.sequences : i.batch_size;
  if (i.max_num_batched_tokens == 0) i.max_num_batched_tokens = d.batched_tokens > 0 ? d.batched_tokens : std::min<std::int64_t>(i.batch_size * i.prompt_length, 16777216);
  if (i.gpu_memory_utilization <= 0) i.gpu_memory_utilization = d.memory_share > 0 ? d.memory_share : 1.0;
  if (i.n_ubatch == 0) i.n_ubatch = profile.graph_allocator ? d.batched_tokens : 512;
  return i;
}

}  // namespace vram
