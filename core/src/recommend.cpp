// Recommendations.
// SPDX-License-Identifier: MIT
#include "vram/recommend.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "validate.h"
#include "vram/catalog.h"
#include "vram/layout.h"

namespace vram {

std::string_view name_of(FitLevel level) {
  static constexpr std::array<std::string_view, 5> kNames = {"excellent", "good", "near_limit", "oversized", "insufficient"};
  return kNames[static_cast<std::size_t>(level)];
}

FitLevel level_of(double utilization) {
  if (utilization > 0.95) return FitLevel::insufficient;
  if (utilization > 0.85) return FitLevel::near_limit;
  if (utilization > 0.80) return FitLevel::good;
  if (utilization >= 0.60) return FitLevel::excellent;
  return utilization >= 0.45 ? FitLevel::good : FitLevel::oversized;
}

namespace {

struct Candidate {
  Scenario scenario;
  double least_bytes = 0;  ///< weights, caches, states: what no card changes
};

/// The layouts of each number of cards, worth trying in this order.
class Candidates {
 public:
  Candidates(const Scenario& scenario, const Inventory& inventory) : scenario_(scenario), inventory_(inventory), evaluate_(inventory) {}

  const std::vector<Candidate>& of(std::int64_t count, std::int64_t per_node) {
    auto [row, added] = rows_.try_emplace({count, per_node});
    if (!added) return row->second;
    for (const Parallelism& layout : layouts_of(scenario_, inventory_, count, per_node)) {
      // Replicas do not make a served model fit: a layout with them is that of fewer cards.
      if (scenario_.task == Task::inference && layout.data_parallel_size > 1) continue;
      Candidate candidate;
      candidate.scenario = with_layout(scenario_, layout);
      candidate.scenario.hardware.gpu.clear();
      if (!is_legal({candidate.scenario, inventory_})) continue;
      const Run run = resolve(candidate.scenario, inventory_, nullptr);
      candidate.least_bytes = held_bytes(evaluate_(run));
      row->second.push_back(std::move(candidate));
    }
    return row->second;
  }

 private:
  static double held_bytes(const MemoryEstimate& memory) {
    const TermBytes& terms = memory.at_peak().terms;
    double bytes = 0;
    for (const TermId id : {TermId::weights, TermId::adapter_weights, TermId::gradients, TermId::optimizer_states, TermId::master_weights}) bytes += terms[id];
    return bytes;
  }

  const Scenario& scenario_;
  const Inventory& inventory_;
  Evaluator evaluate_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<Candidate>> rows_;
};

/// Why a card cannot run this whatever its number; empty when it can.
std::string_view refusal(const Scenario& scenario, const Inventory& inventory, const GpuSpec& gpu) {
  if (gpu.availability != Availability::released) return "not_released";
  Scenario one = scenario;
  one.parallelism = Parallelism{};
  one.hardware.gpus = 1;
  for (const Rule& rule : validation_rules()) {
    Finding finding;
    const bool about_card = rule.code == "bf16_unsupported" || rule.code == "fp8_unsupported";
    if (about_card && rule.fires({one, inventory, &gpu}, finding)) return rule.code;
  }
  return {};
}

/// Dollars for a million tokens, rented, else owned; cards without any price come last.
double price_of(const Recommendation& row) {
  if (row.cost.usd_per_million_tokens > 0) return row.cost.usd_per_million_tokens;
  const double tokens_per_hour = row.speed.tokens_per_second.expected * 3600.0;
  return row.cost.owned_usd_per_hour > 0 && tokens_per_hour > 0 ? row.cost.owned_usd_per_hour / tokens_per_hour * 1e6 : 1e300;
}

}  // namespace

Recommendations recommend(const Scenario& scenario, const Inventory& inventory, std::int64_t most_cards, std::string_view vendor) {
  Recommendations result;
  Candidates candidates(scenario, inventory);
  Evaluator evaluate(inventory);
  for (const GpuSpec& gpu : catalog_gpus()) {
    if (!vendor.empty() && gpu.vendor != vendor) continue;
    if (const std::string_view code = refusal(scenario, inventory, gpu); !code.empty()) {
      result.left_out.push_back({&gpu, code});
      continue;
    }
    const double usable = static_cast<double>(gpu.usable_bytes);
    bool done = false;
    bool tried = false;
    for (const std::int64_t count : card_counts(per_node_of(gpu), most_cards)) {
      for (const Candidate& candidate : candidates.of(count, per_node_of(gpu))) {
        tried = true;
        if (candidate.least_bytes > 0.95 * usable) continue;
        Scenario placed = candidate.scenario;
        placed.hardware.memory_gib = 0;
        placed.hardware.gpu = gpu.id;
        const Run run = resolve(placed, inventory, &gpu);
        const MemoryEstimate memory = evaluate(run);
        const double limit = static_cast<double>(memory.limit(Bytes{gpu.usable_bytes}).value);
        const double utilization = limit > 0 ? static_cast<double>(memory.needed().value) / limit : 2.0;
        if (level_of(utilization) == FitLevel::insufficient) continue;
        Recommendation row{&gpu, placed.parallelism, utilization, level_of(utilization), {}, {}};
        row.speed = estimate_speed(placed, inventory, run, memory, gpu);
        row.cost = estimate_cost(gpu, static_cast<double>(count), row.speed, gpu.id == scenario.hardware.gpu ? scenario.hardware.usd_per_gpu_hour : 0.0);
        result.rows.push_back(row);
        done = true;
        break;
      }
      if (done) break;
    }
    if (!done) result.left_out.push_back({&gpu, tried && most_cards > 1 ? "too_small" : "cannot_be_split"});
  }
  std::stable_sort(result.rows.begin(), result.rows.end(), [](const Recommendation& a, const Recommendation& b) {
    return std::tuple(a.level, price_of(a), a.layout.world_size()) < std::tuple(b.level, price_of(b), b.layout.world_size());
  });
  return result;
}

}  // namespace vram
