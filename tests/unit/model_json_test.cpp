// config.json files of every known model_type give the counts that Transformers gives them, and bad ones give issues.
// SPDX-License-Identifier: MIT
#include "vram/model_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

#include "vram/catalog.h"
#include "vram/inventory.h"

namespace vram {
namespace {

using nlohmann::json;

std::string read_file(const std::string& path) {
  std::ifstream file(std::string(VRAM_TESTS_DIR) + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const Issue* find_issue(const Issues& issues, std::string_view code) {
  const auto found = std::find_if(issues.begin(), issues.end(), [&](const Issue& issue) { return issue.code == code; });
  return found == issues.end() ? nullptr : &*found;
}

std::string errors_of(const Issues& issues) {
  std::string text;
  for (const Issue& issue : issues) {
    if (issue.severity == Severity::error) text += issue.code + " " + issue.field + ": " + issue.message + "\n";
  }
  return text;
}

constexpr const char* kLlama = R"({"model_type":"llama","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,
  "num_attention_heads":32,"num_key_value_heads":8,"vocab_size":128256,"tie_word_embeddings":false})";

/// The Llama config with members replaced or, where null, taken away.
std::string llama_with(const json& changes, const json& removed = json::array()) {
  json config = json::parse(kLlama);
  if (changes.is_object()) config.update(changes);
  for (const json& name : removed) config.erase(name.get<std::string>());
  return config.dump();
}

TEST(ConfigJson, CountsEqualTransformersToTheParameter) {
  const json golden = json::parse(read_file("golden/config_parameters.json"));
  std::set<std::string> types;
  std::size_t matched = 0;
  for (const json& row : golden["rows"]) {
    const std::string name = row["config"];
    const ModelResult result = model_from_config(read_file("fixtures/configs/" + name + ".json"));
    EXPECT_EQ("", errors_of(result.issues)) << name;
    EXPECT_EQ(nullptr, find_issue(result.issues, "unknown_model_type")) << name;
    const std::int64_t total = count_parameters(build_inventory(result.model)).total;
    EXPECT_EQ(row["parameters"].get<std::int64_t>(), total) << name << " as " << row["source"];
    if (row["parameters"] == total) {
      ++matched;
      types.insert(row["model_type"].get<std::string>());
    }
  }
  std::printf("[ configs  ] %zu of %zu configs match to the parameter, %zu model types\n", matched, golden["rows"].size(), types.size());
  EXPECT_EQ(golden["rows"].size(), matched);
  EXPECT_GE(types.size(), 40u);
}

TEST(ConfigJson, CatalogRowsAndConfigsAgree) {
  struct Pair {
    const char *config, *id;
  };
  const Pair pairs[] = {{"llama-3.1-8b", "meta-llama/Llama-3.1-8B"}, {"qwen3-30b-a3b", "Qwen/Qwen3-30B-A3B"}, {"deepseek-v3", "deepseek-ai/DeepSeek-V3"}};
  for (const Pair& pair : pairs) {
    const Inventory from_config = build_inventory(model_from_config(read_file(std::string("fixtures/configs/") + pair.config + ".json")).model);
    const Inventory from_catalog = build_inventory(model_from_catalog(pair.id).model);
    EXPECT_EQ(count_parameters(from_catalog).total, count_parameters(from_config).total) << pair.id;
    EXPECT_EQ(count_parameters(from_catalog).active, count_parameters(from_config).active) << pair.id;
    EXPECT_EQ(from_catalog.max_kv_heads, from_config.max_kv_heads) << pair.id;
  }
}

TEST(ConfigJson, AnUnknownTypeIsReadLikeLlamaAndNamesTheNearest) {
  const ModelResult result = model_from_config(llama_with({{"model_type", "lllama"}}));
  const Issue* issue = find_issue(result.issues, "unknown_model_type");
  ASSERT_NE(nullptr, issue);
  EXPECT_EQ(Severity::warning, issue->severity);
  EXPECT_EQ("\"lllama\"", issue->value);
  EXPECT_NE(std::string::npos, issue->message.find("llama")) << issue->message;
  EXPECT_EQ(8030261248, count_parameters(build_inventory(result.model)).total);
}

TEST(ConfigJson, AMissingTypeIsSaid) {
  const ModelResult result = model_from_config(llama_with({}, {"model_type"}));
  ASSERT_NE(nullptr, find_issue(result.issues, "unknown_model_type"));
  EXPECT_EQ("", errors_of(result.issues));
}

TEST(ConfigJson, SizesTakenFromLibraryDefaultsAreSaid) {
  const ModelResult result = model_from_config(llama_with({}, {"intermediate_size"}));
  const Issue* issue = find_issue(result.issues, "config_defaults_used");
  ASSERT_NE(nullptr, issue);
  EXPECT_NE(std::string::npos, issue->message.find("intermediate_size"));
  EXPECT_EQ(11008, result.model.intermediate_size);
}

TEST(ConfigJson, AnExplicitNullIsNotADefault) {
  const ModelResult result = model_from_config(llama_with({{"num_key_value_heads", nullptr}}));
  EXPECT_EQ("", errors_of(result.issues));
  EXPECT_EQ(32, result.model.attention.kv_heads);
}

TEST(ConfigJson, AliasesOfFieldNamesMeanTheSame) {
  json config = json::parse(kLlama);
  for (const auto& [from, to] : {std::pair{"hidden_size", "n_embd"}, std::pair{"num_hidden_layers", "n_layer"}, std::pair{"num_attention_heads", "n_head"}}) {
    config[to] = config[from];
    config.erase(from);
  }
  const ModelResult result = model_from_config(config.dump());
  EXPECT_EQ("", errors_of(result.issues));
  EXPECT_EQ(8030261248, count_parameters(build_inventory(result.model)).total);
}

struct BadConfig {
  const char* name;
  std::string text;
  const char* code;
  const char* field;
};

class BadConfigs : public testing::TestWithParam<BadConfig> {};

TEST_P(BadConfigs, AreErrorsThatNameTheField) {
  const BadConfig& row = GetParam();
  const ModelResult result = model_from_config(row.text);
  const Issue* issue = find_issue(result.issues, row.code);
  ASSERT_NE(nullptr, issue) << errors_of(result.issues);
  EXPECT_EQ(Severity::error, issue->severity);
  EXPECT_EQ(row.field, issue->field);
  EXPECT_FALSE(issue->message.empty());
}

INSTANTIATE_TEST_SUITE_P(
    ConfigJson, BadConfigs,
    testing::Values(BadConfig{"no_layers", llama_with({}, {"num_hidden_layers"}), "missing_field", "num_hidden_layers"},
                    BadConfig{"no_width", llama_with({}, {"hidden_size"}), "missing_field", "hidden_size"},
                    BadConfig{"no_vocabulary", llama_with({}, {"vocab_size"}), "missing_field", "vocab_size"},
                    BadConfig{"no_heads", llama_with({}, {"num_attention_heads"}), "missing_field", "num_attention_heads"},
                    BadConfig{"zero_layers", llama_with({{"num_hidden_layers", 0}}), "out_of_range", "num_hidden_layers"},
                    BadConfig{"negative_width", llama_with({{"hidden_size", -4096}}), "out_of_range", "hidden_size"},
                    BadConfig{"text_width", llama_with({{"hidden_size", "4096"}}), "wrong_type", "hidden_size"},
                    BadConfig{"list_width", llama_with({{"hidden_size", {4096}}}), "wrong_type", "hidden_size"},
                    BadConfig{"fraction", llama_with({{"num_hidden_layers", 31.5}}), "wrong_type", "num_hidden_layers"},
                    BadConfig{"huge_number", llama_with({{"hidden_size", 1e308}}), "out_of_range", "hidden_size"},
                    BadConfig{"million_layers", llama_with({{"num_hidden_layers", 1000001}}), "out_of_range", "num_hidden_layers"},
                    BadConfig{"absurd_product", llama_with({{"hidden_size", 65536000}, {"intermediate_size", 90000000}}), "model_too_large", "model"},
                    BadConfig{"heads_and_width", llama_with({{"num_attention_heads", 33}, {"num_key_value_heads", 11}}), "heads_do_not_divide", "num_attention_heads"},
                    BadConfig{"kv_heads", llama_with({{"num_key_value_heads", 7}}), "heads_do_not_divide", "num_key_value_heads"},
                    BadConfig{"flag_as_number", llama_with({{"tie_word_embeddings", 1}}), "wrong_type", "tie_word_embeddings"},
                    BadConfig{"layer_list", llama_with({{"layer_types", {"full_attention"}}}), "layer_list_length", "layer_types"},
                    BadConfig{"not_an_object", "[1, 2]", "wrong_type", "model.config"},
                    BadConfig{"dbrx_without_experts", R"({"model_type":"dbrx","d_model":64,"n_layers":2,"n_heads":4,"vocab_size":100})", "missing_field", "ffn_config"},
                    BadConfig{"swin_without_stages", R"({"model_type":"swin","embed_dim":96})", "missing_field", "depths"},
                    BadConfig{"alias_keeps_its_name", R"({"model_type":"gpt2","n_embd":"x","n_layer":12,"n_head":12,"vocab_size":50257})", "wrong_type", "n_embd"}),
    [](const testing::TestParamInfo<BadConfig>& row) { return std::string(row.param.name); });

TEST(ConfigJson, TextThatIsNoJsonIsAnError) {
  for (const char* text : {"", "{", "NaN", "{\"hidden_size\": NaN}", "\xff\xfe", "{\"a\":}"}) {
    EXPECT_TRUE(has_errors(model_from_config(std::string_view(text)).issues)) << text;
  }
}

/// Every config cut short or with one member replaced by something foolish: issues or a model, never a crash.
TEST(ConfigJson, MutatedConfigsNeverCrashAndNeverOverflow) {
  const json golden = json::parse(read_file("golden/config_parameters.json"));
  const json foolish[] = {nullptr, -1, 0, 1, 3, 1e18, 99999999, "x", json::array(), json::array({1}), json::object(), true, 0.5};
  std::size_t tried = 0, accepted = 0;
  for (const json& row : golden["rows"]) {
    const json config = json::parse(read_file("fixtures/configs/" + row["config"].get<std::string>() + ".json"));
    for (const auto& [name, value] : config.items()) {
      for (const json& wrong : foolish) {
        json changed = config;
        changed[name] = wrong;
        const ModelResult result = model_from_config(changed.dump());
        ++tried;
        if (has_errors(result.issues)) continue;
        ++accepted;
        // A million layers are legal and slow to build; the other sizes are what this test is about.
        if (result.model.num_layers() + result.model.encoder_layers + result.model.vision.num_layers > 100'000) continue;
        EXPECT_GE(count_parameters(build_inventory(result.model)).total, 0) << row["config"] << " " << name << " " << wrong;
      }
    }
  }
  std::printf("[ mutated  ] %zu configs tried, %zu still make sense\n", tried, accepted);
  EXPECT_GT(tried, 5000u);
}

}  // namespace
}  // namespace vram
