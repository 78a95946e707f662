// The tools that change a run: advice, tuning for a card, plans for a cluster.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>

#include "tool_answers.h"
#include "vram/advice.h"
#include "vram/catalog.h"
#include "vram/json.h"
#include "vram/plan.h"

namespace vram {

using nlohmann::json;

namespace {

constexpr double kGib = 1073741824.0;

/// The released card whose memory is nearest to `gib`.
std::string_view card_with(double gib) {
  const GpuSpec* nearest = nullptr;
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (gpu.availability != Availability::released || gpu.gpu_class == GpuClass::laptop || !gpu.supports_bf16 || gpu.prices.cloud_usd_per_hour <= 0) continue;
    const auto off = [gib](const GpuSpec& row) { return std::fabs(static_cast<double>(row.memory_bytes) / kGib - gib); };
    if (nearest == nullptr || off(gpu) < off(*nearest)) nearest = &gpu;
  }
  return nearest->id;
}

bool failed(const json& reply) {
  return std::any_of(reply["issues"].begin(), reply["issues"].end(), [](const json& issue) { return issue["severity"] == "error"; });
}

json laid_over(json scenario, const json& changes) {
  scenario.merge_patch(changes);
  return scenario;
}

/// The ways to change what is trained or stored, least first; the empty one is the run as it is.
std::vector<json> ways_of(const json& scenario) {
  if (scenario.value("task", "inference") == "inference") {
    return {json::object(), {{"inference", {{"quantization", "fp8"}}}}, {{"inference", {{"quantization", "awq"}}}}};
  }
  const json small = {{"training", {{"optimizer", "adamw_8bit"}}}};
  const json lora = {{"training", {{"method", "lora"}}}};
  const json qlora = {{"training", {{"method", "qlora"}}}};
  return {json::object(), small, lora, qlora};
}

}  // namespace

ToolAnswer optimize_answer(const ToolCall& call) {
  const json scenario = scenario_of(call, call.text("task", "finetuning"));
  if (has_errors(call.issues)) return {};
  ToolAnswer answer;
  json& structured = answer.structured = ask(advise_json, {{"scenario", scenario}});
  const std::string target = call.text("target");
  if (!target.empty() && structured.contains("suggestions")) {
    json kept = json::array();
    for (json& row : structured["suggestions"]) {
      if (row["group"] == target) kept.push_back(std::move(row));
    }
    structured["suggestions"] = std::move(kept);
  }
  return answer;
}

ToolAnswer auto_tune_answer(const ToolCall& call) {
  json scenario = scenario_of(call, call.text("task", "finetuning"));
  if (call.has("gpuMemory")) {
    if (!call.has("gpu")) scenario["hardware"]["gpu"] = std::string(card_with(call.number("gpuMemory", 0)));
    scenario["hardware"]["memory_gib"] = call.number("gpuMemory", 0);
  } else if (!scenario.contains("hardware") || !scenario["hardware"].contains("gpu")) {
    call.issues.push_back(error("missing_field", "gpu", "", "gpu or gpuMemory is required: what to tune for."));
  }
  if (has_errors(call.issues)) return {};
  const std::string priority = call.text("priority", "balanced");
  const std::int64_t gpus = static_cast<std::int64_t>(call.number("gpus", 1));
  scenario["hardware"].erase("gpus");
  ToolAnswer answer;
  double best = 0;
  json chosen;
  for (const json& way : ways_of(scenario)) {
    const json changed = laid_over(scenario, way);
    const json reply = ask(plan_json, {{"scenario", changed}, {"gpus", gpus}, {"limit", 1000}});
    if (failed(reply)) {
      answer.structured["issues"] = reply["issues"];
      if (way.empty()) return answer;
      continue;  // this card has no fp8, or the model nothing to adapt
    }
    for (const json& row : reply["plans"]) {
      // memory: the least; speed: the fastest; quality: the fastest of the first way that fits; balanced: that with room to spare.
      const double use = row["total_bytes"].get<double>() / row["usable_bytes"].get<double>();
      if (priority == "balanced" && use > 0.85) continue;
      const double score = priority == "memory" ? 1 / row["total_bytes"].get<double>() : row["tokens_per_second"].get<double>();
      if (score <= best) continue;
      best = score;
      chosen = laid_over(changed, row["changes"]);
    }
    if (!chosen.is_null() && (priority == "quality" || priority == "balanced")) break;
  }
  answer.structured["found"] = !chosen.is_null();
  answer.structured["priority"] = priority;
  answer.structured["issues"] = json::array();
  if (!chosen.is_null()) {
    answer.structured["scenario"] = chosen;
    answer.structured["result"] = ask(estimate_json, chosen);
  }
  return answer;
}

ToolAnswer plan_answer(const ToolCall& call) {
  json scenario = scenario_of(call, call.text("task", "pretraining"));
  if (has_errors(call.issues)) return {};
  json request = {{"scenario", scenario}};
  if (!call.has("scenario") && scenario.contains("hardware")) request["scenario"]["hardware"].erase("gpus");
  if (call.has("gpus")) request["gpus"] = call.arguments["gpus"];
  if (call.has("limit")) request["limit"] = call.arguments["limit"];
  return {ask(plan_json, request), {}};
}

}  // namespace vram
