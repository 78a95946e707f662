// Solving backwards: what is found fits, and one step more does not.
// SPDX-License-Identifier: MIT
#include "vram/advice.h"
#include "vram/plan.h"
#include "vram/recommend.h"
#include "vram/solve.h"
#include "vram/sweep.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "vram/json.h"

namespace {

using nlohmann::json;

json estimate(const json& scenario) { return json::parse(vram::estimate_json(scenario.dump())); }
bool fits(const json& scenario) {
  const json result = estimate(scenario);
  return result.contains("memory") && result["memory"]["fits"].get<bool>();
}
json& at(json& scenario, const std::string& path) {
  const std::size_t dot = path.find('.');
  return scenario[path.substr(0, dot)][path.substr(dot + 1)];
}

struct Row {
  const char* name;
  const char* scenario;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

constexpr Row kScenarios[] = {
    {"lora", R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"lora"},"hardware":{"gpu":"rtx-4090"}})"},
    {"qlora_too_long", R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"qlora","sequence_length":131072},"hardware":{"gpu":"rtx-4090"}})"},
    {"full_on_eight", R"({"model":"Qwen/Qwen2.5-7B","task":"finetuning","training":{"micro_batch_size":2},"parallelism":{"zero_stage":3},"hardware":{"gpu":"h100-sxm5-80gb","gpus":8}})"},
    {"inference", R"({"model":"meta-llama/Llama-3.1-8B","task":"inference","inference":{"context_length":4096,"batch_size":2},"hardware":{"gpu":"rtx-4090"}})"},
    {"moe_inference", R"({"model":"mistralai/Mixtral-8x7B-v0.1","task":"inference","inference":{"quantization":"awq"},"hardware":{"gpu":"h100-sxm5-80gb"}})"},
};

class SolveScenario : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(Runs, SolveScenario, testing::ValuesIn(kScenarios), [](const testing::TestParamInfo<Row>& row) { return std::string(row.param.name); });

TEST_P(SolveScenario, RangesEndWhereTheEstimateStopsFitting) {
  const json scenario = json::parse(GetParam().scenario);
  const json reply = json::parse(vram::fit_ranges_json(json{{"scenario", scenario}}.dump()));
  ASSERT_TRUE(reply["issues"].empty()) << reply.dump();
  ASSERT_GE(reply["ranges"].size(), 12U);
  int narrowed = 0;
  for (const json& range : reply["ranges"]) {
    const std::string field = range["field"];
    if (!range.contains("fits_max") || field.starts_with("parallelism.") || field.starts_with("hardware.")) continue;
    json changed = scenario;
    const double max = range["fits_max"];
    at(changed, field) = range["fits_max"];
    EXPECT_TRUE(fits(changed)) << field << " " << max;
    at(changed, field) = range["fits_min"];
    EXPECT_TRUE(fits(changed)) << field;
    if (max < range["max"].get<double>() && range["max"].is_number_integer() && range["fits_max"].is_number_integer()) {
      at(changed, field) = static_cast<std::int64_t>(max) + 1;
      EXPECT_FALSE(fits(changed)) << field << " " << max + 1;
      ++narrowed;
    }
    if (range.contains("likely_max")) {
      EXPECT_LE(range["likely_max"].get<double>(), max) << field;
      at(changed, field) = range["likely_max"];
      const json memory = estimate(changed)["memory"];
      EXPECT_LE(memory["high_bytes"].get<double>(), memory["usable_bytes"].get<double>()) << field;
    }
  }
  EXPECT_GE(narrowed, 1);
}

TEST_P(SolveScenario, TheLargestValueFitsAndOneMoreDoesNot) {
  const json scenario = json::parse(GetParam().scenario);
  const json reply = json::parse(vram::solve_json(json{{"scenario", scenario}}.dump()));
  ASSERT_TRUE(reply["issues"].empty()) << reply.dump();
  int found = 0;
  for (const json& solution : reply["solutions"]) {
    const std::string target = solution["target"];
    if (!solution["found"].get<bool>()) continue;
    ++found;
    json changed = scenario;
    changed.merge_patch(solution["changes"]);
    const json result = estimate(changed);
    ASSERT_TRUE(result.contains("memory")) << target << result.dump();
    EXPECT_TRUE(result["memory"]["fits"].get<bool>()) << target;
    EXPECT_EQ(result["memory"]["total_bytes"], solution["total_bytes"]) << target;
    if (target == "gpus" || target == "card") continue;
    at(changed, solution["field"]) = solution["value"].get<std::int64_t>() + 1;
    EXPECT_FALSE(fits(changed)) << target << " " << solution["value"];
  }
  EXPECT_GE(found, 2);
}

