// Models from the header of their weight file: GGUF says its dimensions, safetensors shows them in names and shapes.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "vram/messages.h"
#include "vram/model_json.h"
#include "vram/tensor_file.h"

namespace vram {

/// The model a header describes. Its `stored_bytes` are the file's, exact to the byte, and its parameters equal the
/// elements of the file: tensors that no known block explains become one named block. What had to be guessed (heads of
/// a safetensors file, say) is a warning. A safetensors index has no shapes: that is an error which asks for config.json.
[[nodiscard]] ModelResult model_from_tensor_file(const TensorFile& file);

/// Reads the first bytes of a model file and answers in JSON: "model" to put into a scenario, with "file" that says what
/// is in it; or {"more_bytes_needed": n}; or neither; always with "issues". In "model", tensors of one shape and type whose
/// names differ in numbers alone are one row with "repeat" and the bytes of them all.
[[nodiscard]] std::string tensor_file_json(std::span<const std::byte> prefix, std::optional<std::uint64_t> file_bytes = std::nullopt, Language language = Language::en);

}  // namespace vram
