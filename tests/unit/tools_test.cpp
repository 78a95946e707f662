// Tools through the native door: the published calls answer, and arguments are checked. Replies against their schemas:
// tests/wasm/tools.test.mjs.
// SPDX-License-Identifier: MIT
#include "vram/tools.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using nlohmann::json;

json call(const json& request) { return json::parse(vram::tool_json(request.dump())); }

TEST(Tools, ThePublishedCallsWorkUnchanged) {
  std::ifstream in(std::string(VRAM_TESTS_DIR) + "/golden/tool-calls.json");
  const json calls = json::parse(in)["calls"];
  ASSERT_EQ(4U, calls.size());
  for (const json& request : calls) {
    const json reply = call(request);
    ASSERT_FALSE(reply.contains("isError")) << reply["structuredContent"]["issues"].dump();
    const json text = json::parse(reply["content"][0]["text"].get<std::string>());
    double sum = 0;
    for (const json& part : text["breakdown"]) sum += part.get<double>();
    EXPECT_NEAR(sum, text["totalVRAM"].get<double>(), 1e-6);
    EXPECT_NEAR(reply["structuredContent"]["model"]["parameters"].get<double>(), 1e9 * request["arguments"]["modelSize"].get<double>(), 1);
  }
}

TEST(Tools, TheListHoldsEveryToolOfTheTable) {
  const json tools = json::parse(vram::tools_json())["tools"];
  EXPECT_GE(tools.size(), 10U);
  for (const json& tool : tools) {
    EXPECT_EQ(false, tool["inputSchema"]["additionalProperties"]) << tool["name"];
    // Known by that name: an empty call lacks something or answers, it is not unknown.
    const json reply = call({{"name", tool["name"]}});
    for (const json& issue : reply["structuredContent"]["issues"]) EXPECT_NE("unknown_tool", issue["code"]);
  }
}

TEST(Tools, BrokenCallsAreIssues) {
  for (const char* request : {"", "[]", "{}", R"({"name":7})", R"({"name":"estimate","arguments":[]})", R"({"name":"estimate","arguments":{"scenario":3}})",
                              R"({"name":"analyze_cost","arguments":{"gpu":"nobody's card"}})", R"({"name":"estimate","argument":{}})"}) {
    const json reply = json::parse(vram::tool_json(request));
    EXPECT_EQ(true, reply.value("isError", false)) << request;
    EXPECT_FALSE(reply["structuredContent"]["issues"].empty()) << request;
  }
}

TEST(Tools, ArgumentsWithoutEffectAreNamed) {
  const json reply = call({{"name", "calculate_advanced_finetuning_vram"},
                           {"arguments",
                            {{"modelType", "nlp"}, {"modelSize", 7}, {"architectureType", "LLaMA"}, {"precision", "bf16"}, {"batchSize", 4}, {"learningRate", 2e-4}, {"optimizer", "adamw"},
                             {"trainingEpochs", 3}, {"kernelSize", 3}, {"loraRank", 8}}}});
  EXPECT_EQ(json::array({"kernelSize"}), reply["structuredContent"]["without_effect"]);
}

TEST(Tools, BuyingPaysAfterTheBreakEven) {
  const auto cost = [](double hours) { return call({{"name", "analyze_cost"}, {"arguments", {{"gpu", "h100-sxm5-80gb"}, {"hours", hours}}}})["structuredContent"]; };
  const double even = cost(1)["cost"]["buy"]["break_even_hours"];
  EXPECT_EQ("rent", cost(even * 0.99)["cheaper"]);
  EXPECT_EQ("buy", cost(even * 1.01)["cheaper"]);
}

}  // namespace
