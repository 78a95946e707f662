// The member "recommendations".
// SPDX-License-Identifier: MIT
#pragma once

#include "json_writer.h"
#include "vram/recommend.h"

namespace vram {

void write_recommendations(JsonWriter& writer, const Scenario& before, const Recommendations& found, std::size_t limit);

}  // namespace vram
