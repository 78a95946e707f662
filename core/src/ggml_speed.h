// What llama.cpp (ggml) does beside the products: micro-batches, unpacking, conversions, layers left with the host.
// SPDX-License-Identifier: MIT
#pragma once

#include "speed_data.h"
#include "vram/speed.h"

namespace vram {

/// Bytes that one pass reads on the device and with the host.
struct GgmlReads {
  double device = 0;       ///< weights; embedding rows stay with the host and are looked up
  double host = 0;         ///< weights of layers or experts that were not given to the device
  double host_stored = 0;  ///< all of those, asked for or not
  double host_cache = 0;   ///< keys and values of such layers
};
[[nodiscard]] GgmlReads ggml_reads(const Scenario& scenario, const Run& run, const Work& work, const MemoryEstimate& memory, double cached_tokens);

/// Reading what stays with the host, by its processor.
[[nodiscard]] double host_seconds(const GgmlReads& reads);

/// A prompt in micro-batches. Each of them unpacks the weights (or runs on integers, where the build and the card do), turns
/// the inputs of products from fp32 into what the kernels read and the outputs back, writes all scores where flash attention
/// is off, and fetches what stays with the host over PCIe. Several cards work on several micro-batches at once.
[[nodiscard]] double ggml_prompt_seconds(const Scenario& scenario, const Run& run, const GpuSpec& gpu, const EngineSpeed& engine, const Work& work, const GgmlReads& reads, double tokens);

}  // namespace vram
