// The table of features.
// SPDX-License-Identifier: MIT
#include "features.h"

#include "rate.h"
#include "vram/catalog.h"
#include "vram/estimate.h"
#include "vram/model_json.h"

namespace bench {

using namespace vram;

namespace {

constexpr const char* kDense = "meta-llama/Llama-3.1-8B";
constexpr const char* kMixture = "deepseek-ai/DeepSeek-V3";
constexpr const char* kVision = "Qwen/Qwen2.5-VL-7B-Instruct";

constexpr auto kTrain = Task::finetuning;
constexpr auto kServe = Task::inference;

constexpr Feature kFeatures[] = {
    {"training: full, nothing recomputed", kDense, kTrain, [](Scenario&) {}},
    {"checkpointing: selective", kDense, kTrain, [](Scenario& s) { s.training.activation_checkpointing = Checkpointing::selective; }},
    {"checkpointing: full", kDense, kTrain, [](Scenario& s) { s.training.activation_checkpointing = Checkpointing::full; }},
    {"checkpointing: offloaded", kDense, kTrain, [](Scenario& s) { s.training.activation_checkpointing = Checkpointing::offloaded; }},
    {"LoRA", kDense, kTrain, [](Scenario& s) { s.training.method = Method::lora; }},
    {"QLoRA", kDense, kTrain, [](Scenario& s) { s.training.method = Method::qlora; }},
    {"DoRA", kDense, kTrain, [](Scenario& s) { s.training.method = Method::dora; }},
    {"AdaLoRA", kDense, kTrain, [](Scenario& s) { s.training.method = Method::adalora; }},
    {"prefix tuning", kDense, kTrain, [](Scenario& s) { s.training.method = Method::prefix; }},
    {"16 frozen layers", kDense, kTrain, [](Scenario& s) { s.training.method = Method::freeze, s.training.frozen_layers = 16; }},
    {"eager attention", kDense, kTrain, [](Scenario& s) { s.training.attention = AttentionKind::eager; }},
    {"fused loss", kDense, kTrain, [](Scenario& s) { s.training.loss = LossKind::fused; }},
    {"8-bit optimizer", kDense, kTrain, [](Scenario& s) { s.training.optimizer = Optimizer::adamw_8bit; }},
    {"Adafactor", kDense, kTrain, [](Scenario& s) { s.training.optimizer = Optimizer::adafactor; }},
    {"optimizer in backward", kDense, kTrain, [](Scenario& s) { s.training.optimizer_in_backward = true; }},
    {"Megatron", kDense, kTrain, [](Scenario& s) { s.training.framework = Framework::megatron; }},
    {"DDP, 8 ranks", kDense, kTrain, [](Scenario& s) { s.parallelism.data_parallel_size = 8; }},
    {"ZeRO-1, 8 ranks", kDense, kTrain, [](Scenario& s) { s.parallelism.data_parallel_size = 8, s.parallelism.zero_stage = 1; }},
    {"ZeRO-2, 8 ranks", kDense, kTrain, [](Scenario& s) { s.parallelism.data_parallel_size = 8, s.parallelism.zero_stage = 2; }},
    {"ZeRO-3, 8 ranks", kDense, kTrain, [](Scenario& s) { s.parallelism.data_parallel_size = 8, s.parallelism.zero_stage = 3; }},
    {"ZeRO-3 and offload", kDense, kTrain, [](Scenario& s) { s.parallelism.data_parallel_size = 8, s.parallelism.zero_stage = 3, s.parallelism.offload = Offload::parameters; }},
    {"tensor and sequence parallel, 8 ranks", kDense, kTrain, [](Scenario& s) { s.parallelism.tensor_parallel_size = 8, s.parallelism.sequence_parallel = true; }},
    {"context parallel, 8 ranks", kDense, kTrain, [](Scenario& s) { s.parallelism.context_parallel_size = 8; }},
    {"pipeline parallel, 2 stages", kDense, kTrain, [](Scenario& s) { s.parallelism.pipeline_parallel_size = 2; }},
    {"pipeline parallel, 8 stages", kDense, kTrain, [](Scenario& s) { s.parallelism.pipeline_parallel_size = 8; }},
    {"DPO", kDense, kTrain, [](Scenario& s) { s.training.stage = TrainingStage::dpo; }},
    {"KTO", kDense, kTrain, [](Scenario& s) { s.training.stage = TrainingStage::kto; }},
    {"reward model", kDense, kTrain, [](Scenario& s) { s.training.stage = TrainingStage::reward; }},
    {"PPO", kDense, kTrain, [](Scenario& s) { s.training.stage = TrainingStage::ppo; }},
    {"GRPO", kDense, kTrain, [](Scenario& s) { s.training.stage = TrainingStage::grpo; }},
    {"mixture of experts", kMixture, kTrain, [](Scenario&) {}},
    {"mixture, expert parallel, 8 ranks", kMixture, kTrain, [](Scenario& s) { s.parallelism.data_parallel_size = s.parallelism.expert_parallel_size = 8; }},
    {"vision tower, 4 images", kVision, kTrain, [](Scenario& s) { s.training.images = 4; }},
    {"encoder-decoder", "google-t5/t5-large", kTrain, [](Scenario&) {}},
    {"state-space hybrid", "ai21labs/Jamba-v0.1", kTrain, [](Scenario&) {}},
    {"convolutional network", "torchvision/resnet50", kTrain, [](Scenario&) {}},
    {"vision, GRPO, QLoRA, checkpointing, ZeRO-3, tensor and context parallel", kVision, kTrain,
     [](Scenario& s) {
       s.training.images = 4, s.training.stage = TrainingStage::grpo, s.training.method = Method::qlora;
       s.training.activation_checkpointing = Checkpointing::full;
       s.parallelism = {.data_parallel_size = 4, .tensor_parallel_size = 2, .context_parallel_size = 2, .zero_stage = 3, .sequence_parallel = true};
     }},
    {"inference: vLLM", kDense, kServe, [](Scenario&) {}},
    {"a card with a pool", kDense, kServe, [](Scenario& s) { s.hardware.memory_gib = 80, s.inference.reserve_kv_cache = true; }},
    {"AWQ weights, fp8 cache", kDense, kServe,
     [](Scenario& s) { s.inference.quantization = quantization_by_name("awq").value_or(Quantization{}), s.inference.kv_cache_dtype = KvDtype::fp8; }},
    {"llama.cpp, Q4_K_M", kDense, kServe,
     [](Scenario& s) { s.inference.engine = Engine::llama_cpp, s.inference.quantization = quantization_by_name("q4_k_m").value_or(Quantization{}); }},
    {"windowed layers", "google/gemma-3-12b-pt", kServe, [](Scenario&) {}},
    {"latent attention and experts", kMixture, kServe, [](Scenario&) {}},
    {"a draft of 5 tokens", kDense, kServe, [](Scenario& s) { s.inference.speculative_tokens = 5, s.inference.draft_parameters_b = 1; }},
    {"vision tower, 4 images", kVision, kServe, [](Scenario& s) { s.inference.images = 4; }},
    {"tensor parallel, 8 ranks", kDense, kServe, [](Scenario& s) { s.parallelism.tensor_parallel_size = 8; }},
    {"pipeline parallel, 8 stages", kDense, kServe, [](Scenario& s) { s.parallelism.pipeline_parallel_size = 8; }},
};

}  // namespace

std::span<const Feature> features() { return kFeatures; }

double evaluations(const Feature& feature, double budget, double& sink) {
  Scenario scenario;
  scenario.model = model_from_catalog(feature.model).model;
  scenario.task = feature.task;
  scenario.training.activation_checkpointing = Checkpointing::none;
  feature.set(scenario);
  const Inventory inventory = build_inventory(scenario.model);
  Evaluator evaluate(inventory);
  return rate(budget, sink, [&](std::int64_t i) {
    scenario.training.micro_batch_size = 1 + i % 64;
    scenario.training.sequence_length = 1024 + i % 4096;
    scenario.inference.batch_size = 1 + i % 64;
    scenario.inference.context_length = 512 + i % 4096;
    return static_cast<double>(evaluate(resolve(scenario, inventory, nullptr)).total().value);
  });
}

}  // namespace bench
