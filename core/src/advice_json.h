// The members "suggestions" and "smallest_set".
// SPDX-License-Identifier: MIT
#pragma once

#include "json_writer.h"
#include "vram/advice.h"
#include "vram/messages.h"

namespace vram {

void write_suggestions(JsonWriter& writer, const Scenario& before, const Advice& advice, Language language);
void write_smallest_set(JsonWriter& writer, const Scenario& before, const SmallestSet& set);

}  // namespace vram
