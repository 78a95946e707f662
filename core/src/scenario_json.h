// Reads a scenario from parsed JSON and writes it back complete. The field table does the work.
// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "json_writer.h"
#include "scenario_fields.h"
#include "vram/issue.h"
#include "vram/workload.h"

namespace vram {

/// Fills `scenario` (all but its model) from `request`; everything wrong becomes an issue and leaves the default.
void read_scenario(const nlohmann::json& request, Scenario& scenario, Issues& issues);

/// Lengths that the request does not give stay within what the model reads (BERT: 512); `longest` 0 = any length.
void follow_model(const nlohmann::json& request, std::int64_t longest, Scenario& scenario);

/// Sets the degree that follows `hardware.gpus` where the request does not name it: data parallelism in training, tensor
/// parallelism in inference, or the layers where an engine shares those out by itself (llama.cpp, Ollama).
void follow_gpus(const nlohmann::json& request, Scenario& scenario);

/// Writes the members of the complete scenario into the open object; `model` is JSON text.
void write_scenario(JsonWriter& writer, const Scenario& scenario, std::string_view model);

/// Writes the value that `field` has in `scenario`, which stays as it is (the accessors of the table give references).
void write_value(JsonWriter& writer, const Field& field, Scenario& scenario);

/// JSON text of a value, cut after 80 characters, for issues.
[[nodiscard]] std::string excerpt(const nlohmann::json& value);

/// Parses text within limits of size and depth. On failure `issues` says what was found and the result is discarded.
[[nodiscard]] nlohmann::json parse_limited(std::string_view text, Issues& issues);

}  // namespace vram
