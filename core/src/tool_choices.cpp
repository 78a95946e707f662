// The tools that choose and compare: cards, costs, models.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <tuple>

#include "cost_json.h"
#include "json_tree.h"
#include "request.h"
#include "tool_answers.h"
#include "tool_scenarios.h"
#include "vram/catalog.h"
#include "vram/json.h"
#include "vram/layout.h"
#include "vram/recommend.h"

namespace vram {

using nlohmann::json;

namespace {

constexpr double kGib = 1073741824.0;

json cost_of(const CostEstimate& cost) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  write_cost(writer, cost);
  writer.end_object();
  json member = tree_of(out);
  return member.contains("cost") ? member["cost"] : json::object();
}

/// Cards by memory alone: as many of each as hold `gib` at the level that people aim for, no more than a node.
json cards_for_memory(double gib, std::size_t limit) {
  struct Row {
    const GpuSpec* gpu;
    std::int64_t count;
    double use;
  };
  std::vector<Row> rows;
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (gpu.availability != Availability::released) continue;
    for (const std::int64_t count : card_counts(per_node_of(gpu), per_node_of(gpu))) {
      const double use = gib * kGib / (static_cast<double>(gpu.usable_bytes) * static_cast<double>(count));
      if (level_of(use) == FitLevel::insufficient) continue;
      rows.push_back({&gpu, count, use});
      break;
    }
  }
  const auto hourly = [](const Row& row) { return row.gpu->prices.cloud_usd_per_hour > 0 ? row.gpu->prices.cloud_usd_per_hour * static_cast<double>(row.count) : 1e9; };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    return std::tuple(a.count, level_of(a.use), hourly(a)) < std::tuple(b.count, level_of(b.use), hourly(b));
  });
  json out = json::array();
  for (std::size_t i = 0; i < std::min(limit, rows.size()); ++i) {
    json row = {{"gpu", std::string(rows[i].gpu->id)}, {"gpus", rows[i].count}, {"utilization", rows[i].use}, {"level", std::string(name_of(level_of(rows[i].use)))}};
    const CostEstimate cost = estimate_cost(*rows[i].gpu, static_cast<double>(rows[i].count), {});
    row["cost"] = cost_of(cost);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

json scenario_of(const ToolCall& call, std::string_view task) {
  if (call.has("scenario")) return call.arguments["scenario"];
  ScenarioBuilder builder(call);
  builder.scenario["task"] = std::string(task);
  builder.model();
  if (task == "inference") {
    builder.inference_precision();
    builder.copy("batchSize", "inference", "batch_size");
    builder.copy("sequenceLength", "inference", "context_length");
  } else {
    builder.training_precision();
    builder.adapters();
    builder.copy("batchSize", "training", "micro_batch_size");
    builder.copy("sequenceLength", "training", "sequence_length");
    if (task == "finetuning" && builder.scenario["training"].value("method", "") == "qlora") builder.copy("quantization", "training", "quantization");
  }
  builder.card();
  for (const json& name : builder.without_effect()) {
    const std::string text = name.get<std::string>();
    if (text == "quantization" || text == "loraRank") {
      call.issues.push_back(warning("argument_without_effect", text, "", text + " changes nothing in a run of task " + std::string(task) + "."));
    }
  }
  return builder.scenario;
}

ToolAnswer recommend_answer(const ToolCall& call) {
  const double limit = call.number("limit", 10);
  if (call.has("requiredMemory")) {
    ToolAnswer answer;
    answer.structured["recommendations"] = cards_for_memory(call.number("requiredMemory", 0), static_cast<std::size_t>(limit));
    return answer;
  }
  json scenario = scenario_of(call, call.text("task", "inference"));
  if (has_errors(call.issues)) return {};
  json request = {{"scenario", scenario}, {"limit", static_cast<std::int64_t>(limit)}};
  if (call.has("gpus")) request["most_gpus"] = call.arguments["gpus"];
  if (call.has("gpus") && !call.has("scenario")) request["scenario"].erase("hardware");
  return {ask(recommend_json, request), {}};
}

ToolAnswer cost_answer(const ToolCall& call) {
  const std::string name = call.text("gpu");
  const GpuLookup found = find_gpu(name);
  if (found.gpu == nullptr) {
    std::string nearest;
    for (std::size_t i = 0; i < found.candidate_count; ++i) nearest += (i == 0 ? "" : ", ") + std::string(found.candidates[i]->id);
    call.issues.push_back(error(found.status == LookupStatus::ambiguous ? "ambiguous_gpu" : "unknown_gpu", "gpu", json(name).dump(), "No one accelerator is called " + name + "; the nearest are " + nearest + "."));
    return {};
  }
  const double hours = call.number("hours", 0);
  const double cards = call.number("gpus", 1);
  SpeedEstimate speed;
  speed.run_seconds = 3600 * hours;
  speed.watts = cards * found.gpu->tdp_watts;  // at full load
  ToolAnswer answer;
  json& structured = answer.structured;
  structured["gpu"] = std::string(found.gpu->id);
  structured["gpus"] = static_cast<std::int64_t>(cards);
  structured["hours"] = hours;
  structured["cost"] = cost_of(estimate_cost(*found.gpu, cards, speed));
  const CostEstimate cost = estimate_cost(*found.gpu, cards, speed);
  if (hours > 0 && cost.usd_total > 0 && cost.owned_usd_total > 0) {
    structured["cheaper"] = cost.break_even_hours > 0 && hours > cost.break_even_hours ? "buy" : "rent";
  }
  return answer;
}

ToolAnswer compare_answer(const ToolCall& call) {
  const std::string task = call.text("task", "inference");
  ToolAnswer answer;
  answer.structured["models"] = json::array();
  answer.structured["issues"] = json::array();
  for (const json& id : call.arguments["modelIds"]) {
    ToolCall one{call.arguments, call.issues, call.language};
    one.arguments["modelId"] = id;
    one.arguments.erase("modelIds");
    const json result = ask(estimate_json, scenario_of(one, task));
    json row = {{"model", id}};
    if (result.contains("memory")) {
      row["parameters"] = result["model"]["parameters"];
      row["active_parameters"] = result["model"]["active_parameters"];
      for (const char* name : {"total_bytes", "low_bytes", "high_bytes", "usable_bytes", "fits", "fit_probability"}) {
        if (result["memory"].contains(name)) row[name] = result["memory"][name];
      }
      if (result.contains("speed")) row["tokens_per_second"] = result["speed"]["tokens_per_second"];
      if (result.contains("cost") && result["cost"].contains("usd_per_million_tokens")) row["usd_per_million_tokens"] = result["cost"]["usd_per_million_tokens"];
    }
    for (json issue : result["issues"]) {
      issue["model"] = id;
      answer.structured["issues"].push_back(std::move(issue));
    }
    answer.structured["models"].push_back(std::move(row));
  }
  return answer;
}

ToolAnswer estimate_answer(const ToolCall& call) { return {ask(estimate_json, call.arguments["scenario"]), {}}; }

}  // namespace vram
