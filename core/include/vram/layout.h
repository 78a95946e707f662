// Layouts: the ways to spread one run over a number of cards.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "vram/hardware.h"
#include "vram/inventory.h"
#include "vram/workload.h"

namespace vram {

/// Cards of one node where the catalog does not say.
inline constexpr std::int64_t kDefaultPerNode = 8;
[[nodiscard]] inline std::int64_t per_node_of(const GpuSpec& gpu) { return gpu.max_per_node > 0 ? gpu.max_per_node : kDefaultPerNode; }

/// Every layout of `gpus` cards that the model can be split by: tensor parallelism inside a node and dividing the heads,
/// pipeline stages of at least one layer, experts spread as far as they divide, and for training the ZeRO stages (with a
/// pipeline only 0 and 1) and, from 32 k tokens, context parallelism. Those that split the model least come first.
[[nodiscard]] std::vector<Parallelism> layouts_of(const Scenario& scenario, const Inventory& inventory, std::int64_t gpus, std::int64_t per_node);

/// The numbers of cards people rent: up to 8 in one node, whole nodes up to eight of them, then twice as many each time.
[[nodiscard]] std::vector<std::int64_t> card_counts(std::int64_t per_node, std::int64_t most);

/// The scenario with another layout; `hardware.gpus` follows.
[[nodiscard]] Scenario with_layout(const Scenario& scenario, const Parallelism& layout);

}  // namespace vram
