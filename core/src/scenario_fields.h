// The one table of scenario fields: path, type, range, names. Parsing, validation, the echo, the page's controls and the
// JSON Schema all read it.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "vram/workload.h"

namespace vram {

/// `targets` is a list of names, kept as a set of roles; `packing` and `version` are names, kept as ids.
enum class FieldType : unsigned char { integer, number, flag, text, targets, choice, packing, version };

/// Which tasks a field belongs to; the echo leaves the others out.
enum class FieldGroup : unsigned char { common, inference, training };

struct Field {
  std::string_view path;   ///< dotted path in the request
  FieldType type = FieldType::integer;
  FieldGroup group = FieldGroup::common;
  double min = 0, max = 0;                  ///< the engine refuses anything outside
  double control_min = 0, control_max = 0;  ///< what a control offers
  std::string_view unit;
  std::span<const std::string_view> (*names)() = nullptr;  ///< choice: the accepted names; text and list: what a control offers
  std::int64_t& (*integer)(Scenario&) = nullptr;
  double& (*number)(Scenario&) = nullptr;
  bool& (*flag)(Scenario&) = nullptr;
  std::string& (*text)(Scenario&) = nullptr;
  Features& (*targets)(Scenario&) = nullptr;
  Quantization& (*packing)(Scenario&) = nullptr;
  EngineVersion& (*version)(Scenario&) = nullptr;
  std::size_t (*get_choice)(const Scenario&) = nullptr;
  void (*set_choice)(Scenario&, std::size_t) = nullptr;
};

[[nodiscard]] std::span<const Field> scenario_fields();
[[nodiscard]] const Field* find_field(std::string_view path);

}  // namespace vram
