// Whole-scenario rules.
// SPDX-License-Identifier: MIT
#include "validate.h"

#include <string>

namespace vram {

namespace {

std::string text(std::int64_t value) { return std::to_string(value); }

void check_parallelism(const Scenario& scenario, const Inventory& inventory, Issues& issues) {
  const Parallelism& p = scenario.parallelism;
  if (p.world_size() != scenario.hardware.gpus) {
    issues.push_back(error("world_size_mismatch", "hardware.gpus", text(scenario.hardware.gpus),
                           "hardware.gpus is " + text(scenario.hardware.gpus) + ", but the parallel degrees multiply to " + text(p.world_size()) + "."));
  }
  if (inventory.max_heads > 1 && inventory.max_heads % p.tensor_parallel_size != 0) {
    issues.push_back(error("tensor_parallel_does_not_divide_heads", "parallelism.tensor_parallel_size", text(p.tensor_parallel_size),
                           "Tensor parallelism of " + text(p.tensor_parallel_size) + " does not divide the " + text(inventory.max_heads) + " attention heads."));
  } else if (p.tensor_parallel_size > inventory.max_kv_heads && inventory.max_heads > 1) {
    issues.push_back(warning("kv_heads_replicated", "parallelism.tensor_parallel_size", text(p.tensor_parallel_size),
                             "The model has " + text(inventory.max_kv_heads) + " KV heads; beyond that tensor parallelism keeps copies of them."));
  }
  if (inventory.num_layers > 0 && p.pipeline_parallel_size > inventory.num_layers) {
    issues.push_back(error("pipeline_exceeds_layers", "parallelism.pipeline_parallel_size", text(p.pipeline_parallel_size),
                           "There are " + text(p.pipeline_parallel_size) + " pipeline stages for " + text(inventory.num_layers) + " layers."));
  }
  if (inventory.num_experts > 0 ? inventory.num_experts % p.expert_parallel_size != 0 : p.expert_parallel_size > 1) {
    issues.push_back(error("expert_parallel_does_not_divide_experts", "parallelism.expert_parallel_size", text(p.expert_parallel_size),
                           "Expert parallelism of " + text(p.expert_parallel_size) + " does not divide the " + text(inventory.num_experts) + " experts of the model."));
  }
}

void check_length(const Scenario& scenario, const Inventory& inventory, Issues& issues) {
  const bool inference = scenario.task == Task::inference;
  const std::int64_t length = inference ? scenario.inference.context_length : scenario.training.sequence_length;
  if (inventory.max_length > 0 && length > inventory.max_length) {
    issues.push_back(warning("sequence_beyond_model", inference ? "inference.context_length" : "training.sequence_length", text(length),
                             "The model was made for up to " + text(inventory.max_length) + " tokens."));
  }
}

void check_card(const Scenario& scenario, const GpuSpec& gpu, Issues& issues) {
  const bool inference = scenario.task == Task::inference;
  const Dtype weights = inference ? scenario.inference.weight_dtype : scenario.training.weight_dtype;
  const MixedPrecision mixed = inference ? MixedPrecision::none : scenario.training.mixed_precision;
  const std::string name(gpu.name);
  if ((weights == Dtype::bf16 || mixed == MixedPrecision::bf16) && !gpu.supports_bf16) {
    issues.push_back(error("bf16_unsupported", weights == Dtype::bf16 ? (inference ? "inference.weight_dtype" : "training.weight_dtype") : "training.mixed_precision",
                           "\"bf16\"", name + " has no bf16; choose fp16 or fp32."));
  }
  if ((weights == Dtype::fp8 || mixed == MixedPrecision::fp8) && !gpu.supports_fp8) {
    issues.push_back(error("fp8_unsupported", weights == Dtype::fp8 ? (inference ? "inference.weight_dtype" : "training.weight_dtype") : "training.mixed_precision",
                           "\"fp8\"", name + " has no fp8."));
  }
}

void check_training(const Scenario& scenario, Issues& issues) {
  const TrainingRun& t = scenario.training;
  if ((t.weight_dtype == Dtype::int8 || t.weight_dtype == Dtype::fp8) && t.method != Method::qlora) {
    issues.push_back(error("weights_cannot_train", "training.weight_dtype", '"' + std::string(name_of(t.weight_dtype)) + '"',
                           "Weights in " + std::string(name_of(t.weight_dtype)) + " cannot be trained; use qlora for a quantised base."));
  }
}

}  // namespace

void validate(const Scenario& scenario, const Inventory& inventory, const GpuSpec* gpu, Issues& issues) {
  check_parallelism(scenario, inventory, issues);
  check_length(scenario, inventory, issues);
  if (scenario.task != Task::inference) check_training(scenario, issues);
  if (gpu != nullptr) check_card(scenario, *gpu, issues);
}

}  // namespace vram
