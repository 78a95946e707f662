// Evaluations per second of the hot path (no JSON), what each feature costs, and microseconds per JSON call; prints one JSON object.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "features.h"
#include "rate.h"
#include "vram/advice.h"
#include "vram/catalog.h"
#include "vram/json.h"
#include "vram/model_json.h"
#include "vram/recommend.h"
#include "vram/solve.h"

namespace {

double json_calls(double& sink) {
  return bench::rate(1.0, sink, [](std::int64_t i) {
    const std::string request = R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"lora","micro_batch_size":)" +
                                std::to_string(1 + i % 64) + R"(},"hardware":{"gpu":"rtx-4090","gpus":1}})";
    return static_cast<double>(vram::estimate_json(request).size());
  });
}

/// Milliseconds of one question, the median of 31.
double milliseconds(std::string (*question)(std::string_view), const std::string& request, double& sink) {
  std::array<double, 31> times{};
  for (double& time : times) {
    const bench::Clock::time_point start = bench::Clock::now();
    sink += static_cast<double>(question(request).size());
    time = 1e3 * bench::seconds_since(start);
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

/// Milliseconds of the search for the smallest set that fits, the median of 31.
double smallest_set_milliseconds(double& sink) {
  vram::Scenario scenario;
  scenario.model = vram::model_from_catalog("meta-llama/Llama-3.1-70B").model;
  scenario.task = vram::Task::finetuning;
  scenario.hardware.gpu = "rtx-4090";
  const vram::Inventory inventory = vram::build_inventory(scenario.model);
  std::array<double, 31> times{};
  for (double& time : times) {
    const bench::Clock::time_point start = bench::Clock::now();
    vram::Judge judge(inventory, vram::find_gpu(scenario.hardware.gpu).gpu);
    sink += static_cast<double>(vram::smallest_set(scenario, judge).rows.size());
    time = 1e3 * bench::seconds_since(start);
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
  const auto recompute = [](vram::Scenario& s) { s.training.activation_checkpointing = vram::Checkpointing::full; };
  const auto adapt = [](vram::Scenario& s) { s.training.method = vram::Method::lora, s.training.activation_checkpointing = vram::Checkpointing::full; };
  const double training = bench::evaluations({"", "meta-llama/Llama-3.1-8B", vram::Task::finetuning, recompute}, 1.0, sink);
  const double lora = bench::evaluations({"", "meta-llama/Llama-3.1-8B", vram::Task::finetuning, adapt}, 1.0, sink);
  const double moe = bench::evaluations({"", "deepseek-ai/DeepSeek-V3", vram::Task::pretraining, recompute}, 1.0, sink);
  const double inference = bench::evaluations({"", "meta-llama/Llama-3.1-8B", vram::Task::inference, recompute}, 1.0, sink);
  const double json = json_calls(sink);
  std::printf("{\"training_evaluations_per_second\":%.0f,\"lora_evaluations_per_second\":%.0f,\"moe_training_evaluations_per_second\":%.0f,"
              "\"inference_evaluations_per_second\":%.0f,\"microseconds_per_json_call\":%.2f,\"fit_ranges_ms\":%.3f,\"recommend_ms\":%.3f,\"advise_ms\":%.3f,\"smallest_set_ms\":%.3f,\"features\":[",
              training, lora, moe, inference, 1e6 / json, milliseconds(vram::fit_ranges_json, kTwelveSliders, sink), milliseconds(vram::recommend_json, kTooLarge, sink),
              milliseconds(vram::advise_json, kTooLarge, sink), smallest_set_milliseconds(sink));
  const char* separator = "";
  for (const bench::Feature& feature : bench::features()) {
    std::printf("%s{\"name\":\"%s\",\"task\":\"%s\",\"evaluations_per_second\":%.0f}", separator, feature.name, vram::name_of_enum(feature.task).data(),
                bench::evaluations(feature, 0.2, sink));
    separator = ",";
  }
  std::printf("]}\n");
  return sink > 0 ? 0 : 1;
}
