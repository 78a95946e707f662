// Promises over random runs: what is said to fit fits when it is applied, what is solved for is the last that fits.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "vram/advice.h"
#include "vram/catalog.h"
#include "vram/json.h"
#include "vram/layout.h"
#include "vram/recommend.h"
#include "vram/solve.h"

namespace {

using nlohmann::json;

/// The same numbers in every build (Knuth's MMIX generator).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t limit) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33U) % limit;
  }
  template <class T, std::size_t N>
  const T& pick(const T (&rows)[N]) {
    return rows[below(N)];
  }
  bool once_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

constexpr const char* kModels[] = {"meta-llama/Llama-3.2-1B", "meta-llama/Llama-3.1-8B",  "Qwen/Qwen2.5-7B",      "mistralai/Mixtral-8x7B-v0.1",
                                   "torchvision/resnet50",    "llava-hf/llava-1.5-7b-hf", "FacebookAI/roberta-base", "meta-llama/Llama-3.1-70B"};
constexpr const char* kGpus[] = {"rtx-4090", "rtx-3090", "a100-sxm4-80gb", "h100-sxm5-80gb", "l4", "t4"};

json serving_run(Random& random) {
  constexpr const char* kEngines[] = {"vllm", "sglang", "transformers", "llama_cpp", "tgi"};
  constexpr const char* kPackings[] = {"none", "none", "int8", "awq", "gptq"};
  constexpr int kLengths[] = {256, 1024, 4096, 16384, 65536};
  json run = {{"engine", random.pick(kEngines)}, {"context_length", random.pick(kLengths)}, {"batch_size", 1 + random.below(32)}};
  run["quantization"] = run["engine"] == "llama_cpp" ? (random.once_in(2) ? "q4_k_m" : "q8_0") : random.pick(kPackings);
  return run;
}

json training_run(Random& random) {
  constexpr const char* kMethods[] = {"full", "lora", "qlora", "freeze"};
  constexpr const char* kCheckpointing[] = {"none", "selective", "full"};
  constexpr const char* kOptimizers[] = {"adamw", "adamw_8bit", "sgd", "adafactor"};
  constexpr int kLengths[] = {128, 512, 2048, 8192};
  return {{"method", random.pick(kMethods)}, {"activation_checkpointing", random.pick(kCheckpointing)}, {"optimizer", random.pick(kOptimizers)},
          {"sequence_length", random.pick(kLengths)}, {"micro_batch_size", 1 + random.below(16)}, {"gradient_accumulation_steps", 1 + random.below(4)}};
}

json random_scenario(Random& random, const char* model) {
  constexpr int kCounts[] = {1, 1, 1, 2, 4, 8};
  const bool serves = random.once_in(2);
  json scenario = {{"model", model}, {"task", serves ? "inference" : "finetuning"}};
  scenario["hardware"] = {{"gpu", random.pick(kGpus)}, {"gpus", random.pick(kCounts)}};
  scenario[serves ? "inference" : "training"] = serves ? serving_run(random) : training_run(random);
  if (!serves && random.once_in(2)) scenario["parallelism"] = {{"zero_stage", random.below(4)}};
  return scenario;
}

json estimate(const json& scenario) { return json::parse(vram::estimate_json(scenario.dump())); }
bool fits(const json& scenario) {
  const json result = estimate(scenario);
  return result.contains("memory") && result["memory"]["fits"].get<bool>();
}
json laid_over(json scenario, const json& changes) {
  scenario.merge_patch(changes);
  return scenario;
}

