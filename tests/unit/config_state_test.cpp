// What the models of the config fixtures keep per sequence while they generate, against sums written out by hand from the
// shapes that Transformers' caches have for them.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "vram/inventory.h"
#include "vram/json.h"
#include "vram/model_json.h"

#include <nlohmann/json.hpp>

namespace vram {
namespace {

Inventory inventory_of(const std::string& config) {
  std::ifstream file(std::string(VRAM_TESTS_DIR) + "/fixtures/configs/" + config + ".json");
  std::stringstream text;
  text << file.rdbuf();
  return build_inventory(model_from_config(text.str()).model);
}

struct Kept {
  double growing = 0, windowed = 0, encoder = 0, state = 0, convolved = 0;
};

Kept kept_by(const Inventory& inventory) {
  Kept kept;
  for (const Block& block : inventory.blocks) {
    const double times = static_cast<double>(block.repeat);
    const Cache& cache = block.cache;
    if (cache.kind == CacheKind::growing) kept.growing += times * cache.elements_per_token;
    if (cache.kind == CacheKind::windowed) kept.windowed += times * cache.elements_per_token;
    if (cache.kind == CacheKind::encoder) kept.encoder += times * cache.elements_per_token;
    kept.state += times * (cache.constant_elements - cache.convolved_elements);
    kept.convolved += times * cache.convolved_elements;
  }
  return kept;
}

struct Row {
  const char* config;
  Kept kept;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.config; }

const Row kRows[] = {
    // 36 layers have attention (2 key-value heads of 64) and Mamba-2 (24 heads of 64 with 128 states; 1792 channels convolved).
    {"falcon-h1-0.5b", {.growing = 36 * 2 * 2 * 64, .state = 36 * 1536 * 128, .convolved = 36 * 3 * (1536 + 2 * 128)}},
    {"falcon-h1-34b-biased", {.growing = 72 * 2 * 4 * 128, .state = 72 * 4096 * 256, .convolved = 72 * 3 * (4096 + 2 * 2 * 256)}},
    // Windowed layers: 16 heads of 256; global ones 4 of 512, whose values are the keys before rotation, kept apart.
    {"gemma-4-31b", {.growing = 10 * 2 * 4 * 512, .windowed = 50 * 2 * 16 * 256}},
    {"gemma-4-26b-a4b", {.growing = 5 * 2 * 2 * 512, .windowed = 25 * 2 * 8 * 256}},
    // The last 20 of 35 and the last 18 of 42 layers read the keys of earlier ones.
    {"gemma-4-e2b", {.growing = 3 * 2 * 1 * 512, .windowed = 12 * 2 * 1 * 256}},
    {"gemma-4-e4b", {.growing = 4 * 2 * 2 * 512, .windowed = 20 * 2 * 2 * 256}},
    {"gemma-3n-e2b", {.growing = 4 * 2 * 2 * 256, .windowed = 16 * 2 * 2 * 256}},
    {"gemma-3n-e4b", {.growing = 4 * 2 * 2 * 256, .windowed = 16 * 2 * 2 * 256}},
    // The library makes the keys of the image anew for every token: only the decoder's own layers have a cache.
    {"idefics-9b", {.growing = 32 * 2 * 4096}},
    {"idefics-vector-gates", {.growing = 4 * 2 * 512}},
    {"llama-3.2-11b-vision", {.growing = 32 * 2 * 1024, .encoder = 8 * 2 * 1024}},
    {"electra-base-generator", {}},
};

class ConfigState : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(Fixtures, ConfigState, testing::ValuesIn(kRows), [](const auto& row) {
  std::string name(row.param.config);
  for (char& c : name) c = c == '-' || c == '.' ? '_' : c;
  return name;
});

TEST_P(ConfigState, IsWhatTheLibraryKeeps) {
  const Kept kept = kept_by(inventory_of(GetParam().config));
  EXPECT_EQ(GetParam().kept.growing, kept.growing);
  EXPECT_EQ(GetParam().kept.windowed, kept.windowed);
  EXPECT_EQ(GetParam().kept.encoder, kept.encoder);
  EXPECT_EQ(GetParam().kept.state, kept.state);
  EXPECT_EQ(GetParam().kept.convolved, kept.convolved);
}

/// A parallel state costs time as well: two multiply-adds per element of it, whatever the context.
TEST(ConfigState, AStateBesideAttentionHasItsOwnOperations) {
  for (const Block& block : inventory_of("falcon-h1-0.5b").blocks) {
    if (block.kind != BlockKind::attention) continue;
    EXPECT_EQ(4.0 * 1536 * 128, block.token_flops);
    EXPECT_EQ(2.0 * 8 * (64 + 64), block.pair_flops);
    EXPECT_EQ(0, block.window);
  }
}

/// Gemma-3n carries four streams of its width from layer to layer.
TEST(ConfigState, CheckpointsOfGemma3nHoldAllStreams) {
  for (const Stack& stack : inventory_of("gemma-3n-e2b").stacks) {
    EXPECT_TRUE(stack.kind != StackKind::decoder || stack.hidden_size == 4 * 2048);
  }
}

TEST(ConfigState, AnImageOfIdeficsIs64LatentsAndOneOfGemma4Is256Tokens) {
  EXPECT_EQ(64, inventory_of("idefics-9b").image_tokens);
  EXPECT_EQ(257, inventory_of("idefics-vector-gates").image_tokens);
  EXPECT_EQ(256, inventory_of("gemma-4-31b").image_tokens);
  EXPECT_EQ(256, inventory_of("gemma-3n-e4b").image_tokens);
}

/// Every new type in both tasks: memory, no error, and parts that add up to more than the weights.
TEST(ConfigState, EveryNewTypeServesAndTrains) {
  using nlohmann::json;
  for (const Row& row : kRows) {
    std::ifstream file(std::string(VRAM_TESTS_DIR) + "/fixtures/configs/" + row.config + ".json");
    const json config = json::parse(file);
    for (const char* task : {"inference", "finetuning"}) {
      const json result = json::parse(estimate_json(json{{"model", {{"config", config}}}, {"task", task}}.dump()));
      ASSERT_TRUE(result.contains("memory")) << row.config << result["issues"].dump();
      EXPECT_GT(result["memory"]["total_bytes"].get<double>(), 2 * result["model"]["parameters"].get<double>()) << row.config << " " << task;
    }
  }
}

}  // namespace
}  // namespace vram
