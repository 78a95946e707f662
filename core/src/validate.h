// Rules that look at a whole scenario: what contradicts itself and what the hardware cannot do.
// SPDX-License-Identifier: MIT
#pragma once

#include "vram/hardware.h"
#include "vram/inventory.h"
#include "vram/issue.h"
#include "vram/workload.h"

namespace vram {

/// Appends what is wrong or unwise. `gpu` may be null.
void validate(const Scenario& scenario, const Inventory& inventory, const GpuSpec* gpu, Issues& issues);

}  // namespace vram
