// Sweeps: the same numbers as single estimates, in the documented layout.
// SPDX-License-Identifier: MIT
#include "vram/sweep.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "vram/json.h"

namespace {

using nlohmann::json;

const json kScenario = json::parse(R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"lora"},"hardware":{"gpu":"rtx-4090"}})");

std::string request(const char* field, const json& values) { return json{{"scenario", kScenario}, {"field", field}, {"values", values}}.dump(); }

TEST(Sweep, RowsAreTheEstimatesOfEachValue) {
  const vram::SweepTable table = vram::sweep(request("training.micro_batch_size", {1, 2, 16}));
  ASSERT_TRUE(table.issues.empty());
  const std::size_t width = table.columns.size();
  ASSERT_EQ(3 * width, table.numbers.size());
  EXPECT_EQ("value", table.columns[0]);
  const int sizes[] = {1, 2, 16};
  for (std::size_t row = 0; row < 3; ++row) {
    json scenario = kScenario;
    scenario["training"]["micro_batch_size"] = sizes[row];
    const json memory = json::parse(vram::estimate_json(scenario.dump()))["memory"];
    const double* numbers = &table.numbers[row * width];
    EXPECT_EQ(sizes[row], numbers[0]);
    EXPECT_EQ(memory["total_bytes"].get<double>(), numbers[1]);
    EXPECT_EQ(memory["low_bytes"].get<double>(), numbers[2]);
    EXPECT_EQ(memory["high_bytes"].get<double>(), numbers[3]);
    EXPECT_EQ(memory["usable_bytes"].get<double>(), numbers[4]);
    double sum = 0;
    for (std::size_t i = 5; i < 17; ++i) sum += numbers[i];
    EXPECT_EQ(numbers[1], sum);
  }
}

TEST(Sweep, AnImpossibleValueIsARowOfNaN) {
  const vram::SweepTable table = vram::sweep(request("parallelism.tensor_parallel_size", {1, 3, 0, 1.5}));
  ASSERT_EQ(4 * table.columns.size(), table.numbers.size());
  EXPECT_FALSE(std::isnan(table.numbers[1]));
  for (const std::size_t row : {1U, 2U, 3U}) EXPECT_TRUE(std::isnan(table.numbers[row * table.columns.size() + 1])) << row;
  const json text = json::parse(vram::sweep_json(request("parallelism.tensor_parallel_size", {1, 3})));
  EXPECT_TRUE(text["rows"][1][1].is_null());
  EXPECT_EQ(table.numbers[1], text["rows"][0][1].get<double>());
}

TEST(Sweep, BadRequestsGiveIssuesAndNoRows) {
  for (const std::string& bad : {std::string("{}"), std::string("7"), request("training.method", {1}), request("no.such", {1}), request("training.lora_rank", json::array()),
                                 request("training.lora_rank", {"a"})}) {
    const vram::SweepTable table = vram::sweep(bad);
    EXPECT_TRUE(vram::has_errors(table.issues)) << bad;
    EXPECT_TRUE(table.numbers.empty()) << bad;
  }
}

}  // namespace
