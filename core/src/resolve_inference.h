// From an inference scenario to the numbers the folds need.
// SPDX-License-Identifier: MIT
#pragma once

#include "vram/estimate.h"

namespace vram {

void resolve_inference(const Scenario& scenario, const Inventory& inventory, const GpuSpec* gpu, Run& run);

}  // namespace vram