TEST(Solve, FewestCardsOfALargeModelNeedALayoutNotADivision) {
  const json reply = json::parse(vram::solve_json(
      R"({"scenario":{"model":"meta-llama/Llama-3.1-70B","task":"finetuning","training":{"method":"full","micro_batch_size":1},"hardware":{"gpu":"h100-sxm5-80gb"}},"targets":["gpus"]})"));
  const json& solution = reply["solutions"][0];
  ASSERT_TRUE(solution["found"].get<bool>()) << reply.dump();
  EXPECT_GT(solution["value"].get<int>(), 8);  // 16 bytes a parameter are 1129 GB, and activations come on top
  EXPECT_TRUE(solution["changes"].contains("parallelism"));
}

TEST(Solve, ASmallerCardThanTheSmallestDoesNotFit) {
  const json scenario = json::parse(R"({"model":"meta-llama/Llama-3.1-8B","task":"inference","hardware":{"gpu":"h100-sxm5-80gb"}})");
  const json reply = json::parse(vram::solve_json(json{{"scenario", scenario}, {"targets", {"card"}}}.dump()));
  const std::int64_t usable = reply["solutions"][0]["usable_bytes"];
  json changed = scenario;
  for (const json& gpu : json::parse(vram::catalog_json("gpus"))) {
    if (gpu["usable_bytes"].get<std::int64_t>() >= usable) continue;
    changed["hardware"]["gpu"] = gpu["id"];
    EXPECT_FALSE(fits(changed)) << gpu["id"];
  }
}

TEST(Solve, ASliderOfCardsMovesTheLayoutWithIt) {
  const json reply = json::parse(vram::fit_ranges_json(
      R"({"scenario":{"model":"meta-llama/Llama-3.1-70B","task":"inference","hardware":{"gpu":"h100-sxm5-80gb"}},"fields":["hardware.gpus"]})"));
  EXPECT_EQ(2, reply["ranges"][0]["fits_min"].get<int>()) << reply.dump();
}

TEST(Solve, BadRequestsSayWhatIsWrong) {
  for (const char* request : {"", "[]", "{}", R"({"scenario":7})", R"({"scenario":{"model":"no/such"}})", R"({"scenario":{"model":"meta-llama/Llama-3.1-8B"}})",
                              R"({"scenario":{"model":"meta-llama/Llama-3.1-8B","hardware":{"gpu":"rtx-4090"}},"targets":["wheels"],"fields":["wheels"]})"}) {
    EXPECT_FALSE(json::parse(vram::solve_json(request))["issues"].empty()) << request;
    EXPECT_FALSE(json::parse(vram::fit_ranges_json(request))["issues"].empty()) << request;
  }
}

TEST(Solve, EveryQuestionSpeaksTheLanguageOfItsScenario) {
  const std::string request = R"({"scenario":{"model":"meta-llama/Llama-3.1-8B","language":"zh","inference":{"batch_size":-3},"hardware":{"gpu":"rtx-4090"}},"field":"inference.batch_size","values":[1]})";
  for (const auto question : {vram::solve_json, vram::fit_ranges_json, vram::sweep_json, vram::recommend_json, vram::plan_json, vram::advise_json}) {
    bool found = false;
    for (const json reply = json::parse(question(request)); const json& issue : reply["issues"]) {
      if (issue["code"] != "out_of_range") continue;
      found = true;
      EXPECT_NE(std::string::npos, issue["message"].get<std::string>().find("必须介于")) << issue.dump();
    }
    EXPECT_TRUE(found);
  }
}

}  // namespace
