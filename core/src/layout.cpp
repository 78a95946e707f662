// Layouts.
// SPDX-License-Identifier: MIT
#include "vram/layout.h"

#include <algorithm>
#include <numeric>

namespace vram {

namespace {

constexpr std::int64_t kLongSequence = 32768;  // tokens; below, a sequence is not worth cutting
constexpr std::int64_t kMostPipeline = 64;

std::int64_t model_ways(const Parallelism& p) { return p.tensor_parallel_size * p.pipeline_parallel_size * p.context_parallel_size; }

/// As many ranks as share the experts evenly.
std::int64_t expert_ways(const Inventory& inventory, const Parallelism& p) {
  if (inventory.num_experts == 0) return 1;
  return std::gcd(inventory.num_experts, p.data_parallel_size * p.tensor_parallel_size * p.context_parallel_size);
}

}  // namespace

std::vector<Parallelism> layouts_of(const Scenario& scenario, const Inventory& inventory, std::int64_t gpus, std::int64_t per_node) {
  const bool training = scenario.task != Task::inference;
  const std::int64_t layers = std::max<std::int64_t>(1, inventory.num_layers);
  std::vector<Parallelism> layouts;
  for (std::int64_t tensor = 1; tensor <= std::min(gpus, per_node); ++tensor) {
    if (gpus % tensor != 0 || (tensor > 1 && (inventory.max_heads <= 1 || inventory.max_heads % tensor != 0))) continue;
    for (std::int64_t pipeline = 1; pipeline <= std::min({gpus / tensor, layers, kMostPipeline}); ++pipeline) {
      if ((gpus / tensor) % pipeline != 0) continue;
      const std::int64_t rest = gpus / tensor / pipeline;
      const std::int64_t most_context = training && scenario.training.sequence_length >= kLongSequence ? std::min(rest, per_node) : 1;
      for (std::int64_t context = 1; context <= most_context; context *= 2) {
        if (rest % context != 0) continue;
        Parallelism layout = scenario.parallelism;
        layout.tensor_parallel_size = tensor;
        layout.pipeline_parallel_size = pipeline;
        layout.context_parallel_size = context;
        layout.data_parallel_size = rest / context;
        layout.expert_parallel_size = expert_ways(inventory, layout);
        layout.sequence_parallel = training && tensor > 1;
        const std::int64_t shared = layout.data_parallel_size * context;
        const std::int64_t last_stage = !training || shared == 1 ? 0 : pipeline > 1 ? 1 : 3;
        for (layout.zero_stage = 0; layout.zero_stage <= last_stage; ++layout.zero_stage) layouts.push_back(layout);
      }
    }
  }
  std::stable_sort(layouts.begin(), layouts.end(), [](const Parallelism& a, const Parallelism& b) {
    if (model_ways(a) != model_ways(b)) return model_ways(a) < model_ways(b);
    if (a.pipeline_parallel_size != b.pipeline_parallel_size) return a.pipeline_parallel_size < b.pipeline_parallel_size;
    return a.zero_stage < b.zero_stage;
  });
  return layouts;
}

std::vector<std::int64_t> card_counts(std::int64_t per_node, std::int64_t most) {
  const std::int64_t node = std::clamp<std::int64_t>(per_node, 1, kDefaultPerNode);
  std::vector<std::int64_t> counts;
  for (std::int64_t n = 1; n <= std::min(node, most); ++n) counts.push_back(n);
  for (std::int64_t n = 2 * node; n <= most; n += n < 8 * node ? node : n) counts.push_back(n);
  return counts;
}

Scenario with_layout(const Scenario& scenario, const Parallelism& layout) {
  Scenario changed = scenario;
  changed.parallelism = layout;
  changed.hardware.gpus = layout.world_size();
  return changed;
}

}  // namespace vram
