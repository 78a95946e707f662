// Writes the member "cost" of a result.
// SPDX-License-Identifier: MIT
#pragma once

#include "json_writer.h"
#include "vram/cost.h"

namespace vram {

/// Nothing when no price is known.
void write_cost(JsonWriter& writer, const CostEstimate& cost);

}  // namespace vram
