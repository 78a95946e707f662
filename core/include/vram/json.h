// The only text format in and out: a JSON request in, a JSON result out. Everything else translates.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace vram {

/// One scenario in, one result out, both as in docs/interface.md. Never throws and never fails: a request that cannot
/// be understood gives a result with issues of severity "error" and no memory part.
[[nodiscard]] std::string estimate_json(std::string_view request);

/// The same without the member `documented`; asking by "include" or for "method": "documented" is an error. A program that calls
/// only this links neither advice and recommendations nor the documented formulas.
[[nodiscard]] std::string plain_estimate_json(std::string_view request);

/// What a pasted log says about memory. `text` is the log itself, or {"log": "…", "scenario": {…}} to have each value
/// beside what the estimate of that scenario predicts; `changes` is the patch with the scenario fields that the log states.
[[nodiscard]] std::string read_log_json(std::string_view text);

/// One of the documented formulas by name with its published inputs, {"formula": "inference", "batchSize": 4, …} in,
/// {"documented": {formula, total_bytes, rows}, "issues"} out. Inputs left out take the published defaults.
[[nodiscard]] std::string documented_json(std::string_view request);

/// The built-in data as a JSON array. `kind`: "models", "gpus", "families", "messages" or "fields" (the table of scenario fields).
/// Anything else gives an object with issues.
[[nodiscard]] std::string catalog_json(std::string_view kind);

/// The catalogs "models", "gpus" and "fields" by themselves, for programs that link no more than they ask.
[[nodiscard]] std::string models_json();
[[nodiscard]] std::string gpus_json();
[[nodiscard]] std::string fields_json();

/// The release of this library, "major.minor.patch".
[[nodiscard]] std::string_view version();

}  // namespace vram
