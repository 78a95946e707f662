// The rules between fields, as a table: what contradicts itself, what the hardware cannot do, what is unwise.
// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "vram/estimate.h"
#include "vram/hardware.h"
#include "vram/inventory.h"
#include "vram/issue.h"
#include "vram/workload.h"

namespace vram {

struct RuleInput {
  const Scenario& scenario;
  const Inventory& inventory;
  const GpuSpec* gpu = nullptr;               ///< null = none chosen
  const MemoryEstimate* estimate = nullptr;   ///< null before the estimate; rules about it then stay silent
};

/// What a rule found. Numbers stay numbers, so that asking only for legality makes no text.
struct Finding {
  enum class Unit : unsigned char { number, percent, bytes, text };
  std::string_view field;
  Unit unit = Unit::number;
  double value = 0;
  std::string_view value_text;    ///< with Unit::text
  double allowed = 0;
  std::string_view allowed_text;  ///< instead of the number, where not empty
};

struct Rule {
  Severity severity;
  std::string_view code;  ///< key of the texts in messages.cpp
  bool needs_estimate;
  bool (*fires)(const RuleInput& input, Finding& finding);
};

[[nodiscard]] std::span<const Rule> validation_rules();

}  // namespace vram
