// The built-in catalog: every row is there, and names people type find the row they mean.
// SPDX-License-Identifier: MIT
#include "vram/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace vram {
namespace {

TEST(Catalog, HoldsEveryRowOfTheDataFiles) {
  EXPECT_EQ(460u, catalog_models().size());
  EXPECT_EQ(276u, catalog_gpus().size());
}

TEST(Catalog, EveryModelHasStructureExceptConvolutionalOnes) {
  std::size_t with = 0, without = 0;
  for (const CatalogModel& model : catalog_models()) {
    EXPECT_EQ(model.kind == ModelKind::cnn, model.structure.empty()) << model.id;
    EXPECT_EQ(std::string_view::npos, model.structure.find("\"source\"")) << model.id;
    ++(model.structure.empty() ? without : with);
  }
  EXPECT_EQ(390u, with);
  EXPECT_EQ(70u, without);
}

TEST(Catalog, EveryModelIsFoundByItsIdNameAndTail) {
  for (const CatalogModel& model : catalog_models()) {
    EXPECT_EQ(&model, find_model(model.id));
    EXPECT_EQ(&model, find_model(model.name));
    EXPECT_EQ(&model, find_model(model.id.substr(model.id.find('/') + 1)));
  }
}

TEST(Catalog, ModelLookupIgnoresLetterCaseAndPunctuation) {
  const CatalogModel* model = find_model("meta-llama/llama-3.1-8b");
  ASSERT_NE(nullptr, model);
  EXPECT_EQ("meta-llama/Llama-3.1-8B", model->id);
  EXPECT_EQ(8030261248, model->published_parameters);
  EXPECT_TRUE(model->published_exact);
  EXPECT_EQ(model, find_model("LLAMA 3.1 8B"));
  EXPECT_EQ(nullptr, find_model("llama-3.1-9b"));
  EXPECT_EQ(nullptr, find_model(""));
}

TEST(Catalog, TunedAndPackedCheckpointsHaveTheShapeOfTheirBase) {
  const auto base = [](std::string_view query) { return find_base_of(query) != nullptr ? find_base_of(query)->id : std::string_view(); };
  EXPECT_EQ("meta-llama/Llama-3.1-8B", base("meta-llama/Llama-3.1-8B-Instruct"));
  EXPECT_EQ("Qwen/Qwen2.5-7B", base("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4"));
  EXPECT_EQ("google/gemma-2-9b", base("google/gemma-2-9b-it"));
  EXPECT_EQ("mistralai/Mistral-7B-Instruct-v0.3", base("mistralai/Mistral-7B-Instruct-v0.3-AWQ"));
  EXPECT_EQ("", base("meta-llama/Llama-9-8B-Instruct"));
  EXPECT_EQ("", base("meta-llama/Llama-3.1-8B-Vision"));
  EXPECT_EQ("", base("-instruct"));
  EXPECT_EQ("", base(""));
}

TEST(Catalog, SearchPutsWholeWordsFirst) {
  const auto hits = search_models("llama 3.1 8b", 5);
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ("Llama 3.1 8B", hits[0]->name);
  EXPECT_LE(hits.size(), 5u);
}

TEST(Catalog, SearchMeetsWordsWrittenTogether) {
  const auto hits = search_models("llama3.1 70b", 3);
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ("Llama 3.1 70B", hits[0]->name);
}

TEST(Catalog, SearchFindsEveryModelByItsName) {
  std::size_t first = 0;
  for (const CatalogModel& model : catalog_models()) {
    const auto hits = search_models(model.name, 10);
    EXPECT_NE(hits.end(), std::find(hits.begin(), hits.end(), &model)) << model.name;
    if (!hits.empty() && hits[0] == &model)
      ++first;
    else
      ADD_FAILURE() << model.name << " comes after " << (hits.empty() ? "nothing" : hits[0]->name);
  }
  std::printf("[ models   ] %zu of %zu are the first hit for their own name\n", first, catalog_models().size());
  EXPECT_EQ(catalog_models().size(), first);
}

TEST(Catalog, SearchWithoutWordsListsTheCatalog) {
  const auto hits = search_models("  ", 1000);
  ASSERT_EQ(catalog_models().size(), hits.size());
  EXPECT_EQ(&catalog_models()[0], hits[0]);
  EXPECT_TRUE(search_models("no-such-model-zzz", 10).empty());
}

TEST(Catalog, EveryGpuIsFoundByItsIdAndAliases) {
  for (const GpuSpec& gpu : catalog_gpus()) {
    const GpuLookup by_id = find_gpu(gpu.id);
    EXPECT_EQ(LookupStatus::exact, by_id.status) << gpu.id;
    EXPECT_EQ(&gpu, by_id.gpu) << gpu.id;
    for (const std::string_view alias : gpu.aliases) EXPECT_EQ(&gpu, find_gpu(alias).gpu) << alias;
    EXPECT_EQ(&gpu, find_gpu(gpu.name).gpu) << gpu.name;
  }
}

struct GpuQuery {
  const char* query;
  LookupStatus status;
  const char* first;  ///< id of the answer, or of the first candidate
};

TEST(Catalog, GpuNamesPeopleType) {
  const GpuQuery rows[] = {
      {"RTX 4090", LookupStatus::exact, "rtx-4090"},
      {"NVIDIA GeForce RTX 4090", LookupStatus::alias, "rtx-4090"},
      {"4090", LookupStatus::alias, "rtx-4090"},
      {"A6000", LookupStatus::alias, "rtx-a6000"},
      {"h100-sxm", LookupStatus::partial, "h100-sxm5-80gb"},
      {"MI300X", LookupStatus::partial, "mi300x-192gb"},
      {"DGX Spark", LookupStatus::alias, "gb10-dgx-spark"},
      {"apple m3 ultra", LookupStatus::alias, "m3-ultra"},
      {"h100", LookupStatus::ambiguous, "h100-nvl-94gb"},
      {"sxm5", LookupStatus::ambiguous, "h100-sxm5-80gb"},
      {"rtx-4091", LookupStatus::unknown, "rtx-4090"},
      {"h1000 sxm5 80gb", LookupStatus::unknown, "h100-sxm5-80gb"},
  };
  for (const GpuQuery& row : rows) {
    const GpuLookup lookup = find_gpu(row.query);
    EXPECT_EQ(row.status, lookup.status) << row.query;
    ASSERT_GT(lookup.candidate_count, 0u) << row.query;
    EXPECT_EQ(row.first, lookup.candidates[0]->id) << row.query;
    const bool decided = row.status < LookupStatus::ambiguous;
    EXPECT_EQ(decided ? lookup.candidates[0] : nullptr, lookup.gpu) << row.query;
  }
}

TEST(Catalog, AnEmptyGpuNameFindsNothing) {
  EXPECT_EQ(LookupStatus::unknown, find_gpu(" - ").status);
  EXPECT_EQ(0u, find_gpu("").candidate_count);
}

TEST(Catalog, AVeryLongGpuNameFindsNothing) {
  const GpuLookup lookup = find_gpu(std::string(100000, 'x'));
  EXPECT_EQ(LookupStatus::unknown, lookup.status);
  EXPECT_EQ(nullptr, lookup.gpu);
}

TEST(Catalog, GpuRowsCarryTheSourcedFigures) {
  const GpuSpec& h100 = *find_gpu("h100-sxm5-80gb").gpu;
  EXPECT_EQ(80LL << 30, h100.memory_bytes);
  EXPECT_EQ(81559LL << 20, h100.usable_bytes);  // nvidia-smi
  EXPECT_EQ(UsableBasis::measured, h100.usable_basis);
  EXPECT_EQ(90, h100.compute_capability);
  EXPECT_EQ(900e9, h100.interconnect_bytes_per_second);
  EXPECT_EQ(63015384615.0, h100.pcie_bytes_per_second);  // 32 GT/s, 16 lanes, 128 of 130 bits
  EXPECT_TRUE(h100.supports_fp8);
  EXPECT_FALSE(h100.supports_fp4);
  EXPECT_EQ(794.5e12, h100.measured_flops.bf16);
}

TEST(Catalog, UsableMemoryIsDerivedFromSiblings) {
  const GpuSpec& a40 = *find_gpu("a40").gpu;  // as the A10: error correction takes a sixteenth of GDDR6
  EXPECT_EQ(UsableBasis::derived, a40.usable_basis);
  EXPECT_NEAR(46068.0, static_cast<double>(a40.usable_bytes) / (1 << 20), 100.0);
  for (const GpuSpec& gpu : catalog_gpus()) {
    EXPECT_GT(gpu.usable_bytes, gpu.memory_bytes * 6 / 10) << gpu.id;
    EXPECT_LE(gpu.usable_bytes, gpu.memory_bytes * 1005 / 1000) << gpu.id;
  }
}

TEST(Catalog, AppleWorkingSetFollowsTheMemorySize) {
  const GpuSpec& m3 = *find_gpu("m3").gpu;
  EXPECT_EQ(24LL << 30, m3.memory_bytes);
  EXPECT_EQ(16LL << 30, m3.usable_bytes);
  EXPECT_EQ(8LL << 30, m3.memory_options[0].memory_bytes);
  EXPECT_EQ(m3.memory_options[0].usable_bytes, usable_bytes_of(m3, 8LL << 30));
  const GpuSpec& ultra = *find_gpu("m3-ultra").gpu;
  EXPECT_EQ(384LL << 30, ultra.usable_bytes);
  EXPECT_EQ(192LL << 30, usable_bytes_of(ultra, 256LL << 30));
  EXPECT_EQ(300LL << 30, usable_bytes_of(ultra, 400LL << 30));
}

}  // namespace
}  // namespace vram
