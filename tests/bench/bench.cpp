// Evaluations per second of the hot path (no JSON) and microseconds per JSON call; prints one JSON object.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "vram/advice.h"
#include "vram/estimate.h"
#include "vram/json.h"
#include "vram/model_json.h"
#include "vram/recommend.h"
#include "vram/solve.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Runs `body(i)` in growing batches for about `budget` seconds and returns calls per second. `sink` keeps the work.
template <class Body>
double rate(double budget, double& sink, Body&& body) {
  std::int64_t calls = 0;
  const Clock::time_point start = Clock::now();
  double elapsed = 0;
  while (elapsed < budget) {
    for (int i = 0; i < 1000; ++i) sink += body(calls + i);
    calls += 1000;
    elapsed = seconds_since(start);
  }
  return static_cast<double>(calls) / elapsed;
}

vram::Scenario scenario_of(const char* model, vram::Task task) {
  vram::Scenario scenario;
  scenario.model = vram::model_from_catalog(model).model;
  scenario.task = task;
  return scenario;
}

/// One training or inference estimate per call; batch and length change every time, so nothing can be kept.
double evaluations(const char* model, vram::Task task, bool full, double& sink) {
  vram::Scenario scenario = scenario_of(model, task);
  scenario.training.method = full ? vram::Method::full : vram::Method::lora;
  const vram::Inventory inventory = vram::build_inventory(scenario.model);
  vram::Evaluator evaluate(inventory);
  return rate(1.0, sink, [&](std::int64_t i) {
    scenario.training.micro_batch_size = 1 + i % 64;
    scenario.training.sequence_length = 512 + i % 4096;
    scenario.inference.batch_size = 1 + i % 64;
    scenario.inference.context_length = 512 + i % 4096;
    return static_cast<double>(evaluate(vram::resolve(scenario, inventory, nullptr)).total().value);
  });
}

double json_calls(double& sink) {
  return rate(1.0, sink, [](std::int64_t i) {
    const std::string request = R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"lora","micro_batch_size":)" +
                                std::to_string(1 + i % 64) + R"(},"hardware":{"gpu":"rtx-4090","gpus":1}})";
    return static_cast<double>(vram::estimate_json(request).size());
  });
}

/// Milliseconds of one question, the median of 31.
double milliseconds(std::string (*question)(std::string_view), const std::string& request, double& sink) {
  std::array<double, 31> times{};
  for (double& time : times) {
    const Clock::time_point start = Clock::now();
    sink += static_cast<double>(question(request).size());
    time = 1e3 * seconds_since(start);
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

constexpr const char* kTooLarge = R"({"scenario":{"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"micro_batch_size":8},"hardware":{"gpu":"rtx-4090"}}})";
constexpr const char* kTwelveSliders =
    R"({"scenario":{"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"lora"},"hardware":{"gpu":"rtx-4090"}},"fields":["training.micro_batch_size",)"
    R"("training.sequence_length","training.gradient_accumulation_steps","training.lora_rank","training.lora_alpha","training.lora_dropout","training.dropout",)"
    R"("parallelism.data_parallel_size","parallelism.tensor_parallel_size","parallelism.pipeline_parallel_size","parallelism.context_parallel_size","hardware.gpus"]})";

}  // namespace

int main() {
  double sink = 0;
  const double training = evaluations("meta-llama/Llama-3.1-8B", vram::Task::finetuning, true, sink);
  const double lora = evaluations("meta-llama/Llama-3.1-8B", vram::Task::finetuning, false, sink);
  const double moe = evaluations("deepseek-ai/DeepSeek-V3", vram::Task::pretraining, true, sink);
  const double inference = evaluations("meta-llama/Llama-3.1-8B", vram::Task::inference, true, sink);
  const double json = json_calls(sink);
  std::printf("{\"training_evaluations_per_second\":%.0f,\"lora_evaluations_per_second\":%.0f,\"moe_training_evaluations_per_second\":%.0f,"
              "\"inference_evaluations_per_second\":%.0f,\"microseconds_per_json_call\":%.2f,\"fit_ranges_ms\":%.3f,\"recommend_ms\":%.3f,\"advise_ms\":%.3f}\n",
              training, lora, moe, inference, 1e6 / json, milliseconds(vram::fit_ranges_json, kTwelveSliders, sink), milliseconds(vram::recommend_json, kTooLarge, sink),
              milliseconds(vram::advise_json, kTooLarge, sink));
  return sink > 0 ? 0 : 1;
}
