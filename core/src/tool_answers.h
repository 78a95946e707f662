// What each tool does with its arguments.
// SPDX-License-Identifier: MIT
#pragma once

#include "tool_table.h"

namespace vram {

[[nodiscard]] ToolAnswer advanced_finetuning_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer inference_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer training_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer finetuning_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer grpo_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer multimodal_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer recommend_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer cost_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer compare_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer optimize_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer auto_tune_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer plan_answer(const ToolCall& call);
[[nodiscard]] ToolAnswer estimate_answer(const ToolCall& call);

/// A scenario from the short arguments: model, task, precision, batch, length, adapters, card, language.
[[nodiscard]] nlohmann::json scenario_of(const ToolCall& call, std::string_view task);
/// The reply of one text function as an object.
[[nodiscard]] nlohmann::json ask(std::string (*question)(std::string_view), const nlohmann::json& request);

}  // namespace vram
