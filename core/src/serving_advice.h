// What an inference run should be told: a pool that is too small, a scheduler that is too narrow, what an upgrade changes.
// SPDX-License-Identifier: MIT
#pragma once

#include "vram/estimate.h"
#include "vram/issue.h"

namespace vram {

void advise_serving(const Scenario& scenario, const Run& run, const MemoryEstimate& estimate, const GpuSpec* gpu, Issues& issues);

}  // namespace vram
