// safetensors headers and shard indexes: files of the official writer, hand-made ones, and damage.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>

#include "tensor_file_fixtures.h"

namespace {

using vram::TensorFileFormat;
using vram::TensorFileResult;
using vram::test::code;
using vram::test::read;

/// A file with this header and so many zero bytes of data.
std::string file(const std::string& header, std::size_t data = 0) {
  std::string bytes;
  for (unsigned shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(std::uint64_t{header.size()} >> shift & 0xFFU);
  return bytes + header + std::string(data, '\0');
}

TEST(Safetensors, TensorsAndMetadataMatchTheOfficialReader) {
  const auto expected = vram::test::expected_headers()["mixed.safetensors"];
  const TensorFileResult result = read(vram::test::fixture("mixed.safetensors"));
  ASSERT_TRUE(result.file) << code(result);
  EXPECT_TRUE(result.issues.empty());
  EXPECT_EQ(TensorFileFormat::safetensors, result.file->format);
  vram::test::expect_tensors(expected["tensors"], *result.file);
  EXPECT_EQ("größe", result.file->text("note"));
  EXPECT_EQ(256 + 64 + 4 + 15 + 7 + 16 + 16 + 32, result.file->bytes.value);
  EXPECT_EQ(128 + 64 + 1 + 15 + 7 + 2 + 4 + 16, result.file->elements);
}

TEST(Safetensors, TruncationAtEveryByteIsNoticed) {
  vram::test::expect_truncation_is_noticed(vram::test::fixture("mixed.safetensors"));
}

TEST(Safetensors, DamageAtEveryByteIsSurvived) {
  const std::string bytes = vram::test::fixture("mixed.safetensors");
  vram::test::expect_damage_is_survived(bytes, static_cast<std::size_t>(read(bytes).file->header_bytes.value));
}

TEST(Safetensors, TheLengthOfTheHeaderIsKnownAfterEightBytes) {
  const std::string bytes = vram::test::fixture("mixed.safetensors");
  const auto header = static_cast<std::size_t>(read(bytes).file->header_bytes.value);
  EXPECT_EQ(header - 9, read(std::string_view(bytes).substr(0, 9), std::nullopt).more_bytes_needed);
  EXPECT_TRUE(read(std::string_view(bytes).substr(0, header), std::nullopt).file);
}

TEST(Safetensors, HeadersThatContradictThemselves) {
  struct Row {
    const char* header;
    const char* code;
  };
  for (
      const Row& row : {
          Row{R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "bad_offset"},
          Row{R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", "bad_offset"},
          Row{R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "bad_offset"},
          Row{R"({"w":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}})", "bad_offset"},
          Row{R"({"w":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})", "unknown_tensor_type"},
          Row{R"({"w":{"dtype":"F32","shape":[1]}})", "bad_tensor_entry"},
          Row{R"({"w":{"shape":[1],"data_offsets":[0,4]}})", "bad_tensor_entry"},
          Row{R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "bad_tensor_entry"},
          Row{R"({"w":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", "bad_tensor_entry"},
          Row{R"({"w":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", "bad_tensor_entry"},
          Row{R"({"w":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", "bad_tensor_entry"},
          Row{R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", "bad_tensor_entry"},
          Row{R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":{}}})", "bad_tensor_entry"},
          Row{R"({"w":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "bad_tensor_entry"},
          Row{R"({"w":[]})", "bad_tensor_entry"},
          Row{R"({"w":7})", "bad_tensor_entry"},
          Row{R"({"__metadata__":{"a":{"b":"c"}}})", "bad_tensor_entry"},
          Row{R"({"w":{"dtype":"I8","shape":[9007199254740992,2],"data_offsets":[0,4]}})", "tensor_too_large"},
          Row{R"({"w":{"dtype":"F64","shape":[9007199254740992],"data_offsets":[0,4]}})", "tensor_too_large"},
          Row{R"({"w":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"I8","shape":[1],"data_offsets":[1,2]}})",
              "duplicate_name"},
          Row{R"({"w":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"v":{"dtype":"I8","shape":[2],"data_offsets":[1,3]}})",
              "bad_offset"},
          Row{R"({"w":)", "bad_json"},
          Row{R"({} x)", "bad_json"},
          Row{"{\"\xC0\x80\":1}", "bad_json"},
      }) {
    EXPECT_EQ(row.code, code(read(file(row.header, 4)))) << row.header;
  }
}

TEST(Safetensors, AScalarAndAnEmptyTensorAreTensors) {
  const TensorFileResult result = read(file(
      R"({"s":{"dtype":"BF16","shape":[],"data_offsets":[0,2]},"e":{"dtype":"F32","shape":[0,9],"data_offsets":[2,2]}})",
      2));
  ASSERT_TRUE(result.file) << code(result);
  EXPECT_EQ(1, result.file->elements);
  EXPECT_EQ(2, result.file->bytes.value);
}

TEST(Safetensors, DeepNestingAndHugeHeadersAreRefused) {
  std::string index = R"({"weight_map":{},"x":)" + std::string(100000, '[');
  EXPECT_EQ("limit_exceeded", code(read(index)));
  std::string huge = file("{}");
  huge[7] = 1;
  EXPECT_EQ("limit_exceeded", code(read(huge, std::nullopt)));
}

TEST(SafetensorsIndex, NamesShardsAndTotal) {
  const TensorFileResult result = read(vram::test::fixture("model.safetensors.index.json"));
  ASSERT_TRUE(result.file) << code(result);
  EXPECT_EQ(TensorFileFormat::safetensors_index, result.file->format);
  EXPECT_EQ(16060522496, result.file->bytes.value);
  EXPECT_EQ(4U, result.file->tensors.size());
  EXPECT_EQ((std::vector<std::string>{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}),
            result.file->shards);
  EXPECT_EQ("model-00002-of-00002.safetensors", result.file->tensors.back().file);
}

TEST(SafetensorsIndex, AsksForTheWholeText) {
  const std::string bytes = vram::test::fixture("model.safetensors.index.json");
  EXPECT_EQ(bytes.size() - 20, read(std::string_view(bytes).substr(0, 20), bytes.size()).more_bytes_needed);
  EXPECT_EQ("bad_json", code(read(std::string_view(bytes).substr(0, 20), 20)));
}

TEST(SafetensorsIndex, WhatIsNotAnIndexSaysSo) {
  EXPECT_EQ("not_a_tensor_file", code(read(R"({"model_type":"llama","hidden_size":4096})")));
  EXPECT_EQ("not_a_tensor_file", code(read(R"({"weight_map":[1]})")));
  EXPECT_EQ("bad_tensor_entry", code(read(R"({"weight_map":{"w":5}})")));
  EXPECT_EQ("duplicate_name", code(read(R"({"weight_map":{"w":"a","w":"b"}})")));
}

TEST(TensorFile, OtherFilesAreRefusedInASentence) {
  EXPECT_EQ("not_a_tensor_file", code(read("")));
  EXPECT_EQ("not_a_tensor_file", code(read("PK\x03\x04 a zip archive")));
  EXPECT_EQ(9U, read("", std::nullopt).more_bytes_needed);
  EXPECT_EQ("truncated_file", code(read("GGUF")));
}

}  // namespace
