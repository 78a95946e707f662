// A result as a table for people, made from the same JSON that programs read.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace vram::cli {

/// Text table of one estimate result. `colour`: the output is a terminal that shows colours.
[[nodiscard]] std::string estimate_table(std::string_view result_json, bool colour);

/// Text tables of the lists in any other reply, a line a row.
[[nodiscard]] std::string rows_table(std::string_view reply_json, bool colour);

/// Text table of a catalog array: one row an entry.
[[nodiscard]] std::string catalog_table(std::string_view catalog_json);

}  // namespace vram::cli
