// The constants of speed: what share of a card's rates a stack reaches. One row per cause, each with its source.
// SPDX-License-Identifier: MIT
#pragma once

#include "vram/hardware.h"
#include "vram/workload.h"

namespace vram {

struct EngineSpeed {
  Engine engine;
  double compute_share;     ///< of the matrix rate, large products
  double bandwidth_share;   ///< of the memory rate, decode
  double block_seconds;     ///< start of the kernels of one block when nothing captures them
  double low, high;         ///< the band: measured over predicted, 5th and 95th of 100 rows
};
[[nodiscard]] const EngineSpeed& speed_of(Engine engine, const GpuSpec& gpu);

struct FrameworkSpeed {
  Framework framework;
  double compute_share;     ///< of the matrix rate
  double traffic_passes;    ///< how often what autograd keeps crosses the memory bus in a step
  double block_seconds;     ///< host time to start one block forward; hidden where the card is slower
  double low, high;
};
[[nodiscard]] const FrameworkSpeed& speed_of(Framework framework);

/// Peak rate for products in that format, dense; a format without one runs in the next wider one the card has.
[[nodiscard]] double matrix_rate(const GpuSpec& gpu, Dtype dtype);
/// What the best public benchmark reached, where the catalog knows it; else the peak.
[[nodiscard]] double reached_rate(const GpuSpec& gpu, Dtype dtype);

}  // namespace vram
