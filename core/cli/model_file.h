// Requests made of files on this machine: the model of a weight file, of which only the header is read; a log.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace vram::cli {

/// What a GGUF, safetensors or config.json file says of its model, in the JSON of tensor_file_json. False when the file
/// cannot be read.
[[nodiscard]] bool read_model_file(const std::string& path, std::string& answer);

/// `scenario` (JSON text; empty = none) with the model of that answer. Where either cannot be used, `result` is the reply
/// to give instead of an estimate, and the function returns false.
[[nodiscard]] bool with_model(std::string_view scenario, std::string_view answer, std::string& result);

/// The request of read_log_json for a log beside a scenario (JSON text).
[[nodiscard]] std::string log_request(std::string_view log, std::string_view scenario);

}  // namespace vram::cli
