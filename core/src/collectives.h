// Time of exchanges between ranks: volume of the ring algorithms over the link that the group crosses.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "vram/hardware.h"

namespace vram {

/// The links of a cluster of one kind of card.
struct Links {
  double inside = 0;   ///< bytes a second and card, one direction, within a node
  double outside = 0;  ///< between nodes
  double per_node = 8;
};
[[nodiscard]] Links links_of(const GpuSpec& gpu);

/// Every rank holds `bytes` and ends with the sum: 2 (n - 1) / n of them cross the link.
[[nodiscard]] double all_reduce_seconds(const Links& links, double bytes, double ranks, double stride);
/// All-gather or reduce-scatter of `bytes` in all: (n - 1) / n of them.
[[nodiscard]] double gather_seconds(const Links& links, double bytes, double ranks, double stride);
/// Each rank sends `bytes` in equal parts to all: (n - 1) / n of them.
[[nodiscard]] double all_to_all_seconds(const Links& links, double bytes, double ranks, double stride);
/// One message to the next rank.
[[nodiscard]] double send_seconds(const Links& links, double bytes, double stride);

}  // namespace vram
