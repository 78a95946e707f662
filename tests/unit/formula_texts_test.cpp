// The words beside the numbers: every formula and source in Chinese, with the same numbers as in English.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "vram/json.h"

namespace {

using nlohmann::json;

json terms_of(json scenario, const char* language) {
  scenario["model"] = "meta-llama/Llama-3.1-8B";
  scenario["language"] = language;
  return json::parse(vram::estimate_json(scenario.dump()))["memory"]["terms"];
}

std::string digits_of(const std::string& text) {
  std::string digits;
  for (const char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) digits += c;
  }
  return digits;
}

/// Words of three letters and more; names that both languages share are short, have digits or capitals, or are in the list.
std::set<std::string> english_words(const std::string& text) {
  static const std::set<std::string> kShared = {"adamw", "logits", "generate", "llama", "cpp", "sgd", "int"};
  std::set<std::string> words;
  std::string word;
  bool is_name = false;
  for (const char c : text + " ") {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '_' || c == '-') {
      word += c;
      is_name = is_name || std::islower(byte) == 0;
      continue;
    }
    if (word.size() >= 3 && !is_name && !kShared.contains(word)) words.insert(word);
    word.clear();
    is_name = false;
  }
  return words;
}

class FormulaTexts : public testing::TestWithParam<const char*> {};

TEST_P(FormulaTexts, AreChineseWithTheSameNumbers) {
  const json scenario = json::parse(GetParam());
  const json english = terms_of(scenario, "en");
  const json chinese = terms_of(scenario, "zh");
  ASSERT_GT(english.size(), 2U);
  ASSERT_EQ(english.size(), chinese.size());
  for (std::size_t i = 0; i < english.size(); ++i) {
    for (const char* part : {"formula", "source"}) {
      const std::string from = english[i][part];
      const std::string to = chinese[i][part];
      EXPECT_EQ(digits_of(from), digits_of(to)) << from << "\n" << to;
      EXPECT_TRUE(english_words(to).empty()) << *english_words(to).begin() << " in: " << to;
      EXPECT_EQ(to.find("{}"), std::string::npos) << to;
    }
    EXPECT_NE(english[i]["source"], chinese[i]["source"]) << english[i]["source"];
  }
}

INSTANTIATE_TEST_SUITE_P(
    Runs, FormulaTexts,
    testing::Values(
        R"({"task":"pretraining","hardware":{"gpu":"h100-sxm5-80gb","gpus":8},"parallelism":{"data_parallel_size":8,"zero_stage":3}})",
        R"({"task":"pretraining","training":{"activation_checkpointing":"none","mixed_precision":"bf16","framework":"megatron"}})",
        R"({"task":"finetuning","training":{"method":"lora"}})", R"({"task":"finetuning","training":{"method":"qlora"}})",
        R"({"task":"finetuning","training":{"method":"prefix"}})", R"({"task":"finetuning","training":{"stage":"dpo"}})",
        R"({"task":"finetuning","training":{"stage":"grpo","rollout":"generate"}})",
        R"({"task":"finetuning","training":{"stage":"grpo","rollout":"colocated"},"hardware":{"gpu":"h100-sxm5-80gb"}})",
        R"({"task":"inference","hardware":{"gpu":"rtx-4090"}})", R"({"task":"inference","inference":{"engine":"transformers"}})",
        R"({"task":"inference","inference":{"engine":"transformers","quantization":"awq"}})",
        R"({"task":"inference","inference":{"engine":"llama_cpp","quantization":"q4_k_m"}})"));

}  // namespace
