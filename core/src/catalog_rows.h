// The catalog as it is embedded: text, column by column, written by scripts/embed-catalog.mjs.
// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace vram {

/// Each column is its name and then one line per row; an empty line is the field's default.
extern const std::string_view kModelTable;
extern const std::string_view kGpuTable;

}  // namespace vram
