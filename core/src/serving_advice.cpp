// Advice for inference runs.
// SPDX-License-Identifier: MIT
#include "serving_advice.h"

#include <cmath>
#include <string>

#include "explain.h"
#include "vram/engine_profile.h"

namespace vram {

namespace {

std::string gib(double bytes) { return brief(std::round(bytes / kBytesPerGib * 100.0) / 100.0) + " GiB"; }
std::string quoted(std::string text) {
  text.insert(text.begin(), '"');
  text.push_back('"');
  return text;
}

Issue suggestion(std::string code, std::string field, std::string value, std::string message) {
  return {Severity::suggestion, std::move(code), std::move(field), std::move(value), std::move(message)};
}

}  // namespace

void advise_serving(const Scenario& scenario, const Run& run, const MemoryEstimate& estimate, const GpuSpec* gpu, Issues& issues) {
  if (scenario.task != Task::inference) return;
  const InferenceRun asked = with_engine_defaults(scenario, gpu);
  const EngineProfile& profile = profile_of(asked.engine, asked.engine_version);
  const EngineProfile& newest = newest_profile_of(asked.engine);
  if (estimate.pool_bytes >= 0 && estimate.kv_in_use > estimate.pool_bytes) {
    issues.push_back(warning("kv_pool_too_small", "inference.gpu_memory_utilization", brief(asked.gpu_memory_utilization),
                             std::string(profile.title) + " leaves " + gib(estimate.pool_bytes) + " for the KV cache, but these tokens need " +
                                 gib(estimate.kv_in_use) + "; give it a larger share, fewer sequences or shorter contexts."));
  }
  if (run.serving.pooled && asked.batch_size > asked.max_num_seqs) {
    issues.push_back(warning("more_sequences_than_scheduled", "inference.batch_size", std::to_string(asked.batch_size),
                             "The engine schedules at most " + std::to_string(asked.max_num_seqs) + " sequences at once; the others wait."));
  }
  if (&profile != &newest) {
    std::string text;
    for (const std::string& difference : differences(profile, newest)) text += (text.empty() ? "" : "; ") + difference;
    issues.push_back(suggestion("engine_upgrade_changes_memory", "inference.engine_version", quoted(name_of(asked.engine_version)),
                                "With " + std::string(newest.title) + " (" + std::string(newest.released) + ") memory changes: " + text + "."));
  }
}

}  // namespace vram
