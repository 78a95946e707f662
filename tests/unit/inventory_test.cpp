// Every catalog model is described exactly: counts equal what was published, and the parts sum to the whole.
// SPDX-License-Identifier: MIT
#include "vram/inventory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "vram/catalog.h"
#include "vram/model_json.h"

namespace vram {
namespace {

/// Published counts that the dimensions do not explain, and why.
struct Exception {
  const char* id;
  std::int64_t difference;  ///< published minus computed
  const char* reason;
};
constexpr Exception kExceptions[] = {
    {"moonshotai/Kimi-K2-Instruct", 3416, "61 layers × 56 values that no public description attributes to a tensor"},
};

const Exception* exception_of(std::string_view id) {
  const auto found = std::find_if(std::begin(kExceptions), std::end(kExceptions), [&](const Exception& row) { return id == row.id; });
  return found == std::end(kExceptions) ? nullptr : found;
}

bool approximate_structure(const ModelResult& result) {
  return std::any_of(result.issues.begin(), result.issues.end(), [](const Issue& issue) { return issue.code == "parameter_count_published_only"; });
}

TEST(Inventory, EveryCatalogModelLoadsWithoutError) {
  std::size_t loaded = 0;
  for (const CatalogModel& entry : catalog_models()) {
    const ModelResult result = model_from_catalog(entry.id);
    for (const Issue& issue : result.issues) EXPECT_NE(Severity::error, issue.severity) << entry.id << ": " << issue.message;
    const Inventory inventory = build_inventory(result.model);
    EXPECT_FALSE(inventory.blocks.empty()) << entry.id;
    EXPECT_GT(count_parameters(inventory).total, 0) << entry.id;
    Issues size_issues;
    EXPECT_TRUE(check_model_size(result.model, size_issues)) << entry.id;
    ++loaded;
  }
  EXPECT_EQ(catalog_models().size(), loaded);
}

TEST(Inventory, ExactPublishedCountsMatchToTheParameter) {
  std::size_t exact = 0, matched = 0, excepted = 0;
  for (const CatalogModel& entry : catalog_models()) {
    if (!entry.published_exact || entry.published_parameters == 0) continue;
    ++exact;
    const std::int64_t total = count_parameters(build_inventory(model_from_catalog(entry.id).model)).total;
    if (const Exception* row = exception_of(entry.id)) {
      EXPECT_EQ(entry.published_parameters, total + row->difference) << entry.id << ": " << row->reason;
      ++excepted;
      continue;
    }
    EXPECT_EQ(entry.published_parameters, total) << entry.id;
    if (entry.published_parameters == total) ++matched;
  }
  std::printf("[ exact    ] %zu of %zu published integers match, %zu stand in the table of exceptions\n", matched, exact, excepted);
  EXPECT_EQ(exact, matched + excepted);
  EXPECT_GE(exact, 312u);
}

TEST(Inventory, RoundedPublishedCountsAreWithinTheirTolerance) {
  std::size_t rounded = 0;
  for (const CatalogModel& entry : catalog_models()) {
    if (entry.published_exact || entry.published_parameters == 0) continue;
    ++rounded;
    const double published = static_cast<double>(entry.published_parameters);
    const double total = static_cast<double>(count_parameters(build_inventory(model_from_catalog(entry.id).model)).total);
    EXPECT_NEAR(published, total, entry.published_tolerance * published) << entry.id;
  }
  std::printf("[ rounded  ] %zu rounded figures\n", rounded);
  EXPECT_GE(rounded, 70u);
}

TEST(Inventory, CheckpointTotalsMatch) {
  std::size_t checked = 0, matched = 0;
  for (const CatalogModel& entry : catalog_models()) {
    if (entry.checkpoint_parameters == 0) continue;
    ++checked;
    const std::int64_t total = count_parameters(build_inventory(model_from_catalog(entry.id).model)).total + entry.checkpoint_extra;
    EXPECT_EQ(entry.checkpoint_parameters, total) << entry.id;
    if (entry.checkpoint_parameters == total) ++matched;
  }
  std::printf("[ files    ] %zu of %zu checkpoint totals match\n", matched, checked);
  EXPECT_GE(checked, 64u);
}

TEST(Inventory, ActiveCountsAreWithinFifteenPercent) {
  std::size_t checked = 0;
  for (const CatalogModel& entry : catalog_models()) {
    if (entry.published_active_parameters == 0) continue;
    const ModelResult result = model_from_catalog(entry.id);
    const Inventory inventory = build_inventory(result.model);
    const ParameterCounts counts = count_parameters(inventory);
    if (counts.active == counts.total || approximate_structure(result)) continue;
    ++checked;
    // Some publishers leave the embedding, or embedding and head, out of the active count.
    const double published = static_cast<double>(entry.published_active_parameters);
    const double active = static_cast<double>(counts.active);
    const double embedding = static_cast<double>(counts.embedding);
    const double head = static_cast<double>(result.model.tie_word_embeddings ? 0 : counts.embedding);
    const double error = std::min({std::fabs(active - published), std::fabs(active - embedding - head - published), std::fabs(active - (embedding + head) / 2 - published)});
    EXPECT_LE(error, 0.15 * published) << entry.id << " active " << active;
  }
  std::printf("[ active   ] %zu active counts\n", checked);
  EXPECT_GE(checked, 55u);
}

TEST(Inventory, BlocksSumToTheTotalForEveryCatalogModel) {
  for (const CatalogModel& entry : catalog_models()) {
    const Inventory inventory = build_inventory(model_from_catalog(entry.id).model);
    std::int64_t sum = 0;
    for (const Block& block : inventory.blocks) {
      EXPECT_GT(block.repeat, 0) << entry.id << ": " << block.label;
      sum += block_parameters(inventory, block);
    }
    EXPECT_EQ(count_parameters(inventory).total, sum) << entry.id;
  }
}

TEST(Inventory, LayersOfStacksAreTheRepeatsOfTheirBlocks) {
  for (const CatalogModel& entry : catalog_models()) {
    const Inventory inventory = build_inventory(model_from_catalog(entry.id).model);
    std::vector<std::int64_t> uses(inventory.blocks.size(), 0);
    const auto use = [&](std::int32_t block) {
      if (block >= 0) ++uses[static_cast<std::size_t>(block)];
    };
    for (const Stack& stack : inventory.stacks) {
      std::int64_t distinct = 0;
      for (const std::int64_t count : stack.distinct_count) distinct += count;
      EXPECT_EQ(static_cast<std::int64_t>(stack.layers.size()), distinct) << entry.id;
      for (const std::int32_t block : stack.before) use(block);
      for (const std::int32_t block : stack.after) use(block);
      for (const Layer& layer : stack.layers) use(layer.mixer), use(layer.ffn);
    }
    for (std::size_t i = 0; i < uses.size(); ++i) EXPECT_EQ(uses[i], inventory.blocks[i].repeat) << entry.id << ": " << inventory.blocks[i].label;
  }
}

struct CacheRow {
  const char* id;
  double elements_per_token;  ///< keys and values of all layers that keep every token
  const char* source;
};

TEST(Inventory, CachedElementsPerTokenAreThePublishedOnes) {
  const CacheRow rows[] = {
      {"meta-llama/Llama-3.1-8B", 128 * 1024 / 2.0, "128 KiB per token in 16 bit"},
      {"meta-llama/Llama-3.1-70B", 320 * 1024 / 2.0, "320 KiB"},
      {"mistralai/Mistral-Small-3.1-24B-Instruct-2503", 163840 / 2.0, "vLLM log: 28.20 GiB for 184 832 tokens"},
      {"deepseek-ai/DeepSeek-V3", 61 * 576.0, "61 layers × (512 + 64)"},
  };
  for (const CacheRow& row : rows) {
    const ModelResult result = model_from_catalog(row.id);
    ASSERT_FALSE(has_errors(result.issues)) << row.id;
    const Inventory inventory = build_inventory(result.model);
    double elements = 0;
    for (const Block& block : inventory.blocks) {
      if (block.cache.kind == CacheKind::growing) elements += block.cache.elements_per_token * static_cast<double>(block.repeat);
    }
    EXPECT_EQ(row.elements_per_token, elements) << row.id << ": " << row.source;
  }
}

TEST(Inventory, HybridModelsKeepAConstantStateInTheirOtherLayers) {
  const Inventory inventory = build_inventory(model_from_catalog("Qwen/Qwen3-Next-80B-A3B-Instruct").model);
  std::int64_t growing = 0, constant = 0;
  for (const Block& block : inventory.blocks) {
    if (block.cache.kind == CacheKind::growing) growing += block.repeat;
    if (block.cache.kind == CacheKind::constant) {
      constant += block.repeat;
      EXPECT_EQ(32.0 * 128 * 128 + 3 * (2 * 16 * 128 + 32 * 128), block.cache.constant_elements);
    }
  }
  EXPECT_EQ(12, growing);
  EXPECT_EQ(36, constant);
}

TEST(Inventory, ATunedCheckpointIsCountedAsItsBaseAndSaysSo) {
  const ModelResult result = model_from_catalog("meta-llama/Llama-3.1-8B-Instruct");
  EXPECT_EQ("meta-llama/Llama-3.1-8B", result.model.id);
  ASSERT_EQ(1u, result.issues.size());
  EXPECT_EQ("taken_as_base", result.issues[0].code);
  EXPECT_EQ(Severity::suggestion, result.issues[0].severity);
}

TEST(Inventory, AnUnknownCatalogIdNamesNearOnes) {
  const ModelResult result = model_from_catalog("meta-llama/Llama-9-8B");
  ASSERT_EQ(1u, result.issues.size());
  EXPECT_EQ("unknown_model", result.issues[0].code);
}

}  // namespace
}  // namespace vram
