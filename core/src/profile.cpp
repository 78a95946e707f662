// The table of framework profiles. A row is a fact about a release; sources in the rows, measurements in docs/accuracy.md.
// SPDX-License-Identifier: MIT
#include "vram/profile.h"

#include <array>

namespace vram {

using namespace feature;

namespace {

constexpr double kMib = 1048576.0;

// Eager Hugging Face: RMSNorm, SwiGLU and eager softmax written in elementwise PyTorch; SDPA takes grouped KV heads.
constexpr Features kHuggingFace = kEagerNorm | kSeparateGlu | kEagerFp32Scores | kEagerGelu | kEagerExperts;
// Fused kernels that keep only the inputs of norm and activation.
constexpr Features kFused = 0;

constexpr std::array<FrameworkProfile, 11> kProfiles = {{
    {.id = Framework::transformers, .version = "transformers 4.48-5.x, torch 2.5-2.15", .date = "2026-11", .source = "modeling_llama.py; tests/measured/pytorch-*.json",
     .switches = kHuggingFace, .loss_bytes_per_logit = 8, .loss_gradient_bytes_per_logit = 12, .loss_cached_bytes_per_logit = 2, .foreach_optimizer = true,
     .reduce_bytes = 2, .keeps_upcast = true, .context_bytes = 500 * kMib},
    {.id = Framework::torch_compile, .version = "torch 2.4-2.9", .date = "2026-11", .source = "min-cut partitioner keeps matmul inputs and norm inputs",
     .switches = kFused | kEagerFp32Scores, .loss_bytes_per_logit = 0, .loss_gradient_bytes_per_logit = 8, .foreach_optimizer = true, .keeps_upcast = true, .context_bytes = 600 * kMib},
    {.id = Framework::liger, .version = "liger-kernel 0.3-0.6", .date = "2026-11", .source = "linkedin/Liger-Kernel RMSNorm, SwiGLU, fused linear cross-entropy",
     .switches = kEagerFp32Scores | kRepeatKv, .loss_bytes_per_logit = 8, .loss_gradient_bytes_per_logit = 10, .foreach_optimizer = true, .keeps_upcast = true, .context_bytes = 520 * kMib},
    {.id = Framework::unsloth, .version = "unsloth 2025", .date = "2026-11", .source = "unslothai/unsloth kernels", .switches = kEagerFp32Scores,
     .loss_bytes_per_logit = 8, .loss_gradient_bytes_per_logit = 12, .foreach_optimizer = true, .keeps_upcast = true, .context_bytes = 600 * kMib},
    {.id = Framework::megatron, .version = "Megatron-LM core 0.8-0.14, TransformerEngine 1.x-2.x", .date = "2026-11", .source = "MooreThreads/SimuMax B200 release; arXiv 2205.05198",
     .switches = kFused, .master_weights = true, .gradient_bytes = 4, .loss_bytes_per_logit = 2, .loss_gradient_bytes_per_logit = 2, .matrix_buffer_bytes = 2,
     .context_bytes = 900 * kMib},
    {.id = Framework::deepspeed, .version = "DeepSpeed 0.12-0.17 with transformers", .date = "2026-11", .source = "deepspeed/runtime/zero", .switches = kHuggingFace,
     .master_weights = true, .gradient_bytes = 2, .loss_bytes_per_logit = 8, .loss_gradient_bytes_per_logit = 12, .loss_cached_bytes_per_logit = 2,
     .context_bytes = 700 * kMib},
    // Loss parallel (torch/distributed/tensor/parallel/loss.py): shifted logits and their exponentials beside input and result.
    {.id = Framework::torchtitan, .version = "torchtitan 2024-12 to 2025", .date = "2026-11", .source = "pytorch/torchtitan benchmarks", .switches = kFused | kEagerNorm | kSeparateGlu,
     .gathers_low_precision = true, .loss_bytes_per_logit = 8, .loss_gradient_bytes_per_logit = 12, .loss_cached_bytes_per_logit = 2,
     .split_loss_bytes_per_logit = 12, .split_loss_gradient_bytes_per_logit = 16, .reduce_bytes = 4, .selective_by_operation = true, .context_bytes = 700 * kMib},
    {.id = Framework::torchtune, .version = "torchtune 0.2-0.6", .date = "2026-11", .source = "pytorch/torchtune modules", .switches = kSeparateGlu,
     .loss_bytes_per_logit = 8, .loss_gradient_bytes_per_logit = 12, .loss_cached_bytes_per_logit = 2, .reduce_bytes = 2, .context_bytes = 520 * kMib},
    // Lightning's precision plugin widens the logits; chunked_cross_entropy keeps their log-probabilities chunk by chunk.
    {.id = Framework::litgpt, .version = "litgpt 0.4-0.5, bitsandbytes 0.42", .date = "2026-11", .source = "Lightning-AI/litgpt model.py", .switches = kEagerNorm | kSeparateGlu | kRepeatKv | kGroupedQkv,
     .loss_bytes_per_logit = 8, .loss_gradient_bytes_per_logit = 8, .logits_replaced = true, .foreach_optimizer = true, .reduce_bytes = 2,
     .packed_input_bytes = 4, .unties_head = true, .adapters_keep_copy = true, .context_bytes = 500 * kMib},
    {.id = Framework::torchvision, .version = "torchvision 0.15-0.24", .date = "2026-11", .source = "pytorch/vision models", .switches = kFusedQkv | kSequenceFirst,
     .loss_bytes_per_logit = 8, .loss_gradient_bytes_per_logit = 12, .foreach_optimizer = true, .context_bytes = 500 * kMib},
    {.id = Framework::timm, .version = "timm 1.x", .date = "2026-11", .source = "huggingface/pytorch-image-models", .switches = kFusedQkv, .loss_bytes_per_logit = 8,
     .loss_gradient_bytes_per_logit = 12, .foreach_optimizer = true, .context_bytes = 500 * kMib},
}};

/// Older releases: the newest row with what was different.
constexpr auto kOlder = std::to_array<FrameworkProfile>({
    [] {
      FrameworkProfile litgpt = kProfiles[static_cast<std::size_t>(Framework::litgpt)];
      litgpt.version = "lit-gpt 2023, bitsandbytes 0.41";
      litgpt.before = {true, 0, 4, 0};
      litgpt.packed_input_bytes = 2;
      return litgpt;
    }(),
});

}  // namespace

const FrameworkProfile& profile_of(Framework framework, const EngineVersion& version) {
  if (version.given) {
    for (const FrameworkProfile& row : kOlder) {
      if (row.id == framework && !version.at_least(row.before)) return row;
    }
  }
  return kProfiles[static_cast<std::size_t>(framework)];
}

}  // namespace vram
