// Formula text, source and grade of every term: the words beside the numbers. Made only when somebody reads them.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "vram/estimate.h"
#include "vram/messages.h"

namespace vram {

struct Explanation {
  std::string formula;      ///< with the numbers of this run
  std::string_view source;  ///< where the formula comes from
  Grade grade = Grade::D;
};

[[nodiscard]] Explanation explain(TermId term, const Scenario& scenario, const Run& run, const MemoryEstimate& estimate, Language language);

/// 8030261248 -> "8 030 261 248" (thin groups of three, whole numbers).
[[nodiscard]] std::string grouped(double value);
/// 1.5 -> "1.5", 2 -> "2": at most three decimals, no exponent.
[[nodiscard]] std::string brief(double value);

}  // namespace vram
