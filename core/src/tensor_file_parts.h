// What the readers of GGUF and safetensors headers share.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "vram/tensor_file.h"

namespace vram::detail {

struct FileView {
  std::span<const std::byte> prefix;
  std::optional<std::uint64_t> file_bytes;

  /// True when the given bytes are all there is.
  [[nodiscard]] bool whole() const { return file_bytes && prefix.size() >= *file_bytes; }
};

[[nodiscard]] TensorFileResult read_gguf(const FileView& view);
[[nodiscard]] TensorFileResult read_safetensors(const FileView& view);
[[nodiscard]] TensorFileResult read_safetensors_index(const FileView& view);

[[nodiscard]] bool is_utf8(std::string_view text);
/// A JSON string of text from a file: shortened, anything but printable ASCII replaced.
[[nodiscard]] std::string shown(std::string_view text);

[[nodiscard]] TensorFileResult failure(std::string code, std::string field, std::string value, std::string message);

/// Multiplies the dimensions; empty above 2^53.
[[nodiscard]] std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape);

/// First name that occurs twice, or null.
[[nodiscard]] const std::string* duplicate_name(const std::vector<TensorEntry>& tensors);

/// Fills totals, elements and bytes from the tensors; false when a sum leaves 2^53.
[[nodiscard]] bool add_totals(TensorFile& file);

/// Warns when the tensor data ends beyond the end of the file: a partial download.
void warn_if_cut(TensorFileResult& result, const FileView& view, std::uint64_t data_end);

}  // namespace vram::detail
