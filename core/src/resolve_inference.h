// From an inference scenario to the numbers the folds need.
// SPDX-License-Identifier: MIT
#pragma once

#include "vram/estimate.h"

namespace vram {

void resolve_inference(const InferenceRun& inference, const Parallelism& layout, const HardwareChoice& hardware, const Inventory& inventory,
                       const GpuSpec* gpu, BasicRun& run);

}  // namespace vram
