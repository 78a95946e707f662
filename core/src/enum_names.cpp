// Names of every enumeration of a scenario: the one table that C++, JSON, the page and the docs share.
// SPDX-License-Identifier: MIT
#include <array>

#include "vram/issue.h"
#include "vram/workload.h"

namespace vram {

#define VRAM_ENUM_NAMES(Enum, ...)                                     \
  template <>                                                          \
  std::span<const std::string_view> enum_names<Enum>() {               \
    static constexpr auto kNames = std::to_array<std::string_view>({__VA_ARGS__}); \
    return kNames;                                                     \
  }

VRAM_ENUM_NAMES(Task, "inference", "pretraining", "finetuning")
VRAM_ENUM_NAMES(Method, "full", "lora", "qlora", "adalora", "dora", "prefix", "freeze")
VRAM_ENUM_NAMES(TrainingStage, "pretraining", "sft", "dpo", "ipo", "orpo", "cpo", "simpo", "kto", "reward", "ppo", "grpo", "rloo")
VRAM_ENUM_NAMES(MixedPrecision, "none", "bf16", "fp16", "fp8")
VRAM_ENUM_NAMES(Optimizer, "adamw", "adam", "sgd", "sgd_momentum", "adamw_8bit", "paged_adamw", "paged_adamw_8bit", "adafactor", "lion",
                "lion_8bit", "muon", "adam_mini", "galore")
VRAM_ENUM_NAMES(Checkpointing, "none", "selective", "full", "offloaded")
VRAM_ENUM_NAMES(AttentionKind, "flash", "sdpa", "eager")
VRAM_ENUM_NAMES(Framework, "transformers", "torch_compile", "liger", "unsloth", "megatron", "deepspeed", "torchtitan", "torchtune", "litgpt",
                "torchvision", "timm")
VRAM_ENUM_NAMES(LossKind, "eager", "chunked", "fused")
VRAM_ENUM_NAMES(ContextParallel, "ring", "all_gather", "ulysses")
VRAM_ENUM_NAMES(RolloutKind, "generate", "colocated", "separate")
VRAM_ENUM_NAMES(Offload, "none", "optimizer", "parameters")
VRAM_ENUM_NAMES(Engine, "vllm", "sglang", "tgi", "tensorrt_llm", "transformers", "pytorch", "llama_cpp", "ollama", "fastchat")
VRAM_ENUM_NAMES(KvDtype, "auto", "fp32", "bf16", "fp16", "fp8", "int8", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl", "nvfp4")
VRAM_ENUM_NAMES(EstimateMethod, "engine", "documented")
VRAM_ENUM_NAMES(Dtype, "fp32", "bf16", "fp16", "fp8", "int8")

#undef VRAM_ENUM_NAMES

std::span<const AdapterTarget> adapter_targets() {
  static constexpr std::array<AdapterTarget, 14> kTargets = {{
      {"q_proj", adapts(Role::q_proj)},
      {"k_proj", adapts(Role::k_proj)},
      {"v_proj", adapts(Role::v_proj)},
      {"o_proj", adapts(Role::o_proj)},
      {"gate_proj", adapts(Role::gate_proj)},
      {"up_proj", adapts(Role::up_proj)},
      {"down_proj", adapts(Role::down_proj)},
      {"mixer", adapts(Role::mixer)},
      {"experts", adapts(Role::expert_gate_proj) | adapts(Role::expert_up_proj) | adapts(Role::expert_down_proj)},
      {"router", adapts(Role::router)},
      {"embed_tokens", adapts(Role::embedding)},
      {"lm_head", adapts(Role::lm_head)},
      {"vision", adapts(Role::vision)},
      {"projector", adapts(Role::projector)},
  }};
  return kTargets;
}

std::string_view name_of(Severity severity) {
  static constexpr std::array<std::string_view, 3> kNames = {"error", "warning", "suggestion"};
  return kNames[static_cast<std::size_t>(severity)];
}

bool has_errors(const Issues& issues) {
  for (const Issue& issue : issues) {
    if (issue.severity == Severity::error) return true;
  }
  return false;
}

}  // namespace vram
