// Text to a tree of values.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace vram {

/// The value of a JSON text; discarded where the text is none.
[[nodiscard]] nlohmann::json tree_of(std::string_view text);

}  // namespace vram
