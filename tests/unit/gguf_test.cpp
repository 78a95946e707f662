// GGUF headers: files of the official writer, hand-made ones of every version, and damage.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>

#include "tensor_file_fixtures.h"

namespace {

using vram::TensorFileFormat;
using vram::TensorFileResult;
using vram::test::code;
using vram::test::read;

/// Writes a header field by field; counts and lengths are 32 bits wide in version 1.
class Header {
 public:
  explicit Header(std::uint32_t version) : wide_(version > 1) {
    bytes_ = "GGUF";
    u32(version);
  }
  Header& u32(std::uint32_t value) { return raw(value); }
  Header& u64(std::uint64_t value) { return raw(value); }
  Header& count(std::uint64_t value) { return wide_ ? raw(value) : raw(static_cast<std::uint32_t>(value)); }
  Header& text(const std::string& value) {
    count(value.size());
    bytes_ += value;
    return *this;
  }
  Header& tensor(const std::string& name, std::initializer_list<std::uint64_t> shape, std::uint32_t type,
                 std::uint64_t offset) {
    text(name).u32(static_cast<std::uint32_t>(shape.size()));
    for (const std::uint64_t extent : shape) count(extent);
    return u32(type).u64(offset);
  }
  /// The header and `data` zero bytes behind its padding.
  [[nodiscard]] std::string file(std::size_t data) const {
    return bytes_ + std::string((32 - bytes_.size() % 32) % 32 + data, '\0');
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  template <typename T>
  Header& raw(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  bool wide_;
  std::string bytes_;
};

/// Numbers and texts are equal; arrays have the same length.
bool agrees(const nlohmann::json& expected, const vram::MetadataEntry& entry) {
  if (expected.is_number_float()) return std::get<double>(entry.value) == expected.get<double>();
  if (expected.is_number_integer()) return std::get<std::int64_t>(entry.value) == expected.get<std::int64_t>();
  if (expected.is_string()) return std::get<std::string>(entry.value) == expected.get<std::string>();
  if (expected.is_boolean()) return std::get<bool>(entry.value) == expected.get<bool>();
  const auto length = expected.is_object() ? expected["length"].get<std::size_t>() : expected.size();
  return entry.length == static_cast<std::int64_t>(length);
}

class OfficialGguf : public testing::TestWithParam<const char*> {};

TEST_P(OfficialGguf, TensorsAndMetadataMatchTheOfficialReader) {
  const auto expected = vram::test::expected_headers()[GetParam()];
  const TensorFileResult result = read(vram::test::fixture(GetParam()));
  ASSERT_TRUE(result.file) << code(result);
  EXPECT_TRUE(result.issues.empty());
  EXPECT_EQ(TensorFileFormat::gguf, result.file->format);
  EXPECT_EQ(3, result.file->version);
  EXPECT_EQ(expected["header_bytes"], result.file->header_bytes.value);
  vram::test::expect_tensors(expected["tensors"], *result.file);
  ASSERT_EQ(expected["metadata"].size(), result.file->metadata.size());
  for (const auto& [key, value] : expected["metadata"].items()) {
    const vram::MetadataEntry* entry = result.file->find(key);
    ASSERT_NE(nullptr, entry) << key;
    EXPECT_TRUE(agrees(value, *entry)) << key;
  }
}

TEST_P(OfficialGguf, TruncationAtEveryByteIsNoticed) {
  vram::test::expect_truncation_is_noticed(vram::test::fixture(GetParam()));
}

TEST_P(OfficialGguf, DamageAtEveryByteIsSurvived) {
  const std::string bytes = vram::test::fixture(GetParam());
  vram::test::expect_damage_is_survived(bytes, static_cast<std::size_t>(read(bytes).file->header_bytes.value));
}

INSTANTIATE_TEST_SUITE_P(Fixtures, OfficialGguf, testing::Values("dense.gguf", "arrays.gguf"), [](const auto& row) {
  return std::string(row.param).substr(0, std::string(row.param).find('.'));
});

TEST(Gguf, ArraysKeepOneValueForEachLayer) {
  const TensorFileResult result = read(vram::test::fixture("arrays.gguf"));
  ASSERT_TRUE(result.file);
  EXPECT_EQ((std::vector<std::int64_t>{8, 4, 8, 4}), result.file->integers("testmoe.attention.head_count_kv"));
  EXPECT_EQ((std::vector<std::int64_t>{1, 0, 1, 0}), result.file->integers("testmoe.attention.sliding_window_pattern"));
  EXPECT_EQ((std::vector<std::int64_t>{1024}), result.file->integers("testmoe.attention.sliding_window"));
  EXPECT_EQ((std::vector<double>{0.5, 1.5}), std::get<std::vector<double>>(result.file->find("testmoe.scales")->value));
  EXPECT_TRUE(result.file->integers("absent").empty());
  EXPECT_FALSE(result.file->integer("k.f32"));
}

TEST(Gguf, TotalsAddUpByType) {
  const TensorFileResult result = read(vram::test::fixture("dense.gguf"));
  ASSERT_TRUE(result.file);
  std::int64_t elements = 0, bytes = 0, tensors = 0;
  for (const vram::TypeTotal& total : result.file->totals) {
    elements += total.elements;
    bytes += total.bytes.value;
    tensors += total.tensors;
  }
  EXPECT_EQ(7168, elements);
  EXPECT_EQ(7448, bytes);
  EXPECT_EQ(14, tensors);
  EXPECT_EQ(elements, result.file->elements);
  EXPECT_EQ(bytes, result.file->bytes.value);
  EXPECT_EQ(7U, result.file->totals.size());
}

class EveryVersion : public testing::TestWithParam<std::uint32_t> {};

TEST_P(EveryVersion, OneTensorAndOneKey) {
  Header h(GetParam());
  h.count(1).count(1).text("general.architecture").u32(8).text("llama").tensor("w", {64, 3}, 8, 0);
  const TensorFileResult result = read(h.file(3 * 68));
  ASSERT_TRUE(result.file) << code(result);
  EXPECT_EQ("llama", result.file->text("general.architecture"));
  EXPECT_EQ((std::vector<std::int64_t>{3, 64}), result.file->tensors.at(0).shape);
  EXPECT_EQ(3 * 68, result.file->bytes.value);
}
INSTANTIATE_TEST_SUITE_P(Gguf, EveryVersion, testing::Values(1U, 2U, 3U));

TEST(Gguf, VersionsItCannotRead) {
  EXPECT_EQ("unsupported_version", code(read(Header(4).count(0).count(0).bytes())));
  EXPECT_EQ("unsupported_version", code(read(Header(0).count(0).count(0).bytes())));
  EXPECT_EQ("big_endian_file", code(read(Header(0x03000000).count(0).count(0).bytes())));
}

TEST(Gguf, AbsurdCountsAreRefusedBeforeAnythingIsAllocated) {
  constexpr std::uint64_t kHuge = ~std::uint64_t{0};
  EXPECT_EQ("limit_exceeded", code(read(Header(3).count(kHuge).count(0).bytes(), std::nullopt)));
  EXPECT_EQ("limit_exceeded", code(read(Header(3).count(0).count(kHuge).bytes(), std::nullopt)));
  EXPECT_EQ("limit_exceeded", code(read(Header(3).count(0).count(1).count(kHuge).bytes(), std::nullopt)));
  const Header array = Header(3).count(0).count(1).text("a").u32(9).u32(4).count(kHuge);
  EXPECT_EQ("limit_exceeded", code(read(array.bytes(), std::nullopt)));
  const Header dimensions = Header(3).count(1).count(0).text("t").u32(9);
  EXPECT_EQ("limit_exceeded", code(read(dimensions.bytes(), std::nullopt)));
  // A count that is allowed but that the file cannot hold.
  EXPECT_EQ("truncated_file", code(read(Header(3).count(1000000).count(0).bytes())));
}

TEST(Gguf, NestedArraysAreSkippedButNotForever) {
  Header shallow(3);
  shallow.count(0).count(1).text("a").u32(9).u32(9).count(2).u32(4).count(1).u32(7).u32(8).count(1).text("x");
  const TensorFileResult result = read(shallow.bytes());
  ASSERT_TRUE(result.file) << code(result);
  EXPECT_EQ(2, result.file->length("a"));
  Header deep(3);
  deep.count(0).count(1).text("a").u32(9);
  for (int i = 0; i < 1000; ++i) deep.u32(9).count(1);
  EXPECT_EQ("limit_exceeded", code(read(deep.bytes(), std::nullopt)));
}

TEST(Gguf, DamagedTensorListsSayWhichTensor) {
  const auto issue = [](const Header& h, std::size_t data) { return read(h.file(data)); };
  EXPECT_EQ("duplicate_name",
            code(issue(Header(3).count(2).count(0).tensor("w", {32}, 8, 0).tensor("w", {32}, 8, 64), 128)));
  EXPECT_EQ("bad_row_length", code(issue(Header(3).count(1).count(0).tensor("w", {33}, 8, 0), 64)));
  EXPECT_EQ("bad_offset", code(issue(Header(3).count(1).count(0).tensor("w", {32}, 8, 8), 64)));
  EXPECT_EQ("bad_offset",
            code(issue(Header(3).count(2).count(0).tensor("a", {64}, 8, 0).tensor("b", {32}, 8, 32), 128)));
  EXPECT_EQ("tensor_too_large",
            code(issue(Header(3).count(1).count(0).tensor("w", {1ULL << 40U, 1ULL << 40U}, 0, 0), 64)));
  EXPECT_EQ("tensor_too_large", code(issue(Header(3).count(1).count(0).tensor("w", {~0ULL}, 0, 0), 64)));
  EXPECT_EQ("bad_name", code(issue(Header(3).count(1).count(0).tensor("", {32}, 8, 0), 64)));
  EXPECT_EQ("bad_name", code(issue(Header(3).count(1).count(0).tensor("\xC0\x80", {32}, 8, 0), 64)));
  EXPECT_EQ("unknown_value_type", code(issue(Header(3).count(0).count(1).text("k").u32(13), 8)));
  const TensorFileResult named = issue(Header(3).count(1).count(0).tensor("blk.0.w", {33}, 8, 0), 64);
  EXPECT_NE(std::string::npos, named.issues.at(0).message.find("blk.0.w"));
}

TEST(Gguf, RepeatedKeysAreRefused) {
  const Header h = Header(3).count(0).count(2).text("k").u32(4).u32(1).text("k").u32(4).u32(2);
  EXPECT_EQ("duplicate_name", code(read(h.bytes())));
}

TEST(Gguf, AlignmentMustBeAPowerOfTwo) {
  const Header h = Header(3).count(0).count(1).text("general.alignment").u32(4).u32(48);
  EXPECT_EQ("bad_alignment", code(read(h.bytes())));
}

TEST(Gguf, TypesNewerThanTheProgramAreSizedByTheirGap) {
  const Header h = Header(3).count(2).count(0).tensor("new", {100}, 99, 0).tensor("old", {32}, 8, 96);
  const TensorFileResult result = read(h.file(96 + 34));
  ASSERT_TRUE(result.file);
  EXPECT_EQ("unknown_tensor_type", code(result));
  EXPECT_EQ("unknown", result.file->tensors.at(0).type);
  EXPECT_EQ(96, result.file->tensors.at(0).bytes.value);
}

TEST(Gguf, LongTextsKeepOnlyTheirLength) {
  const Header h = Header(3).count(0).count(1).text("tokenizer.chat_template").u32(8).text(std::string(5000, 'x'));
  const TensorFileResult result = read(h.bytes());
  ASSERT_TRUE(result.file);
  EXPECT_EQ(5000, result.file->length("tokenizer.chat_template"));
  EXPECT_EQ("", result.file->text("tokenizer.chat_template"));
}

TEST(Gguf, AskingForMoreBytesConverges) {
  const std::string bytes = vram::test::fixture("dense.gguf");
  std::size_t given = 0;
  int rounds = 0;
  TensorFileResult result;
  do {
    result = read(std::string_view(bytes).substr(0, given), bytes.size());
    given += static_cast<std::size_t>(result.more_bytes_needed);
    ASSERT_LT(++rounds, 10);
  } while (result.more_bytes_needed > 0);
  EXPECT_TRUE(result.file);
}

}  // namespace
