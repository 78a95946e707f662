// Results as tables for people, made from the same JSON that programs read.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace vram::cli {

/// Each takes the text of a result without errors. `colour`: the output is a terminal that shows colours.
[[nodiscard]] std::string estimate_table(std::string_view result_json, bool colour);
[[nodiscard]] std::string recommend_table(std::string_view result_json, bool colour);
[[nodiscard]] std::string advise_table(std::string_view result_json, bool colour);
[[nodiscard]] std::string plan_table(std::string_view result_json, bool colour);
[[nodiscard]] std::string solve_table(std::string_view result_json, bool colour);
[[nodiscard]] std::string ranges_table(std::string_view result_json, bool colour);
[[nodiscard]] std::string sweep_table(std::string_view result_json, bool colour);

/// Text table of a catalog array: one row an entry.
[[nodiscard]] std::string catalog_table(std::string_view catalog_json);

}  // namespace vram::cli
