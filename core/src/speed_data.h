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
  double block_seconds;     ///< start of the kernels of one block
  double low, high;         ///< the band: measured over predicted, 5th and 95th of 100 rows
  bool eager = false;       ///< the host starts kernels while the card runs; caches are concatenated and their heads repeated
  double uncaptured_seconds = 0;  ///< start of a block where captured graphs are switched off; the host runs ahead then; 0 = no such switch
  double expert_seconds = 0;  ///< start of the kernels of one expert, where every expert of a layer has its turn
};
[[nodiscard]] const EngineSpeed& speed_of(Engine engine, const GpuSpec& gpu);

struct FrameworkSpeed {
  Framework framework;
  double compute_share;     ///< of the matrix rate, wide products
  double width;             ///< products of a stream of that width reach half of it; 0 = any width reaches all
  double traffic_passes;    ///< how often what autograd keeps crosses the memory bus in a step
  double block_seconds;     ///< host time to start one block forward; hidden where the card is slower
  double low, high;
};
[[nodiscard]] const FrameworkSpeed& speed_of(Framework framework);

/// Share of the 16-bit matrix rate that the attention kernel of that stack reaches.
[[nodiscard]] double attention_share(Framework framework, const GpuSpec& gpu);

/// Bytes per packed element that one pass of training moves to unpack it: one kernel, or elementwise operations of PyTorch.
[[nodiscard]] double unpack_bytes(WeightFormatId format);

/// Peak rate for products in that format, dense; a format without one runs in the next wider one the card has.
[[nodiscard]] double matrix_rate(const GpuSpec& gpu, Dtype dtype);
/// What the best public benchmark reached, where the catalog knows it; else the peak.
[[nodiscard]] double reached_rate(const GpuSpec& gpu, Dtype dtype);

}  // namespace vram
