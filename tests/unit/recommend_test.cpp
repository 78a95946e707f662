// Cards recommended: every layout fits when it is applied, levels follow the memory, the order follows level and cost.
// SPDX-License-Identifier: MIT
#include "vram/recommend.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "vram/catalog.h"
#include "vram/json.h"

namespace {

using nlohmann::json;

struct Row {
  const char* name;
  const char* scenario;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

constexpr Row kScenarios[] = {
    {"serve_8b", R"({"model":"meta-llama/Llama-3.1-8B","inference":{"context_length":4096}})"},
    {"serve_70b", R"({"model":"meta-llama/Llama-3.1-70B","inference":{"context_length":4096}})"},
    {"full_8b", R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"epochs":3,"dataset_tokens":1e8}})"},
    {"qlora_8b", R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"qlora"}})"},
    {"cnn", R"({"model":"torchvision/resnet50","task":"finetuning","training":{"framework":"torchvision","micro_batch_size":64}})"},
};

class RecommendScenario : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(Runs, RecommendScenario, testing::ValuesIn(kScenarios), [](const auto& row) { return std::string(row.param.name); });

TEST_P(RecommendScenario, EveryLayoutFitsAndEveryCardIsAccountedFor) {
  const json scenario = json::parse(GetParam().scenario);
  const json reply = json::parse(vram::recommend_json(json{{"scenario", scenario}, {"limit", 1000}}.dump()));
  ASSERT_TRUE(reply.contains("recommendations")) << reply.dump();
  ASSERT_GE(reply["recommendations"].size(), 10U);
  std::set<std::string> cards;
  for (const json& row : reply["recommendations"]) {
    json changed = scenario;
    changed.merge_patch(row["changes"]);
    const json result = json::parse(vram::estimate_json(changed.dump()));
    ASSERT_TRUE(result.contains("memory")) << row.dump() << result["issues"].dump();
    EXPECT_TRUE(result["memory"]["fits"].get<bool>()) << row.dump();
    EXPECT_NEAR(result["speed"]["tokens_per_second"].get<double>(), row["tokens_per_second"].get<double>(), 1e-9 * row["tokens_per_second"].get<double>());
    EXPECT_LE(row["utilization"].get<double>(), 0.95);
    EXPECT_TRUE(cards.insert(row["gpu"]).second);
  }
  for (const json& row : reply["left_out"]) {
    EXPECT_TRUE(cards.insert(row["gpu"]).second);
    EXPECT_GT(row["message"].get<std::string>().size(), 10U) << row.dump();
  }
  EXPECT_EQ(json::parse(vram::catalog_json("gpus")).size(), cards.size());
}

TEST_P(RecommendScenario, BetterLevelsComeFirstAndCheaperOnesWithin) {
  const json reply = json::parse(vram::recommend_json(json{{"scenario", json::parse(GetParam().scenario)}}.dump()));
  static const std::map<std::string, int> kOrder = {{"excellent", 0}, {"good", 1}, {"near_limit", 2}, {"oversized", 3}};
  int level = 0;
  double price = 0;
  for (const json& row : reply["recommendations"]) {
    const int now = kOrder.at(row["level"]);
    EXPECT_GE(now, level);
    EXPECT_EQ(name_of(vram::level_of(row["utilization"])), row["level"].get<std::string>());
    if (now > level) price = 0;
    level = now;
    if (!row.contains("cost") || !row["cost"].contains("usd_per_million_tokens")) continue;  // priced by what owning costs
    EXPECT_GE(row["cost"]["usd_per_million_tokens"].get<double>(), price);
    price = row["cost"]["usd_per_million_tokens"];
  }
}

TEST(Recommend, LevelsAreThoseOfTheTable) {
  using vram::FitLevel;
  const std::pair<double, FitLevel> kRows[] = {{0.3, FitLevel::oversized},  {0.45, FitLevel::good},       {0.6, FitLevel::excellent}, {0.8, FitLevel::excellent},
                                               {0.84, FitLevel::good},      {0.9, FitLevel::near_limit},  {0.96, FitLevel::insufficient}};
  for (const auto& [use, level] : kRows) EXPECT_EQ(level, vram::level_of(use)) << use;
}

TEST(Recommend, ALargeModelTakesSeveralCardsAndSaysHow) {
  const json reply = json::parse(vram::recommend_json(R"({"scenario":{"model":"meta-llama/Llama-3.1-70B"},"limit":1000})"));
  for (const json& row : reply["recommendations"]) {
    if (row["gpu"] != "h100-sxm5-80gb") continue;
    EXPECT_EQ(2, row["gpus"].get<int>());
    EXPECT_EQ(2, row["changes"]["parallelism"]["tensor_parallel_size"].get<int>());
    return;
  }
  FAIL() << "no H100 among them";
}

TEST(Recommend, CostsFollowPricesAndTime) {
  const json scenario = json::parse(R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"lora","tokens":1e9},"hardware":{"gpu":"h100-sxm5-80gb"}})");
  const json result = json::parse(vram::estimate_json(scenario.dump()));
  const json& cost = result["cost"];
  const double hours = result["speed"]["run_seconds"].get<double>() / 3600;
  EXPECT_NEAR(cost["usd_per_hour"].get<double>() * hours, cost["usd_total"].get<double>(), 1e-6);
  EXPECT_NEAR(cost["usd_total"].get<double>() / 1000, cost["usd_per_million_tokens"].get<double>(), 1e-6);
  EXPECT_GT(cost["buy"]["break_even_hours"].get<double>(), 100);
  EXPECT_FALSE(cost["as_of"].get<std::string>().empty());
}

TEST(Recommend, OneMakersCardsAreThoseOfTheWholeListInItsOrder) {
  json request = {{"scenario", {{"model", "meta-llama/Llama-3.1-8B"}}}, {"limit", 1000}};
  const json whole = json::parse(vram::recommend_json(request.dump()));
  request["vendor"] = "amd";
  const json one = json::parse(vram::recommend_json(request.dump()));
  json expected = json::array();
  for (const json& row : whole["recommendations"]) {
    const vram::GpuSpec* gpu = vram::find_gpu(row["gpu"].get<std::string>()).gpu;
    ASSERT_NE(gpu, nullptr);
    if (gpu->vendor == "AMD") expected.push_back(row);
  }
  EXPECT_GT(expected.size(), 5U);
  EXPECT_EQ(one["recommendations"], expected);
  request["vendor"] = "no-such-maker";
  const json refused = json::parse(vram::recommend_json(request.dump()));
  EXPECT_FALSE(refused.contains("recommendations"));
  EXPECT_EQ(refused["issues"][0]["code"], "unknown_name");
  EXPECT_NE(refused["issues"][0]["message"].get<std::string>().find("NVIDIA"), std::string::npos);
}

TEST(Recommend, BadRequestsSayWhatIsWrong) {
  for (const char* request : {"", "{}", R"({"scenario":{"model":"no/such"}})", R"({"scenario":{"model":"meta-llama/Llama-3.1-8B"},"limit":0})",
                              R"({"scenario":{"model":"meta-llama/Llama-3.1-8B"},"most_gpus":"x"})"}) {
    EXPECT_FALSE(json::parse(vram::recommend_json(request))["issues"].empty()) << request;
  }
}

}  // namespace
