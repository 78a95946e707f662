// What must hold for the answer to any bytes at all.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>

#include "vram/tensor_file.h"

namespace vram::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

/// Exactly one of a file, a request for more bytes, an error; and the sums of a file are the sums of its tensors.
inline void check_answer(const TensorFileResult& result) {
  const bool failed = std::any_of(result.issues.begin(), result.issues.end(),
                                  [](const Issue& i) { return i.severity == Severity::error; });
  require((result.file ? 1 : 0) + (result.more_bytes_needed > 0 ? 1 : 0) + (failed ? 1 : 0) == 1);
  if (!result.file) return;
  std::int64_t elements = 0, tensors = 0, bytes = 0;
  for (const TypeTotal& total : result.file->totals) {
    elements += total.elements;
    tensors += total.tensors;
    bytes += total.bytes.value;
  }
  const bool index = result.file->format == TensorFileFormat::safetensors_index;
  require(index || (elements == result.file->elements && bytes == result.file->bytes.value));
  require(index || tensors == static_cast<std::int64_t>(result.file->tensors.size()));
  require(elements >= 0 && elements <= static_cast<std::int64_t>(kLargestExact));
}

/// Reads the bytes as a whole file, as the start of one of unknown size, and cut at half and at the end of the header.
inline void check_bytes(std::span<const std::byte> bytes) {
  const TensorFileResult whole = read_tensor_file(bytes, bytes.size());
  check_answer(whole);
  require(whole.more_bytes_needed == 0);
  check_answer(read_tensor_file(bytes));
  check_answer(read_tensor_file(bytes.first(bytes.size() / 2), bytes.size()));
  if (!whole.file) return;
  const auto header = std::min(bytes.size(), static_cast<std::size_t>(whole.file->header_bytes.value));
  const TensorFileResult again = read_tensor_file(bytes.first(header), bytes.size());
  require(again.file && again.file->tensors.size() == whole.file->tensors.size() &&
          again.file->bytes == whole.file->bytes);
}

}  // namespace vram::fuzz
