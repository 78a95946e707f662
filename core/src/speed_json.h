// Writes the member "speed" of a result.
// SPDX-License-Identifier: MIT
#pragma once

#include "json_writer.h"
#include "vram/speed.h"

namespace vram {

void write_speed(JsonWriter& writer, const SpeedEstimate& speed, bool training);

}  // namespace vram
