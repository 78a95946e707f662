// The scenario: what someone wants to run. Field names equal the JSON keys of docs/interface.md.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "vram/engine_profile.h"
#include "vram/inventory.h"
#include "vram/model.h"
#include "vram/quant_format.h"

namespace vram {

enum class Task : unsigned char { inference, pretraining, finetuning };
enum class Method : unsigned char { full, lora, qlora, adalora, dora, prefix, freeze };
enum class TrainingStage : unsigned char { pretraining, sft, dpo, ipo, orpo, cpo, simpo, kto, reward, ppo, grpo, rloo };
enum class MixedPrecision : unsigned char { none, bf16, fp16, fp8 };
enum class Optimizer : unsigned char {
  adamw, adam, sgd, sgd_momentum, adamw_8bit, paged_adamw, paged_adamw_8bit, adafactor, lion, lion_8bit, muon, adam_mini, galore
};
enum class Checkpointing : unsigned char { none, selective, full, offloaded };
enum class AttentionKind : unsigned char { flash, sdpa, eager };
enum class Framework : unsigned char { transformers, torch_compile, liger, unsloth, megatron, deepspeed, torchtitan, torchtune, litgpt, torchvision, timm };
enum class LossKind : unsigned char { eager, chunked, fused };
/// How ranks that share a sequence see all keys: passed around in a ring, gathered, or heads exchanged for tokens.
enum class ContextParallel : unsigned char { ring, all_gather, ulysses };
/// Where the replies of a reinforcement step are made: by the trainer's own model, by an engine on the same card, elsewhere.
enum class RolloutKind : unsigned char { generate, colocated, separate };
enum class Offload : unsigned char { none, optimizer, parameters };
/// Number formats of a KV cache. `automatic`: that of the weights, at least 16 bit; for the values: that of the keys.
enum class KvDtype : unsigned char { automatic, fp32, bf16, fp16, fp8, int8, q8_0, q5_1, q5_0, q4_1, q4_0, iq4_nl, nvfp4 };
enum class EstimateMethod : unsigned char { engine, documented };

/// The names of an enumeration as they stand in JSON, in order of the enumerators. One table for C++, JSON, page and docs.
template <class E>
[[nodiscard]] std::span<const std::string_view> enum_names();

template <class E>
[[nodiscard]] std::string_view name_of_enum(E value) {
  return enum_names<E>()[static_cast<std::size_t>(value)];
}

/// A name in `lora_target_modules` and the roles it means.
struct AdapterTarget {
  std::string_view name;
  Features roles;
};
[[nodiscard]] std::span<const AdapterTarget> adapter_targets();

struct InferenceRun {
  Engine engine = Engine::vllm;
  EngineVersion engine_version;             ///< not given = the newest profile we have
  std::int64_t context_length = 8192;       ///< tokens per sequence, prompt and reply
  std::int64_t prompt_length = 0;           ///< of them the prompt; 0 = all
  std::int64_t shared_prefix_length = 0;    ///< of the prompt, tokens that all sequences share and an engine keeps once
  std::int64_t batch_size = 1;              ///< sequences alive at once
  std::int64_t beams = 1;                   ///< beam search: replies per sequence
  std::int64_t max_num_seqs = 0;            ///< most sequences the engine schedules; 0 = its own default
  std::int64_t max_num_batched_tokens = 0;  ///< tokens of one forward pass; 0 = its own default
  Dtype weight_dtype = Dtype::bf16;
  Quantization quantization;                ///< how matrices are packed
  KvDtype kv_cache_dtype = KvDtype::automatic;
  KvDtype kv_cache_dtype_v = KvDtype::automatic;  ///< of the values, where it differs from the keys'
  double gpu_memory_utilization = 0;        ///< share of the card the engine may take; 0 = its own default
  bool reserve_kv_cache = false;            ///< count the whole pool the engine reserves, not only the tokens in use
  bool enforce_eager = false;               ///< no CUDA graphs
  std::int64_t n_ubatch = 0;                ///< llama.cpp: tokens of one micro-batch; 0 = its own default
  bool flash_attention = true;              ///< llama.cpp: without it the scores of a micro-batch are a matrix
  std::int64_t gpu_layers = -1;             ///< llama.cpp: layers on the device, the head counts as one; -1 = all
  std::int64_t cpu_experts = 0;             ///< llama.cpp: layers from the bottom whose experts stay with the host
  std::int64_t speculative_tokens = 0;      ///< tokens a draft proposes per step
  std::string draft_model;                  ///< catalog id of the draft; the two sizes below are then its own
  double draft_parameters_b = 0;            ///< parameters of the draft model, in 10^9
  std::int64_t draft_layers = 1;            ///< its layers, each with a cache like one of the model's
  double draft_cache_elements = 0;          ///< per token, of a draft model that is named; no field, read from its inventory
  std::int64_t draft_kv_heads = 1;          ///< heads that tensor parallelism can split, likewise
  std::int64_t images = 0;                  ///< images per sequence
  std::int64_t frames = 0;                  ///< video frames per sequence
  std::int64_t image_size = 0;              ///< pixels per side of an image or frame; 0 = the model's own
};

struct TrainingRun {
  Method method = Method::full;
  TrainingStage stage = TrainingStage::sft;
  std::int64_t micro_batch_size = 4;
  std::int64_t sequence_length = 2048;
  std::int64_t target_length = 0;           ///< encoder-decoders: tokens the decoder writes; 0 = sequence_length
  std::int64_t gradient_accumulation_steps = 1;
  std::int64_t lora_rank = 16;
  double lora_alpha = 32;
  double lora_dropout = 0.0;
  Features lora_target_modules = adapts(Role::q_proj) | adapts(Role::v_proj);  ///< roles that carry adapters
  bool lora_fp32 = true;                    ///< adapters kept in fp32 (PEFT default) or in the weight dtype
  Dtype weight_dtype = Dtype::bf16;
  MixedPrecision mixed_precision = MixedPrecision::bf16;
  std::string quantization = "nf4-dq";      ///< base weights of QLoRA
  bool mamba_kernels = true;                ///< mamba-ssm and causal-conv1d are installed; else Mamba's scan runs in PyTorch
  bool kbit_upcast = false;                 ///< QLoRA: peft.prepare_model_for_kbit_training made fp32 of all that is not packed
  std::int64_t num_virtual_tokens = 20;     ///< prefix tuning: keys and values trained ahead of every sequence
  Optimizer optimizer = Optimizer::adamw;
  bool fused_optimizer = false;             ///< one kernel a step, no whole-model temporaries
  bool optimizer_in_backward = false;       ///< every weight steps as soon as its gradient exists, which is freed at once
  Checkpointing activation_checkpointing = Checkpointing::full;
  AttentionKind attention = AttentionKind::flash;
  Framework framework = Framework::transformers;
  EngineVersion framework_version;          ///< not given = the newest profile we have
  LossKind loss = LossKind::eager;
  double dropout = 0.0;
  double learning_rate = 2e-5;
  std::int64_t warmup_steps = 100;          ///< steps over which the learning rate rises to its value
  double weight_decay = 0.01;
  double max_grad_norm = 1.0;               ///< gradients are scaled down to that norm, which reads them once more; 0 = not
  double expert_capacity_factor = 0;        ///< buffers of each expert, times an even share; 0 = no limit, no token dropped
  double tokens = 0;                        ///< of the whole run; 0 = epochs × dataset_tokens
  double epochs = 0;
  double dataset_tokens = 0;
  double balance_loss_weight = 0.01;        ///< of the loss that spreads tokens over experts
  std::int64_t frozen_layers = 0;           ///< method freeze: layers from the bottom that do not train
  std::int64_t group_size = 8;              ///< GRPO, RLOO: replies to one prompt
  std::int64_t prompt_length = 512;         ///< reinforcement: of sequence_length, the rest is the reply
  double beta = 0.1;                        ///< weight of the divergence from the reference; 0 = reinforcement without a reference model
  double reward_parameters_b = 0;           ///< of a reward model of another size than the policy, in 10^9; 0 = none (PPO: as the policy)
  RolloutKind rollout = RolloutKind::colocated;
  double rollout_memory_utilization = 0.3;  ///< share of the card that the roll-out engine may take
  std::int64_t rollout_tensor_parallel_size = 1;
  bool rollout_sleep = false;               ///< the engine frees weights and cache during the update
  bool precompute_ref_log_probs = false;    ///< the reference scored the data set before training
  std::int64_t images = 0;                  ///< images per sequence (multimodal)
  std::int64_t frames = 0;                  ///< video frames per sequence
  std::int64_t image_size = 0;              ///< pixels per side of an image or frame; 0 = the model's own
};

struct Parallelism {
  std::int64_t data_parallel_size = 1;
  std::int64_t tensor_parallel_size = 1;
  std::int64_t pipeline_parallel_size = 1;
  std::int64_t virtual_pipeline_size = 1;  ///< model chunks of every pipeline stage; above 1 the schedule is interleaved
  std::int64_t context_parallel_size = 1;
  ContextParallel context_parallel_method = ContextParallel::ring;
  std::int64_t expert_parallel_size = 1;
  std::int64_t expert_tensor_parallel_size = 0;  ///< ways every expert matrix is split in training; 0 = as tensor parallelism
  std::int64_t zero_stage = 0;
  bool sequence_parallel = false;
  Offload offload = Offload::none;
  bool overlap_communication = true;       ///< gradients and weights travel while the cards compute

  /// Accelerators the degrees multiply to (expert parallelism lives inside data parallelism).
  [[nodiscard]] std::int64_t world_size() const {
    return data_parallel_size * tensor_parallel_size * pipeline_parallel_size * context_parallel_size;
  }
};

struct HardwareChoice {
  std::string gpu;  ///< catalog id; "" = no verdict, only sizes
  std::int64_t gpus = 1;
  // Constants of one machine, as a log of it states them; 0 = what is typical.
  double non_torch_gib = 0; ///< what one device holds outside PyTorch beside its context
  double graph_gib = 0;     ///< CUDA graphs of an engine
  double context_gib = 0;   ///< everything outside the framework's allocator: driver context, libraries, communicators
  double memory_gib = 0;    ///< what one device offers; 0 = what the catalog says of `gpu`
  double usd_per_gpu_hour = 0;  ///< rent of one device, where somebody pays another price (spot, contract); 0 = the catalog's
};

struct Scenario {
  ModelConfig model;
  Task task = Task::inference;
  InferenceRun inference;
  TrainingRun training;
  Parallelism parallelism;
  HardwareChoice hardware;
  EstimateMethod method = EstimateMethod::engine;
};

}  // namespace vram
