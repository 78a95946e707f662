// Applies the table of rules to a scenario.
// SPDX-License-Identifier: MIT
#pragma once

#include "validation_rules.h"
#include "vram/messages.h"

namespace vram {

/// Appends what is wrong or unwise: the rules that need no estimate, or, with `input.estimate`, only those that do.
void validate(const RuleInput& input, Issues& issues);

/// Whether no rule of severity error fires. Makes no text.
[[nodiscard]] bool is_legal(const RuleInput& input);

}  // namespace vram
