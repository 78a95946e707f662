// Scenarios of the tools.
// SPDX-License-Identifier: MIT
#include "tool_scenarios.h"

#include <array>

#include "slug.h"

namespace vram {

using nlohmann::json;

namespace {

struct Architecture {
  std::string_view published;
  std::string_view family;
};
/// Names under which an architecture was published, and the family of ours that computes like it. A family's own name does too.
constexpr auto kArchitectures = std::to_array<Architecture>({
    {"Transformer", "gpt"},       {"Switch Transformer", "switch"}, {"PaLM-2", "glam"},         {"GPT-4V", "llava"},
    {"Qwen-VL", "llava"},         {"DenseNet", "densenet"},         {"DeepSeek-V3", "deepseek-moe"}, {"Mixtral 8x7B", "mixtral"},
});

}  // namespace

void ScenarioBuilder::copy(const char* argument, const char* group, const char* field) {
  if (take(argument)) scenario[group][field] = call_.arguments[argument];
}

void ScenarioBuilder::model() {
  const bool named = take("modelId");
  const bool sized = take("modelParams");
  if (named) {
    scenario["model"] = call_.arguments["modelId"];
  } else if (sized) {
    scenario["model"] = {{"family", "llama"}, {"parameters", 1e9 * call_.number("modelParams", 7)}};
  } else {
    call_.issues.push_back(error("missing_field", "modelId", "", "modelId or modelParams is required: a model of the catalog, or a size in billions."));
  }
}

void ScenarioBuilder::family() {
  std::string family = call_.text("architectureType");
  for (const Architecture& row : kArchitectures) {
    if (same_slug(row.published, family)) family = row.family;
  }
  json model = {{"family", slug_of(family)}, {"parameters", 1e9 * call_.number("modelSize", 7)}};
  static constexpr std::array<std::array<const char*, 2>, 8> kDimensions = {{{"hiddenSize", "hidden_size"},
                                                                             {"numLayers", "num_hidden_layers"},
                                                                             {"numAttentionHeads", "num_attention_heads"},
                                                                             {"vocabSize", "vocab_size"},
                                                                             {"intermediateSize", "intermediate_size"},
                                                                             {"numExperts", "num_experts"},
                                                                             {"numActiveExperts", "num_experts_per_tok"},
                                                                             {"imageResolution", "image_size"}}};
  for (const auto& [argument, field] : kDimensions) {
    if (take(argument)) model[field] = call_.arguments[argument];
  }
  for (const char* name : {"modelType", "modelSize", "architectureType"}) used_.insert(name);
  scenario["model"] = std::move(model);
}

void ScenarioBuilder::inference_precision() {
  if (take("precision")) {
    const std::string precision = call_.text("precision");
    const bool packed = precision == "fp8" || precision == "int8" || precision == "int4";
    set("inference", packed ? "quantization" : "weight_dtype", precision);
  }
  copy("quantization", "inference", "quantization");
}

void ScenarioBuilder::training_precision() {
  const std::string precision = take("precision") ? call_.text("precision") : "bf16";
  const bool packed = precision == "int8" || precision == "int4";
  set("training", "mixed_precision", precision == "fp32" ? "none" : packed ? "bf16" : precision);
  if (packed) {
    set("training", "method", "qlora");
    set("training", "quantization", precision == "int8" ? "int8" : "nf4-dq");
  }
  if (precision == "fp32") set("training", "weight_dtype", "fp32");
}

void ScenarioBuilder::adapters() {
  json& training = scenario["training"];
  const bool ranked = take("loraRank");
  if (ranked && !training.contains("method")) training["method"] = "lora";
  const bool adapts = training.contains("method") && training["method"] != "full" && training["method"] != "freeze";
  if (adapts && call_.text("precision") == "fp16") training["weight_dtype"] = "fp16";
  if (!adapts) {
    used_.erase("loraRank");
    return;
  }
  copy("loraRank", "training", "lora_rank");
  copy("loraAlpha", "training", "lora_alpha");
  copy("loraTargetModules", "training", "lora_target_modules");
}

void ScenarioBuilder::checkpointing() {
  if (take("gradientCheckpointing")) set("training", "activation_checkpointing", call_.flag("gradientCheckpointing", false) ? "full" : "none");
}

void ScenarioBuilder::card() {
  copy("gpu", "hardware", "gpu");
  copy("gpus", "hardware", "gpus");
  if (take("language")) scenario["language"] = call_.text("language");
}

json ScenarioBuilder::without_effect() const {
  json names = json::array();
  for (const auto& [name, value] : call_.arguments.items()) {
    if (!used_.contains(name) && name != "method" && name != "estimateMethod") names.push_back(name);
  }
  return names;
}

}  // namespace vram
