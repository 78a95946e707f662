// The tools and their arguments as a table: reading, checking, the schemas and the docs follow from it.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "vram/issue.h"
#include "vram/messages.h"

namespace vram {

enum class ArgumentKind : unsigned char { number, integer, flag, text, choice, texts, object };

struct ToolArgument {
  std::string_view name;
  ArgumentKind kind = ArgumentKind::number;
  double min = 0, max = 0;
  std::span<const std::string_view> values;  ///< choice: what is accepted
  std::string_view about;
};

/// Arguments that passed the table, under the table's own names and with the table's spelling of choices.
struct ToolCall {
  nlohmann::json arguments = nlohmann::json::object();
  Issues& issues;
  Language language = Language::en;

  [[nodiscard]] bool has(const char* name) const { return arguments.contains(name); }
  [[nodiscard]] double number(const char* name, double fallback) const;
  [[nodiscard]] std::string text(const char* name, std::string_view fallback = {}) const;
  [[nodiscard]] bool flag(const char* name, bool fallback) const;
};

/// What a tool answers: the object for programs, and the text where it is not the same.
struct ToolAnswer {
  nlohmann::json structured = nlohmann::json::object();
  nlohmann::json text;  ///< null = `structured`
};

struct Tool {
  std::string_view name;
  std::string_view about;
  std::span<const std::string_view> required;
  std::span<const std::string_view> optional;
  ToolAnswer (*run)(const ToolCall& call);
};

[[nodiscard]] std::span<const Tool> tool_table();
[[nodiscard]] std::span<const ToolArgument> tool_arguments();

}  // namespace vram
