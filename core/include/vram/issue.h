// Errors, warnings and tips are values: a code, the field, the offending value and a sentence.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vram {

enum class Severity : unsigned char { error, warning, suggestion };

/// "error", "warning" or "suggestion".
[[nodiscard]] std::string_view name_of(Severity severity);

/// One finding about a scenario. `value` is the offending value as text ("" when a field is missing).
struct Issue {
  Severity severity = Severity::error;
  std::string code;     ///< stable snake_case key; texts in other languages hang on it
  std::string field;    ///< dotted path of the scenario field, e.g. "training.micro_batch_size"
  std::string value;    ///< JSON text of the offending value
  std::string message;  ///< one sentence: what was found, what is allowed
  std::string allowed = {};  ///< what is allowed or found instead, for texts in other languages; "" where they need none
  std::string shown = {};    ///< the value as a sentence shows it, where that is not `value`
};

using Issues = std::vector<Issue>;

[[nodiscard]] bool has_errors(const Issues& issues);

inline Issue error(std::string code, std::string field, std::string value, std::string message) {
  return {Severity::error, std::move(code), std::move(field), std::move(value), std::move(message)};
}
inline Issue warning(std::string code, std::string field, std::string value, std::string message) {
  return {Severity::warning, std::move(code), std::move(field), std::move(value), std::move(message)};
}

}  // namespace vram
