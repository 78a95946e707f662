// What every function of the text edge begins with: a parsed request, its scenario, model and card.
// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "json_writer.h"
#include "model_request.h"
#include "vram/hardware.h"
#include "vram/issue.h"
#include "vram/messages.h"
#include "vram/workload.h"

namespace vram {

/// A scenario that was read: usable when `issues` holds no error.
struct ReadScenario {
  Scenario scenario;                    ///< all but its model
  const LoadedModel* loaded = nullptr;  ///< lives until the next model is loaded
  const GpuSpec* gpu = nullptr;         ///< null = none chosen
  Issues issues;
  Language language = Language::en;     ///< of the sentences; the member "language" of the scenario
};

/// The last model stays loaded: while a slider moves, only numbers change.
[[nodiscard]] ModelCache& model_cache();

/// The object in a text; anything else is an issue and gives a discarded value.
[[nodiscard]] nlohmann::json parse_request(std::string_view text, Issues& issues);

/// Whether the rules between fields are checked too, or only that every field can be read.
enum class Legality : unsigned char { checked, ignored };

/// Reads one scenario object.
[[nodiscard]] ReadScenario read_whole_scenario(const nlohmann::json& request, Legality legality = Legality::checked);

/// Reads the member "scenario" of a request whose other members the caller handles.
[[nodiscard]] ReadScenario read_scenario_member(const nlohmann::json& request, Legality legality = Legality::checked);

/// Reports members of `request` that are not among `known`.
void refuse_unknown_members(const nlohmann::json& request, std::initializer_list<std::string_view> known, Issues& issues);

/// A whole number from 1 to `most`, `fallback` where the request says nothing.
[[nodiscard]] std::int64_t whole_member(const nlohmann::json& request, const char* name, std::int64_t fallback, std::int64_t most, Issues& issues);

void write_issues(JsonWriter& writer, const Issues& issues);

/// The frame of every question about a scenario, `{"scenario": ..., <members>}`: the answer's members where the request can
/// be read, and the issues in the language that the scenario names.
/// `write` is called with a scenario without errors of reading, and may add issues.
using WriteAnswer = std::function<void(JsonWriter& writer, const nlohmann::json& request, const ReadScenario& read, Issues& issues)>;
[[nodiscard]] std::string answer_question(std::string_view text, std::initializer_list<std::string_view> members, Legality legality, const WriteAnswer& write);

}  // namespace vram
