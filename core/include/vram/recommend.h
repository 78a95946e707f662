// recommend: every card of the catalog with the layout that makes the run fit, best first, and why others are left out.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vram/cost.h"
#include "vram/hardware.h"
#include "vram/speed.h"
#include "vram/workload.h"

namespace vram {

/// By share of the usable memory: 60-80 % excellent; 45-60 and 80-85 good; 85-95 near the limit; under 45 oversized;
/// over 95 insufficient.
enum class FitLevel : unsigned char { excellent, good, near_limit, oversized, insufficient };
[[nodiscard]] std::string_view name_of(FitLevel level);
[[nodiscard]] FitLevel level_of(double utilization);

struct Recommendation {
  const GpuSpec* gpu = nullptr;
  Parallelism layout;
  double utilization = 0;  ///< what the run needs, as a share of what the card offers
  FitLevel level = FitLevel::insufficient;
  SpeedEstimate speed;
  CostEstimate cost;
};

struct LeftOut {
  const GpuSpec* gpu = nullptr;
  std::string_view code;  ///< bf16_unsupported, fp8_unsupported, not_released, too_small, cannot_be_split
};

struct Recommendations {
  std::vector<Recommendation> rows;  ///< best first
  std::vector<LeftOut> left_out;
};

/// For each released card the fewest of it that stay within 95 %, up to `most_cards`; ranked by level, then by the cost
/// of a token (rent, else owning), then by fewer cards. `vendor` keeps to one maker's cards, as the catalog writes it.
[[nodiscard]] Recommendations recommend(const Scenario& scenario, const Inventory& inventory, std::int64_t most_cards, std::string_view vendor = {});

/// {"scenario": …, "limit": 20, "most_gpus": 64, "vendor": "NVIDIA"} in, {"recommendations", "left_out", "issues"} out.
[[nodiscard]] std::string recommend_json(std::string_view request);

}  // namespace vram
