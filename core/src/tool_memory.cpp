// The tools that calculate memory: the published shape as text, our full result as the object.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "documented_json.h"
#include "json_tree.h"
#include "request.h"
#include "tool_answers.h"
#include "tool_scenarios.h"
#include "vram/json.h"
#include "vram/recommend.h"

namespace vram {

using nlohmann::json;

namespace {

constexpr double kGib = 1073741824.0;

bool has_error(const json& result) {
  return std::any_of(result["issues"].begin(), result["issues"].end(), [](const json& issue) { return issue["severity"] == "error"; });
}

TermBytes terms_of(const json& result) {
  TermBytes terms;
  if (!result.contains("memory")) return terms;
  for (const json& row : result["memory"]["terms"]) {
    for (std::size_t i = 0; i < kTermCount; ++i) {
      if (row["id"] == name_of(static_cast<TermId>(i))) terms.bytes[i] = row["bytes"].get<double>();
    }
  }
  return terms;
}

json breakdown_of(const ShareBytes& shares) {
  static constexpr std::array<const char*, static_cast<std::size_t>(Share::count)> kNames = {"modelWeights", "optimizer", "gradients", "activations", "kvCache", "other"};
  json breakdown = json::object();
  for (std::size_t i = 0; i < kNames.size(); ++i) breakdown[kNames[i]] = shares[i] / kGib;
  return breakdown;
}

json messages_of(const json& result, std::string_view severity) {
  json texts = json::array();
  for (const json& issue : result["issues"]) {
    if (issue["severity"] == severity) texts.push_back(issue["message"]);
  }
  return texts;
}

json cards_of(const json& scenario) {
  json answer = ask(recommend_json, {{"scenario", scenario}, {"limit", 5}});
  return answer.contains("recommendations") ? answer["recommendations"] : json::array();
}

/// The documented formula with the call's own inputs, beside what the engine says.
json documented_member(const json& inputs, const TermBytes& ours, const ToolCall& call, ShareBytes& shares) {
  Issues issues;
  const DocumentedAnswer answer = documented_by_inputs(inputs, issues);
  call.issues.insert(call.issues.end(), issues.begin(), issues.end());
  if (has_errors(issues)) return {};
  shares = shares_of(answer.estimate);
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  write_documented(writer, answer, ours.total().value > 0 ? &ours : nullptr, call.language);
  writer.end_object();
  return tree_of(out)["documented"];
}

double sum(const ShareBytes& shares) {
  double bytes = 0;
  for (const double share : shares) bytes += share;
  return bytes;
}

/// `inputs` are those of the documented formula; `tokens` of a step are for the published compute efficiency.
ToolAnswer memory_answer(const ToolCall& call, const ScenarioBuilder& builder, json inputs, std::string_view model_type, double tokens) {
  const bool documented_asked = call.text("method") == "documented" || call.text("estimateMethod") == "documented";
  if (has_errors(call.issues)) return {};
  ToolAnswer answer;
  json& result = answer.structured = ask(estimate_json, builder.scenario);
  const TermBytes ours = terms_of(result);
  ShareBytes documented_shares{};
  if (!inputs.contains("modelSize") && result.contains("model")) {
    inputs["modelParams"] = result["model"]["parameters"].get<double>() / 1e9;
    if (inputs["formula"] != "training") {
      inputs["hiddenSize"] = result["model"]["hidden_size"];
      inputs["numLayers"] = result["model"]["num_hidden_layers"];
    }
  }
  const bool known = inputs.contains("modelSize") || inputs.contains("modelParams");
  result["documented"] = known ? documented_member(inputs, ours, call, documented_shares) : json();
  if (result["documented"].is_null()) result.erase("documented");
  const bool documented = documented_asked && known && !has_errors(call.issues);
  result["method"] = documented_asked ? "documented" : "engine";
  result["without_effect"] = builder.without_effect();
  if (has_error(result)) {
    if (!documented) return answer;
    // The engine refuses this run; the formula was what was asked for.
    for (json& issue : result["issues"]) issue["severity"] = "warning";
  }
  const ShareBytes shares = documented ? documented_shares : shares_of(ours);
  const double total = documented ? sum(shares) : static_cast<double>(ours.total().value);
  const double size = result.contains("model") ? result["model"]["parameters"].get<double>() / 1e9 : 0;
  json gpus = json::array();
  json hardware = json::array();
  const json cards = cards_of(builder.scenario);
  result["recommendations"] = cards;
  for (const json& row : cards) {
    const std::string name = row["gpu"].get<std::string>() + (row["gpus"] == 1 ? "" : " × " + row["gpus"].dump());
    gpus.push_back(name);
    hardware.push_back(name + ": " + row["level"].get<std::string>() + ", " + std::to_string(std::lround(100 * row["utilization"].get<double>())) + " %");
  }
  const json suggestions = messages_of(result, "suggestion");
  answer.text = {{"totalVRAM", total / kGib},
                 {"breakdown", breakdown_of(shares)},
                 {"recommendations", {{"gpus", gpus}, {"optimizations", suggestions}}},
                 {"metadata",
                  {{"modelType", std::string(model_type)},
                   {"optimizationSuggestions", suggestions},
                   {"memoryEfficiency", total > 0 ? documented::memory_efficiency(size, total / kGib) : 0.0},
                   {"computeEfficiency", documented::compute_efficiency(1, tokens)},
                   {"hardwareRecommendations", hardware}}}};
  return answer;
}

/// The call's own arguments under a formula's name, less those that are no published input.
json published_inputs(const ToolCall& call, const char* formula) {
  json inputs = call.arguments;
  for (const char* name : {"language", "method", "estimateMethod", "gpu", "gpus", "modelId", "modelParams", "engine", "kvCachePrecision", "trainingEpochs", "groupSize"}) inputs.erase(name);
  inputs["formula"] = formula;
  if (inputs.contains("optimizer")) {
    const std::string optimizer = inputs["optimizer"];
    inputs["optimizer"] = optimizer.starts_with("sgd") ? "SGD" : "AdamW";
  }
  if (inputs.contains("loraTargetModules") && inputs["loraTargetModules"] == json::array({"all-linear"})) {
    inputs["loraTargetModules"] = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
  }
  return inputs;
}

/// A published packing for one of ours.
std::string packing_name(const ToolCall& call) {
  const std::string name = call.text("quantization", "none");
  const auto packing = quantization_by_name(name);
  if (!packing.has_value() || packing->kind == Quantization::Kind::none) return "None";
  if (name.starts_with("fp8")) return "FP8";
  for (const char c : name) {
    if (c >= '2' && c <= '8') return c > '5' ? "INT8" : "INT4";
  }
  return "INT4";  // gptq, awq
}

void training_common(ScenarioBuilder& builder) {
  builder.training_precision();
  builder.adapters();
  builder.copy("batchSize", "training", "micro_batch_size");
  builder.copy("sequenceLength", "training", "sequence_length");
  builder.copy("gradientAccumulationSteps", "training", "gradient_accumulation_steps");
  builder.copy("optimizer", "training", "optimizer");
  builder.copy("learningRate", "training", "learning_rate");
  builder.copy("trainingEpochs", "training", "epochs");
  builder.checkpointing();
  builder.card();
}

}  // namespace

json ask(std::string (*question)(std::string_view), const json& request) {
  return tree_of(question(request.dump(-1, ' ', false, json::error_handler_t::replace)));
}

ToolAnswer advanced_finetuning_answer(const ToolCall& call) {
  const std::string type = call.text("modelType");
  ScenarioBuilder builder(call);
  builder.scenario["task"] = "finetuning";
  builder.family();
  training_common(builder);
  builder.copy("dropoutRate", "training", "dropout");
  builder.copy("weightDecay", "training", "weight_decay");
  builder.copy("warmupSteps", "training", "warmup_steps");
  builder.copy("gradientClipping", "training", "max_grad_norm");
  if (type == "multimodal") {
    builder.set("training", "images", 1);
    builder.copy("imageResolution", "training", "image_size");
  }
  if (type == "moe") builder.copy("expertCapacityFactor", "training", "expert_capacity_factor");
  if (type == "cnn") {
    builder.set("training", "framework", "torchvision");
    builder.copy("inputImageSize", "training", "image_size");
    if (call.text("optimizer") == "sgd") builder.set("training", "optimizer", "sgd_momentum");
  }
  const std::string formula = "advanced_" + type;
  const double tokens = call.number("batchSize", 1) * (type == "cnn" ? 1.0 : call.number("sequenceLength", 2048));
  return memory_answer(call, builder, published_inputs(call, formula.c_str()), type, tokens);
}

ToolAnswer inference_answer(const ToolCall& call) {
  ScenarioBuilder builder(call);
  builder.scenario["task"] = "inference";
  builder.model();
  builder.inference_precision();
  builder.copy("batchSize", "inference", "batch_size");
  builder.copy("sequenceLength", "inference", "context_length");
  builder.copy("kvCachePrecision", "inference", "kv_cache_dtype");
  builder.copy("engine", "inference", "engine");
  builder.card();
  json inputs = published_inputs(call, "inference");
  inputs["quantization"] = packing_name(call);
  return memory_answer(call, builder, inputs, "nlp", call.number("batchSize", 1) * call.number("sequenceLength", 8192));
}

ToolAnswer training_answer(const ToolCall& call) {
  ScenarioBuilder builder(call);
  builder.scenario["task"] = "pretraining";
  builder.model();
  training_common(builder);
  json inputs = published_inputs(call, "training");
  for (const char* name : {"gradientAccumulationSteps", "learningRate"}) inputs.erase(name);
  return memory_answer(call, builder, inputs, "nlp", call.number("batchSize", 4) * call.number("sequenceLength", 2048));
}

ToolAnswer finetuning_answer(const ToolCall& call) {
  ScenarioBuilder builder(call);
  builder.scenario["task"] = "finetuning";
  builder.model();
  builder.set("training", "method", call.text("method", "lora"));
  training_common(builder);
  const bool packed = builder.scenario["training"].value("method", "") == "qlora";
  if (packed) builder.copy("quantization", "training", "quantization");
  json inputs = json::object();
  inputs["formula"] = "finetuning";
  const std::string method = builder.scenario["training"]["method"];
  inputs["method"] = method == "full" || method == "prefix" || method == "qlora" ? method : "lora";
  inputs["quantization"] = packed ? (call.has("quantization") ? packing_name(call) : "INT4") : "None";
  for (const char* name : {"precision", "loraRank"}) {
    if (call.has(name)) inputs[name] = call.arguments[name];
  }
  if (!call.has("loraRank")) inputs["loraRank"] = 16;  // the scenario's default
  return memory_answer(call, builder, inputs, "nlp", call.number("batchSize", 4) * call.number("sequenceLength", 2048));
}

ToolAnswer grpo_answer(const ToolCall& call) {
  ScenarioBuilder builder(call);
  builder.scenario["task"] = "finetuning";
  builder.model();
  builder.set("training", "stage", "grpo");
  training_common(builder);
  const char* group = call.has("groupSize") ? "groupSize" : "numGenerations";
  builder.copy(group, "training", "group_size");
  if (builder.take("maxPromptLength") && builder.take("maxCompletionLength")) {
    builder.set("training", "sequence_length", call.number("maxPromptLength", 512) + call.number("maxCompletionLength", 1536));
    builder.set("training", "prompt_length", call.number("maxPromptLength", 512));
  }
  if (builder.take("use8BitOptimizer") && call.flag("use8BitOptimizer", false)) builder.set("training", "optimizer", "adamw_8bit");
  json inputs = published_inputs(call, "grpo");
  inputs.erase("loraRank");
  if (call.has(group)) inputs["numGenerations"] = call.arguments[group];
  return memory_answer(call, builder, inputs, "nlp", call.number("batchSize", 4) * call.number("sequenceLength", 2048));
}

ToolAnswer multimodal_answer(const ToolCall& call) {
  const std::string mode = call.text("mode", "inference");
  const std::string modality = call.text("modalityType", "text-image");
  const bool serves = mode == "inference";
  const bool image = modality == "text-image" || modality == "all";
  const bool audio = modality != "text-image" && modality != "text-video";
  const bool video = modality != "text-image" && modality != "text-audio";
  ScenarioBuilder builder(call);
  builder.scenario["task"] = serves ? "inference" : mode == "training" ? "pretraining" : "finetuning";
  builder.model();
  const char* group = serves ? "inference" : "training";
  if (serves) {
    builder.inference_precision();
    builder.copy("batchSize", group, "batch_size");
    builder.copy("sequenceLength", group, "context_length");
    builder.card();
  } else {
    if (mode == "finetuning") builder.set(group, "method", "lora");
    training_common(builder);
  }
  builder.copy("imageResolution", group, "image_size");
  (void)builder.take("mode");
  (void)builder.take("modalityType");
  if (image) {
    builder.set(group, "images", 1);
    builder.copy("numImages", group, "images");
  }
  if (video) {
    // A clip of the published length and rate where the call says nothing.
    const bool rated = builder.take("videoFrameRate");
    const bool timed = builder.take("videoLength");
    const double frames = (rated ? call.number("videoFrameRate", 0) : 25) * (timed ? call.number("videoLength", 0) : 10);
    builder.set(group, "frames", std::fmin(std::round(frames), 1e6));
  }
  if (audio && call.text("method") != "documented") {
    call.issues.push_back(error("not_computed", "modalityType", '"' + modality + '"', "modalityType " + modality + " is not computed by this release."));
  }
  return memory_answer(call, builder, published_inputs(call, "multimodal"), "multimodal", call.number("batchSize", 1) * call.number("sequenceLength", 2048));
}

}  // namespace vram
