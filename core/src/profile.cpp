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
    {Framework::transformers, "transformers 4.48-5.x, torch 2.5-2.15", "2026-11", "modeling_llama.py; tests/measured/pytorch-*.json",
     kHuggingFace, false, false, 0, 8, 12, 0, true, 500 * kMib},
    {Framework::torch_compile, "torch 2.4-2.9", "2026-11", "min-cut partitioner keeps matmul inputs and norm inputs", kFused | kEagerFp32Scores,
     false, false, 0, 6, 8, 0, true, 600 * kMib},
    {Framework::liger, "liger-kernel 0.3-0.6", "2026-11", "linkedin/Liger-Kernel RMSNorm, SwiGLU, fused linear cross-entropy",
     kEagerFp32Scores | kRepeatKv, false, false, 0, 0, 0, 0, true, 520 * kMib},
    {Framework::unsloth, "unsloth 2025", "2026-11", "unslothai/unsloth kernels", kEagerFp32Scores, false, false, 0, 0, 0, 0, true, 600 * kMib},
    {Framework::megatron, "Megatron-LM core 0.8-0.14, TransformerEngine 1.x-2.x", "2026-11", "MooreThreads/SimuMax B200 release; arXiv 2205.05198",
     kFused, false, true, 4, 2, 2, 2, false, 900 * kMib},
    {Framework::deepspeed, "DeepSpeed 0.12-0.17 with transformers", "2026-11", "deepspeed/runtime/zero", kHuggingFace, false, true, 2, 8, 12, 0, false, 700 * kMib},
    {Framework::torchtitan, "torchtitan 2024-12 to 2025", "2026-11", "pytorch/torchtitan benchmarks", kFused | kEagerNorm | kSeparateGlu, true, false, 0, 8, 12, 0, false, 700 * kMib},
    {Framework::torchtune, "torchtune 0.2-0.6", "2026-11", "pytorch/torchtune modules", kSeparateGlu, false, false, 0, 8, 12, 0, false, 520 * kMib},
    {Framework::litgpt, "litgpt 0.4-0.5", "2026-11", "Lightning-AI/litgpt model.py", kEagerNorm | kSeparateGlu | kRepeatKv, false, false, 0, 8, 12, 0, true, 500 * kMib},
    {Framework::torchvision, "torchvision 0.15-0.24", "2026-11", "pytorch/vision models", kFusedQkv | kSequenceFirst, false, false, 0, 8, 12, 0, true, 500 * kMib},
    {Framework::timm, "timm 1.x", "2026-11", "huggingface/pytorch-image-models", kFusedQkv, false, false, 0, 8, 12, 0, true, 500 * kMib},
}};

}  // namespace

const FrameworkProfile& profile_of(Framework framework) { return kProfiles[static_cast<std::size_t>(framework)]; }

}  // namespace vram
