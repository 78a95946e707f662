// Patches: what to lay over a scenario to get another one, as nested JSON with only the fields that differ.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "vram/workload.h"

namespace vram {

/// JSON text of the fields in which `after` differs from `before`, models left out.
[[nodiscard]] std::string patch_text(const Scenario& before, const Scenario& after);

}  // namespace vram
