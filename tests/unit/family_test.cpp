// A family and a size give a model of exactly that size, and its dimensions move smoothly with it.
// SPDX-License-Identifier: MIT
#include "vram/family.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "vram/inventory.h"
#include "vram/json.h"

namespace vram {
namespace {

const Issue* find_issue(const Issues& issues, std::string_view code) {
  const auto found = std::find_if(issues.begin(), issues.end(), [&](const Issue& issue) { return issue.code == code; });
  return found == issues.end() ? nullptr : &*found;
}

std::int64_t remainder_of(const ModelConfig& model) {
  for (const ExtraParameters& extra : model.extra_params) {
    if (extra.name == "remainder of the asked size") return extra.count;
  }
  return 0;
}

std::int64_t depth(const ModelConfig& model) {
  return model.text.num_layers > 0 ? model.text.num_layers : model.encoder_layers > 0 ? model.encoder_layers : model.num_layers() > 0 ? model.num_layers() : model.vision.num_layers;
}
std::int64_t width(const ModelConfig& model) { return model.hidden_size > 0 ? model.hidden_size : model.vision.hidden_size; }
std::int64_t grid(std::int64_t width) { return width < 2048 ? 64 : width < 16384 ? 128 : 256; }

std::vector<FamilyInfo> families_that_are(bool convolutional) {
  std::vector<FamilyInfo> chosen;
  for (const FamilyInfo& family : families()) {
    if (family.convolutional == convolutional) chosen.push_back(family);
  }
  return chosen;
}

std::string test_name(const testing::TestParamInfo<FamilyInfo>& row) {
  std::string name(row.param.name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class Transformers : public testing::TestWithParam<FamilyInfo> {};
class ConvolutionalFamilies : public testing::TestWithParam<FamilyInfo> {};

TEST_P(Transformers, MeetTheAskedSizeAndMoveSmoothly) {
  const FamilyInfo& family = GetParam();
  ModelConfig before;
  double largest_remainder = 0;
  std::size_t steps = 0;
  std::int64_t total_before = 0;
  for (double size = kSmallestFamilySize; size <= kLargestFamilySize; size *= 1.01, ++steps) {
    const ModelResult result = solve_family({.family = std::string(family.name), .parameters = size});
    ASSERT_TRUE(result.issues.empty()) << size << ": " << result.issues[0].message;
    const ModelConfig& model = result.model;
    const std::int64_t total = count_parameters(build_inventory(model)).total;
    ASSERT_NEAR(size, static_cast<double>(total), 0.005 * size) << size;
    EXPECT_GT(total, total_before) << size;
    const double remainder = static_cast<double>(remainder_of(model)) / size;
    EXPECT_LE(remainder, 0.005) << size;
    largest_remainder = std::max(largest_remainder, remainder);
    if (steps > 0) {
      const std::int64_t step = grid(std::max(width(model), width(before)));
      EXPECT_LE(std::abs(width(model) - width(before)), step) << size;
      // GLaM and Switch have experts in every second layer, Flamingo a cross-attention layer after every four.
      const bool pairs = family.name == "glam" || family.name == "switch" || model.cross_attention_layers != before.cross_attention_layers;
      EXPECT_LE(std::abs(depth(model) - depth(before)), pairs ? 2 : 1) << size;
      const std::int64_t heads = std::max<std::int64_t>(model.attention.kv_heads, 1);
      if (model.hidden_size > 0 && family.name != "bert" && model.attention.kv_heads < model.attention.heads) {
        EXPECT_LE(std::abs(model.attention.heads - before.attention.heads), std::max<std::int64_t>(heads, step / model.attention.head_dim)) << size;
      }
    }
    before = model;
    total_before = total;
  }
  std::printf("[ family   ] %-13s %zu sizes, largest remainder %.3f %%\n", std::string(family.name).c_str(), steps, 100 * largest_remainder);
  EXPECT_GT(steps, 900u);
}

TEST_P(ConvolutionalFamilies, MeetTheAskedSize) {
  const FamilyInfo& family = GetParam();
  std::size_t met = 0;
  double largest_remainder = 0;
  double width_before = 0;
  std::string base_before;
  std::int64_t total_before = 0;
  for (double size = 4e6; size <= kLargestFamilySize; size *= 1.35) {
    const ModelResult result = solve_family({.family = std::string(family.name), .parameters = size});
    ASSERT_TRUE(result.issues.empty()) << size << ": " << result.issues[0].message;
    const std::int64_t total = count_parameters(build_inventory(result.model)).total;
    EXPECT_NEAR(size, static_cast<double>(total), 0.005 * size) << size;
    EXPECT_GT(total, total_before) << size;
    // Larger is a wider network, or the next one of the family.
    EXPECT_TRUE(result.model.cnn_id != base_before || result.model.cnn_width >= width_before) << size;
    total_before = total;
    width_before = result.model.cnn_width;
    base_before = result.model.cnn_id;
    largest_remainder = std::max(largest_remainder, static_cast<double>(remainder_of(result.model)) / size);
    ++met;
  }
  std::printf("[ family   ] %-13s %zu sizes, largest remainder %.1f %%\n", std::string(family.name).c_str(), met, 100 * largest_remainder);
  EXPECT_GT(met, 40u);
}

INSTANTIATE_TEST_SUITE_P(Family, Transformers, testing::ValuesIn(families_that_are(false)), test_name);
INSTANTIATE_TEST_SUITE_P(Family, ConvolutionalFamilies, testing::ValuesIn(families_that_are(true)), test_name);

TEST(Family, TypicalSizesHaveTypicalShapes) {
  const ModelConfig model = solve_family({.family = "llama", .parameters = 7e9}).model;
  EXPECT_NEAR(4096, static_cast<double>(model.hidden_size), 512);
  EXPECT_NEAR(32, static_cast<double>(model.num_layers()), 4);
  EXPECT_EQ(8, model.attention.kv_heads);
  const ModelConfig bert = solve_family({.family = "BERT", .parameters = 110e6}).model;
  EXPECT_NEAR(768, static_cast<double>(bert.hidden_size), 64);
  EXPECT_NEAR(12, static_cast<double>(bert.num_layers()), 1);
}

TEST(Family, GivenDimensionsAreKeptAndTheRestIsSolved) {
  const ModelResult result = solve_family({.family = "llama", .parameters = 8e9, .hidden_size = 4096, .num_hidden_layers = 32, .num_attention_heads = 32, .num_key_value_heads = 8});
  EXPECT_TRUE(result.issues.empty());
  EXPECT_EQ(4096, result.model.hidden_size);
  EXPECT_EQ(32, result.model.num_layers());
  EXPECT_EQ(32, result.model.attention.heads);
  EXPECT_EQ(128, result.model.attention.head_dim);
  EXPECT_EQ(8'000'000'000, count_parameters(build_inventory(result.model)).total);
}

TEST(Family, AnyOneGivenDimensionStillMeetsTheSize) {
  const FamilyRequest requests[] = {
      {.family = "llama", .parameters = 7e9, .hidden_size = 5120},          {.family = "llama", .parameters = 7e9, .num_hidden_layers = 24},
      {.family = "llama", .parameters = 7e9, .num_attention_heads = 40},    {.family = "llama", .parameters = 7e9, .intermediate_size = 11008},
      {.family = "llama", .parameters = 7e9, .vocab_size = 128256},         {.family = "mixtral", .parameters = 50e9, .num_experts = 16, .num_experts_per_tok = 4},
      {.family = "t5", .parameters = 3e9, .num_hidden_layers = 24},         {.family = "llava", .parameters = 13e9, .hidden_size = 5120},
      {.family = "gpt", .parameters = 1.5e9, .intermediate_size = 6400},    {.family = "bert", .parameters = 0.34e9, .hidden_size = 1024, .num_hidden_layers = 24},
  };
  for (const FamilyRequest& request : requests) {
    const ModelResult result = solve_family(request);
    EXPECT_TRUE(result.issues.empty()) << request.family << ": " << (result.issues.empty() ? "" : result.issues[0].message);
    EXPECT_NEAR(request.parameters, static_cast<double>(count_parameters(build_inventory(result.model)).total), 0.005 * request.parameters) << request.family;
  }
}

TEST(Family, DimensionsThatContradictTheSizeWinWithAWarning) {
  const ModelResult result = solve_family({.family = "llama", .parameters = 70e9, .hidden_size = 4096, .num_hidden_layers = 32, .num_attention_heads = 32, .num_key_value_heads = 8,
                                           .intermediate_size = 14336, .vocab_size = 128256});
  const Issue* issue = find_issue(result.issues, "size_and_dimensions_disagree");
  ASSERT_NE(nullptr, issue);
  EXPECT_EQ(Severity::warning, issue->severity);
  EXPECT_NE(std::string::npos, issue->message.find("8030261248"));
  EXPECT_NE(std::string::npos, issue->message.find("70000000000"));
  EXPECT_EQ(8030261248, count_parameters(build_inventory(result.model)).total);
}

TEST(Family, RequestsNameTheFamilyInJson) {
  const auto ask = [](const char* model) { return nlohmann::json::parse(estimate_json(R"({"task": "inference", "model": )" + std::string(model) + "}")); };
  const nlohmann::json solved = ask(R"({"family": "llama", "parameters": 7e9, "hidden_size": 4096})");
  EXPECT_EQ(7'000'000'000, solved["model"]["parameters"].get<std::int64_t>());
  EXPECT_GT(solved["memory"]["total_bytes"].get<double>(), 14e9);
  EXPECT_EQ("missing_field", ask(R"({"family": "llama"})")["issues"][0]["code"]);
  EXPECT_EQ("unknown_field", ask(R"({"family": "llama", "parameters": 7e9, "hiden_size": 4096})")["issues"][0]["code"]);
  EXPECT_EQ("wrong_type", ask(R"({"family": "llama", "parameters": "7B"})")["issues"][0]["code"]);
}

struct BadRequest {
  const char* name;
  FamilyRequest request;
  const char* code;
  const char* field;
};

TEST(Family, BadRequestsAreErrors) {
  const BadRequest rows[] = {
      {"family", {.family = "lllama", .parameters = 7e9}, "unknown_name", "model.family"},
      {"zero", {.family = "llama", .parameters = 0}, "out_of_range", "model.parameters"},
      {"negative", {.family = "llama", .parameters = -7e9}, "out_of_range", "model.parameters"},
      {"not_a_number", {.family = "llama", .parameters = std::nan("")}, "out_of_range", "model.parameters"},
      {"infinite", {.family = "llama", .parameters = HUGE_VAL}, "out_of_range", "model.parameters"},
      {"too_large", {.family = "llama", .parameters = 1e308}, "out_of_range", "model.parameters"},
      {"negative_width", {.family = "llama", .parameters = 7e9, .hidden_size = -1}, "out_of_range", "model.hidden_size"},
      {"heads", {.family = "llama", .parameters = 7e9, .num_attention_heads = 32, .num_key_value_heads = 7}, "heads_do_not_divide", "model.num_key_value_heads"},
      {"depth", {.family = "llama", .parameters = 7e9, .num_hidden_layers = 20000}, "out_of_range", "model.num_hidden_layers"},
  };
  for (const BadRequest& row : rows) {
    const ModelResult result = solve_family(row.request);
    ASSERT_EQ(1u, result.issues.size()) << row.name;
    EXPECT_EQ(Severity::error, result.issues[0].severity) << row.name;
    EXPECT_EQ(row.code, result.issues[0].code) << row.name;
    EXPECT_EQ(row.field, result.issues[0].field) << row.name;
  }
}

}  // namespace
}  // namespace vram