/// Calls `check` with `count` scenarios that can be computed, each model's one after the other.
template <class Check>
void for_random_runs(std::uint64_t seed, int count, Check&& check) {
  Random random(seed);
  int done = 0;
  const int each = count / static_cast<int>(std::size(kModels)) + 1;
  for (const char* model : kModels) {
    for (int i = 0, tried = 0; i < each && tried < 20 * each; ++tried) {
      const json scenario = random_scenario(random, model);
      if (!estimate(scenario).contains("memory")) continue;
      ++i;
      ++done;
      check(scenario);
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GE(done, count);
}

TEST(Properties, AProposalThatIsSaidToFitDoes) {
  int proposals = 0, sets = 0;
  for_random_runs(1, 200, [&](const json& scenario) {
    const json reply = json::parse(vram::advise_json(json{{"scenario", scenario}}.dump()));
    ASSERT_TRUE(reply.contains("suggestions")) << scenario.dump() << reply.dump();
    const auto check = [&](const json& row) {
      const json after = estimate(laid_over(scenario, row["changes"]));
      ASSERT_TRUE(after.contains("memory")) << scenario.dump() << row.dump() << after["issues"].dump();
      EXPECT_EQ(row["total_bytes"], after["memory"]["total_bytes"]) << scenario.dump() << row.dump();
      return;
    };
    for (const json& row : reply["suggestions"]) {
      check(row);
      EXPECT_EQ(row["fits"].get<bool>(), fits(laid_over(scenario, row["changes"]))) << scenario.dump() << row.dump();
      ++proposals;
    }
    if (!reply.contains("smallest_set") || !reply["smallest_set"]["found"].get<bool>()) return;
    check(reply["smallest_set"]);
    EXPECT_TRUE(fits(laid_over(scenario, reply["smallest_set"]["changes"]))) << scenario.dump() << reply["smallest_set"].dump();
    ++sets;
  });
  std::printf("[ promises ] %d proposals and %d smallest sets applied\n", proposals, sets);
  EXPECT_GT(proposals, 500);
  EXPECT_GT(sets, 10);
}

/// Every way to lay a run out over so many cards of one kind, tensor parallelism inside a node, ZeRO-2 and 3 without a pipeline.
template <class Use>
void for_layouts(const json& scenario, std::int64_t cards, std::int64_t per_node, Use&& use) {
  const bool training = scenario["task"] != "inference";
  for (std::int64_t tensor = 1; tensor <= std::min(cards, per_node); ++tensor) {
    for (std::int64_t pipeline = 1; tensor * pipeline <= cards; ++pipeline) {
      if (cards % (tensor * pipeline) != 0) continue;
      const std::int64_t data = cards / (tensor * pipeline);
      const int last_stage = !training || data == 1 ? 0 : pipeline > 1 ? 1 : 3;
      for (int stage = 0; stage <= last_stage; ++stage) {
        json after = scenario;
        after["hardware"]["gpus"] = cards;
        after["parallelism"] = {{"tensor_parallel_size", tensor}, {"pipeline_parallel_size", pipeline}, {"data_parallel_size", data}};
        if (training) after["parallelism"].update({{"zero_stage", stage}, {"sequence_parallel", tensor > 1}});
        use(after);
      }
    }
  }
}

TEST(Properties, OnFewerCardsThanTheFewestNoLayoutFits) {
  int fewest = 0, tried = 0;
  for_random_runs(5, 120, [&](const json& scenario) {
    const vram::GpuSpec& gpu = *vram::find_gpu(scenario["hardware"]["gpu"].get<std::string>()).gpu;
    const json reply = json::parse(vram::solve_json(json{{"scenario", scenario}, {"targets", {"gpus"}}}.dump()));
    ASSERT_TRUE(reply.contains("solutions")) << scenario.dump() << reply.dump();
    const json& row = reply["solutions"][0];
    if (!row["found"].get<bool>() || row["value"] == 1) return;
    ++fewest;
    std::int64_t fewer = 0;
    for (const std::int64_t count : vram::card_counts(vram::per_node_of(gpu), 1024)) {
      if (count < row["value"].get<std::int64_t>()) fewer = count;
    }
    for_layouts(scenario, fewer, vram::per_node_of(gpu), [&](const json& after) {
      EXPECT_FALSE(fits(after)) << row.dump() << after.dump();
      ++tried;
    });
  });
  std::printf("[ promises ] %d layouts below the fewest cards of %d runs tried\n", tried, fewest);
  EXPECT_GT(fewest, 20);
}

TEST(Properties, WhatIsSolvedForFitsAndOneStepMoreDoesNot) {
  int solutions = 0;
  for_random_runs(2, 240, [&](const json& scenario) {
    const json reply = json::parse(vram::solve_json(json{{"scenario", scenario}}.dump()));
    ASSERT_TRUE(reply.contains("solutions")) << scenario.dump() << reply.dump();
    for (const json& row : reply["solutions"]) {
      if (!row["found"].get<bool>()) continue;
      ++solutions;
      json changed = laid_over(scenario, row["changes"]);
      EXPECT_TRUE(fits(changed)) << scenario.dump() << row.dump();
      EXPECT_EQ(row["total_bytes"], estimate(changed)["memory"]["total_bytes"]) << scenario.dump() << row.dump();
      if (!row["value"].is_number() || row["target"] == "gpus") continue;  // fewer cards: the test above
      const std::string field = row["field"];
      const std::size_t dot = field.find('.');
      changed[field.substr(0, dot)][field.substr(dot + 1)] = row["value"].get<std::int64_t>() + 1;
      EXPECT_FALSE(fits(changed)) << scenario.dump() << row.dump();
    }
  });
  std::printf("[ promises ] %d solutions applied\n", solutions);
  EXPECT_GT(solutions, 500);
}

TEST(Properties, RecommendedLayoutsFit) {
  int layouts = 0;
  for_random_runs(3, 48, [&](json scenario) {
    scenario["hardware"].erase("gpu");
    scenario["hardware"].erase("gpus");
    if (!estimate(scenario).contains("memory")) return;
    const json reply = json::parse(vram::recommend_json(json{{"scenario", scenario}, {"limit", 8}}.dump()));
    ASSERT_TRUE(reply.contains("recommendations")) << scenario.dump() << reply.dump();
    for (const json& row : reply["recommendations"]) {
      EXPECT_TRUE(fits(laid_over(scenario, row["changes"]))) << scenario.dump() << row.dump();
      ++layouts;
    }
  });
  std::printf("[ promises ] %d recommended layouts applied\n", layouts);
  EXPECT_GT(layouts, 200);
}

/// The size of a model is solved over its family, in millions of parameters.
TEST(Properties, TheLargestModelFitsAndOneMillionParametersMoreDoNot) {
  Random random(4);
  int found = 0;
  for (const char* family : {"llama", "qwen", "gemma", "mixtral", "gpt-oss", "t5", "bert", "llava", "flamingo", "resnet"}) {
    for (int i = 0; i < 4; ++i) {
      json scenario = random_scenario(random, "");
      scenario["model"] = {{"family", family}, {"parameters", 1e9}};
      if (!estimate(scenario).contains("memory")) continue;
      const json reply = json::parse(vram::solve_json(json{{"scenario", scenario}, {"targets", {"model_size"}}}.dump()));
      ASSERT_TRUE(reply.contains("solutions")) << scenario.dump() << reply.dump();
      const json& row = reply["solutions"][0];
      if (!row["found"].get<bool>()) {
        scenario["model"]["parameters"] = 0.1e9;
        EXPECT_FALSE(fits(scenario)) << scenario.dump();
        continue;
      }
      ++found;
      json changed = laid_over(scenario, row["changes"]);
      const json result = estimate(changed);
      EXPECT_TRUE(result["memory"]["fits"].get<bool>()) << changed.dump();
      EXPECT_EQ(row["total_bytes"], result["memory"]["total_bytes"]) << changed.dump();
      changed["model"]["parameters"] = row["value"].get<std::int64_t>() + (std::string_view(family) == "resnet" ? 10'000 : 1'000'000);
      EXPECT_FALSE(fits(changed)) << changed.dump();
    }
  }
  EXPECT_GT(found, 20);
}

TEST(Solve, AModelSizeIsSolvedForANamedFamilyToo) {
  const json scenario = json::parse(R"({"model":{"family":"llama","parameters":7e9,"hidden_size":4096},"hardware":{"gpu":"rtx-4090"}})");
  const auto ask = [&](json question) {
    question["scenario"] = scenario;
    return json::parse(vram::solve_json(question.dump()));
  };
  const json own = ask({{"targets", {"model_size"}}})["solutions"][0];
  const json other = ask({{"targets", {"model_size"}}, {"family", "qwen"}})["solutions"][0];
  EXPECT_EQ(4096, laid_over(scenario, own["changes"])["model"]["hidden_size"].get<int>());
  EXPECT_EQ("qwen", laid_over(scenario, other["changes"])["model"]["family"].get<std::string>());
  EXPECT_FALSE(laid_over(scenario, other["changes"])["model"].contains("hidden_size"));
  EXPECT_TRUE(fits(laid_over(scenario, other["changes"])));
  EXPECT_EQ("unknown_name", ask({{"targets", {"model_size"}}, {"family", "wheels"}})["issues"][0]["code"].get<std::string>());
}

/// A model that writes no tokens answers with samples per second, and nothing about first tokens or caches.
TEST(EncoderServing, IsOnePassOverABatch) {
  for (const char* model : {"FacebookAI/roberta-base", "google-bert/bert-base-uncased", "torchvision/resnet50", "openai/clip-vit-large-patch14"}) {
    json scenario = {{"model", model}, {"hardware", {{"gpu", "rtx-4090"}}}, {"inference", {{"batch_size", 1}}}};
    const json one = estimate(scenario);
    ASSERT_TRUE(one.contains("speed")) << model << one["issues"].dump();
    EXPECT_EQ("samples", one["speed"]["unit"].get<std::string>()) << model;
    EXPECT_FALSE(one["speed"].contains("time_to_first_token_seconds")) << model;
    EXPECT_EQ(0, one["memory"]["inference"]["kv_pool_bytes"].get<double>()) << model;
    scenario["inference"]["batch_size"] = 64;
    const json many = estimate(scenario);
    EXPECT_NEAR(64, many["speed"]["flops"].get<double>() / one["speed"]["flops"].get<double>(), 1) << model;
    EXPECT_GT(many["speed"]["tokens_per_second"].get<double>(), one["speed"]["tokens_per_second"].get<double>()) << model;
    EXPECT_NEAR(64 / many["speed"]["step_seconds"].get<double>(), many["speed"]["tokens_per_second"].get<double>(), 1e-6 * many["speed"]["tokens_per_second"].get<double>()) << model;
  }
}

/// An encoder's and a tower's weights are read once for a prompt, not for every token that is written.
TEST(EncoderServing, DecodingReadsTheDecoderAlone) {
  for (const char* model : {"google/flan-t5-xl", "openai/whisper-large-v3"}) {
    const json result = estimate({{"model", model}, {"hardware", {{"gpu", "rtx-4090"}}}, {"inference", {{"engine", "transformers"}, {"context_length", 128}}}});
    ASSERT_TRUE(result.contains("speed")) << model << result["issues"].dump();
    const double weights = 2 * result["model"]["parameters"].get<double>();
    EXPECT_LT(result["speed"]["parts"]["traffic_seconds"].get<double>() * 1008e9 * 0.6, 0.75 * weights) << model;
    EXPECT_GT(result["speed"]["time_to_first_token_seconds"].get<double>(), result["speed"]["step_seconds"].get<double>()) << model;
  }
}

TEST(EncoderServing, LengthsNobodyGaveStayWithinTheModel) {
  const json served = estimate({{"model", "FacebookAI/roberta-base"}});
  EXPECT_EQ(512, served["scenario"]["inference"]["context_length"].get<int>());
  EXPECT_TRUE(served["issues"].empty()) << served["issues"].dump();
  const json trained = estimate({{"model", "openai/whisper-large-v3"}, {"task", "finetuning"}});
  EXPECT_EQ(448, trained["scenario"]["training"]["sequence_length"].get<int>());
  const json given = estimate({{"model", "FacebookAI/roberta-base"}, {"inference", {{"context_length", 8192}}}});
  EXPECT_EQ("sequence_beyond_model", given["issues"][0]["code"].get<std::string>());
}

}  // namespace
