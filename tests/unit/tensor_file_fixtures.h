// Fixture files, hand-made headers and the properties every header reader must keep under damage.
// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "vram/tensor_file.h"

namespace vram::test {

inline std::string fixture(const std::string& name) {
  std::ifstream in(std::string(VRAM_TESTS_DIR) + "/fixtures/headers/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline nlohmann::json expected_headers() { return nlohmann::json::parse(fixture("expected.json"), nullptr, false); }

inline TensorFileResult read(std::string_view bytes, std::optional<std::uint64_t> file_bytes) {
  return read_tensor_file(std::as_bytes(std::span(bytes.data(), bytes.size())), file_bytes);
}
/// All of a file.
inline TensorFileResult read(std::string_view bytes) { return read(bytes, bytes.size()); }

/// Code of the first issue, "" when there is none.
inline std::string code(const TensorFileResult& result) {
  return result.issues.empty() ? "" : result.issues.front().code;
}

inline bool failed(const TensorFileResult& result) {
  return std::any_of(result.issues.begin(), result.issues.end(),
                     [](const Issue& issue) { return issue.severity == Severity::error; });
}

/// A result is a file, a request for more bytes, or an error: never two of them, never none.
inline void expect_one_answer(const TensorFileResult& result) {
  const int answers = (result.file ? 1 : 0) + (result.more_bytes_needed > 0 ? 1 : 0) + (failed(result) ? 1 : 0);
  EXPECT_EQ(1, answers);
  for (const Issue& issue : result.issues) EXPECT_FALSE(issue.message.empty());
}

/// Cuts the file after every byte: within the header that is a request for more (size known to be larger) or an issue
/// (all there is).
inline void expect_truncation_is_noticed(const std::string& bytes) {
  const TensorFileResult full = read(bytes);
  ASSERT_TRUE(full.file);
  const auto header = static_cast<std::size_t>(full.file->header_bytes.value);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string_view cut = std::string_view(bytes).substr(0, size);
    const TensorFileResult partial = read(cut, bytes.size());
    expect_one_answer(partial);
    expect_one_answer(read(cut, std::nullopt));
    const TensorFileResult damaged = read(cut, size);
    expect_one_answer(damaged);
    if (size >= header) {
      ASSERT_TRUE(partial.file) << size;
      EXPECT_EQ(full.file->tensors.size(), partial.file->tensors.size());
      constexpr std::size_t kPadding = 64;  // at most this much may follow the last tensor
      EXPECT_TRUE(code(damaged) == "file_cut_short" || size + kPadding > bytes.size()) << size;
    } else if (!partial.file) {
      EXPECT_GT(partial.more_bytes_needed, 0U) << size;
      EXPECT_LE(size + partial.more_bytes_needed, bytes.size());
      EXPECT_TRUE(failed(damaged)) << size;
    }
  }
}

/// Sets every byte of the header in turn to values that make lengths, counts and types absurd.
inline void expect_damage_is_survived(const std::string& bytes, std::size_t header) {
  for (std::size_t at = 0; at < header; ++at) {
    for (const char value : {'\x00', '\x01', '\x7F', '\x80', '\xFF'}) {
      std::string damaged = bytes;
      damaged[at] = value;
      expect_one_answer(read(damaged));
      expect_one_answer(read(damaged, std::nullopt));
    }
  }
}

/// Tensors of a file against what the official reader printed.
inline void expect_tensors(const nlohmann::json& expected, const TensorFile& file) {
  ASSERT_EQ(expected.size(), file.tensors.size());
  for (const TensorEntry& tensor : file.tensors) {
    const auto row =
        std::find_if(expected.begin(), expected.end(), [&](const auto& t) { return t["name"] == tensor.name; });
    ASSERT_NE(expected.end(), row) << tensor.name;
    EXPECT_EQ((*row)["type"], tensor.type) << tensor.name;
    EXPECT_EQ((*row)["shape"], nlohmann::json(tensor.shape)) << tensor.name;
    if (row->contains("bytes")) {
      EXPECT_EQ((*row)["bytes"], tensor.bytes.value) << tensor.name;
      EXPECT_EQ((*row)["elements"], tensor.elements) << tensor.name;
    }
  }
}

}  // namespace vram::test
