// Small words of the tables: printf into strings, colours, bars, numbers, findings.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace vram::cli {

inline constexpr double kGib = 1073741824.0;

template <class... Args>
[[nodiscard]] std::string print(const char* format, Args... args) {
  char buffer[512];
  const int length = std::snprintf(buffer, sizeof buffer, format, args...);
  const int last = static_cast<int>(sizeof buffer) - 1;
  return {buffer, static_cast<std::size_t>(length < 0 ? 0 : length > last ? last : length)};
}

/// `code`: parameters of the terminal's "select graphic rendition".
[[nodiscard]] inline std::string painted(const std::string& text, std::string_view code, bool colour) {
  return colour && !text.empty() ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
}

[[nodiscard]] inline std::string repeated(std::string_view cell, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += cell;
  return out;
}

/// Cells of a bar `width` wide that a share of it fills.
[[nodiscard]] inline int cells(double share, int width) {
  const int filled = static_cast<int>(share * width + 0.5);
  return filled < 0 ? 0 : filled > width ? width : filled;
}

/// The findings of a reply, a line each after an empty one.
[[nodiscard]] inline std::string issue_lines(const nlohmann::json& reply, bool colour) {
  std::string out;
  for (const nlohmann::json& issue : reply["issues"]) {
    const std::string severity = issue["severity"].get<std::string>();
    const char* code = severity == "error" ? "31" : severity == "warning" ? "33" : "34";
    out += (out.empty() ? "\n" : "") + painted(severity, code, colour) + "  " + issue["message"].get<std::string>() + "\n";
  }
  return out;
}

/// Up to six significant digits, as people write them.
[[nodiscard]] inline std::string number(double value) { return print("%.6g", value); }

}  // namespace vram::cli
