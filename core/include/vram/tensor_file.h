// Reads the headers of model files, GGUF and safetensors, from their first bytes: every tensor's shape, type and size,
// and the metadata. SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "vram/issue.h"
#include "vram/units.h"

namespace vram {

enum class TensorFileFormat : unsigned char { gguf, safetensors, safetensors_index };

/// "gguf", "safetensors" or "safetensors_index".
[[nodiscard]] std::string_view name_of(TensorFileFormat format);

/// One metadata entry. Long texts (templates) and long or nested arrays (token lists) keep only their length: the value
/// is then empty.
struct MetadataEntry {
  using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                             std::vector<double>>;
  std::string key;
  Value value;
  std::int64_t length = 1;  ///< elements of an array, bytes of a text, 1 for a number or truth value
};

/// One tensor. In a safetensors index only the name and the file are known.
struct TensorEntry {
  std::string name;
  std::vector<std::int64_t> shape;  ///< outermost dimension first, as PyTorch prints it
  std::string type;  ///< as the format names it: "Q4_K", "BF16"; "unknown" for GGUF types newer than this program
  std::int64_t elements = 0;
  Bytes bytes;
  std::string file;  ///< shard that holds it, in an index
};

/// Tensors of one type.
struct TypeTotal {
  std::string type;
  std::int64_t tensors = 0;
  std::int64_t elements = 0;
  Bytes bytes;
};

/// What the header says.
struct TensorFile {
  TensorFileFormat format = TensorFileFormat::gguf;
  std::int64_t version = 0;  ///< GGUF version; 0 for safetensors
  std::vector<MetadataEntry> metadata;
  std::vector<TensorEntry> tensors;
  std::vector<TypeTotal> totals;    ///< in order of first appearance
  std::int64_t elements = 0;        ///< of all tensors
  Bytes bytes;                      ///< of all tensors, without padding; for an index its metadata.total_size
  Bytes header_bytes;               ///< where tensor data begins; the whole text of an index
  std::vector<std::string> shards;  ///< files an index refers to, sorted

  /// The entry with this key, or null.
  [[nodiscard]] const MetadataEntry* find(std::string_view key) const;
  /// Whole number under a key, empty when absent or of another type.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
  /// Whole numbers under a key: one for a scalar, one for each layer for an array; empty when absent.
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key) const;
  /// Number under a key, whole or not.
  [[nodiscard]] std::optional<double> number(std::string_view key) const;
  /// Text under a key, empty when absent or not kept.
  [[nodiscard]] std::string_view text(std::string_view key) const;
  /// Length of the array under a key (the vocabulary: "tokenizer.ggml.tokens"), 0 when absent.
  [[nodiscard]] std::int64_t length(std::string_view key) const;
};

/// Exactly one of: a file; a request for more bytes; issues with at least one error. A file may come with warnings.
struct TensorFileResult {
  std::optional<TensorFile> file;
  /// How many bytes beyond the given ones to read before trying again. Exact for safetensors; a GGUF header does not
  /// say how long it is, so there at least what is certainly missing, and otherwise enough to double what was given.
  std::uint64_t more_bytes_needed = 0;
  Issues issues;
};

/// Limits that keep hostile files from costing memory or time. Memory used is a small multiple of the bytes given.
inline constexpr std::uint64_t kMaxTensors = 1U << 20U;
inline constexpr std::uint64_t kMaxMetadataEntries = 1U << 16U;
inline constexpr std::uint64_t kMaxStringBytes = 1U << 26U;
inline constexpr std::uint64_t kMaxNameBytes = 1U << 16U;
inline constexpr std::uint64_t kMaxArrayElements = 1U << 26U;
inline constexpr std::uint64_t kMaxKeptArrayElements = 1U << 12U;
inline constexpr std::uint64_t kMaxKeptStringBytes = 1U << 12U;
inline constexpr std::uint32_t kMaxDimensions = 8;
inline constexpr std::uint64_t kMaxJsonHeaderBytes = 100'000'000;
inline constexpr int kMaxJsonDepth = 64;

/// Reads a GGUF file (versions 1 to 3, little endian), a safetensors file, or a model.safetensors.index.json from its
/// first bytes. `file_bytes` is the size of the whole file when the caller knows it: it turns "need more bytes" into
/// "truncated".
[[nodiscard]] TensorFileResult read_tensor_file(std::span<const std::byte> prefix,
                                                std::optional<std::uint64_t> file_bytes = std::nullopt);

}  // namespace vram
