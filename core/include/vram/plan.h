// plan: the ways to run the same step on some cards (layout, recomputation, micro-batch, offload), and those of them that
// no other way beats in memory, time and money at once.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vram/advice.h"

namespace vram {

struct Plan {
  Scenario changed;
  Judgement after;
  double usd_per_million_tokens = 0;  ///< 0 = no price
};

struct Plans {
  std::int64_t tried = 0;
  std::int64_t fitting = 0;
  std::vector<Plan> front;  ///< fastest first
};

/// `gpus` > 0: exactly so many cards; else any number up to a node. Training keeps the sequences of a step; the sizes of
/// the job stay as they are.
[[nodiscard]] Plans plan(const Scenario& scenario, const Inventory& inventory, const GpuSpec& gpu, std::int64_t gpus);

/// {"scenario": …, "gpus": 8, "limit": 20} in, {"plans", "tried", "fitting", "issues"} out.
[[nodiscard]] std::string plan_json(std::string_view request);

}  // namespace vram
