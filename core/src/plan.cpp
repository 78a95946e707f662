// Plans.
// SPDX-License-Identifier: MIT
#include "vram/plan.h"

#include <algorithm>
#include <array>

#include "vram/layout.h"

namespace vram {

namespace {

constexpr std::array kRecomputation = {Checkpointing::none, Checkpointing::selective, Checkpointing::full};
constexpr double kSame = 0.05;  // of the card: less memory than that is no reason to prefer a plan

double steps_of_memory(const Plan& p) {
  const double usable = static_cast<double>(p.after.usable.value);
  return usable > 0 ? static_cast<double>(static_cast<std::int64_t>(static_cast<double>(p.after.total.value) / usable / kSame)) : 0;
}

double rent(const Plan& p) {
  return p.usd_per_million_tokens > 0 ? p.usd_per_million_tokens : static_cast<double>(p.changed.hardware.gpus) / p.after.tokens_per_second;
}

/// Whether `a` is nowhere worse than `b`, and somewhere better.
bool beats(const Plan& a, const Plan& b) {
  const double memory_a = steps_of_memory(a), memory_b = steps_of_memory(b);
  const double cost_a = rent(a), cost_b = rent(b);
  const double speed_a = a.after.tokens_per_second, speed_b = b.after.tokens_per_second;
  if (memory_a > memory_b || cost_a > cost_b || speed_a < speed_b) return false;
  return memory_a < memory_b || cost_a < cost_b || speed_a > speed_b;
}

class Planner {
 public:
  Planner(const Inventory& inventory, const GpuSpec& gpu) : judge_(inventory, &gpu) {}

  void consider(const Scenario& changed) {
    ++plans_.tried;
    Plan p{changed, judge_.memory(changed), 0};
    if (!p.after.legal || !p.after.fits) return;
    ++plans_.fitting;
    p.after = judge_.all(changed);
    if (p.after.tokens_per_second <= 0) return;
    if (p.after.usd_per_hour > 0) p.usd_per_million_tokens = p.after.usd_per_hour / 3600 / p.after.tokens_per_second * 1e6;
    for (const Plan& other : plans_.front) {
      if (beats(other, p) || (rent(other) == rent(p) && other.after.tokens_per_second == p.after.tokens_per_second && steps_of_memory(other) == steps_of_memory(p))) return;
    }
    std::erase_if(plans_.front, [&](const Plan& other) { return beats(p, other); });
    plans_.front.push_back(std::move(p));
  }

  void consider_training(Scenario s, std::int64_t step) {
    const std::int64_t per_rank = step / s.parallelism.data_parallel_size;
    if (per_rank < 1 || per_rank * s.parallelism.data_parallel_size != step) return;
    for (std::int64_t m = 1; m <= std::min<std::int64_t>(per_rank, 4096); m *= 2) {
      if (per_rank % m != 0) continue;
      s.training.micro_batch_size = m;
      s.training.gradient_accumulation_steps = per_rank / m;
      for (const Checkpointing kind : kRecomputation) {
        s.training.activation_checkpointing = kind;
        for (const Offload offload : {Offload::none, Offload::optimizer}) {
          s.parallelism.offload = offload;
          consider(s);
        }
      }
    }
  }

  Plans take() {
    std::stable_sort(plans_.front.begin(), plans_.front.end(), [](const Plan& a, const Plan& b) { return a.after.tokens_per_second > b.after.tokens_per_second; });
    return std::move(plans_);
  }

 private:
  Judge judge_;
  Plans plans_;
};

}  // namespace

Plans plan(const Scenario& scenario, const Inventory& inventory, const GpuSpec& gpu, std::int64_t gpus) {
  Planner planner(inventory, gpu);
  const TrainingRun& t = scenario.training;
  const std::int64_t step = t.micro_batch_size * t.gradient_accumulation_steps * scenario.parallelism.data_parallel_size;
  std::vector<std::int64_t> counts = {gpus};
  if (gpus <= 0) counts = card_counts(per_node_of(gpu), per_node_of(gpu));
  for (const std::int64_t count : counts) {
    for (const Parallelism& layout : layouts_of(scenario, inventory, count, per_node_of(gpu))) {
      const Scenario placed = with_layout(scenario, layout);
      if (scenario.task == Task::inference) {
        planner.consider(placed);
      } else {
        planner.consider_training(placed, step);
      }
    }
  }
  return planner.take();
}

}  // namespace vram
