// The band rests on measured runs of the same software, or says that it does not.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "vram/json.h"

namespace {

using nlohmann::json;

json memory_of(const std::string& framework) {
  const json scenario = {{"model", "meta-llama/Llama-3.1-8B"}, {"task", "finetuning"}, {"training", {{"method", "lora"}, {"framework", framework}}}};
  return json::parse(vram::estimate_json(scenario.dump()))["memory"];
}

double width(const json& memory) { return memory["high_bytes"].get<double>() / memory["total_bytes"].get<double>() - 1.0; }

TEST(Evidence, OfOnesOwnSoftwareMakesTheBand) {
  const json memory = memory_of("transformers");
  const json& evidence = memory["evidence"];
  EXPECT_EQ(evidence["of"], "transformers");
  EXPECT_EQ(evidence["own"], true);
  EXPECT_GT(evidence["values"].get<int>(), 300);
  EXPECT_LE(evidence["median"].get<double>(), evidence["p90"].get<double>());
  EXPECT_NEAR(width(memory), evidence["p90"].get<double>(), 1e-3);
}

TEST(Evidence, OfTheNearestSoftwareMakesAWiderBand) {
  const json own = memory_of("torchtitan");
  const json other = memory_of("torchtune");
  EXPECT_EQ(own["evidence"]["own"], true);
  EXPECT_EQ(other["evidence"]["own"], false);
  EXPECT_EQ(other["evidence"]["of"], "torchtitan");
  EXPECT_NEAR(width(other), 1.5 * width(own), 1e-3);
}

TEST(Evidence, NoBandIsNarrowerThanTheNoiseBetweenMachines) {
  const json scenario = {{"model", "torchvision/resnet50"}, {"task", "pretraining"}, {"training", {{"framework", "torchvision"}}}};
  const json memory = json::parse(vram::estimate_json(scenario.dump()))["memory"];
  EXPECT_GE(width(memory), 0.03);
}

}  // namespace
