// Advice: every entry of the catalogue fires somewhere, is recomputed, and helps; what is said to fit does fit.
// SPDX-License-Identifier: MIT
#include "vram/advice.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "vram/json.h"
#include "vram/messages.h"
#include "vram/recommend.h"

namespace {

using nlohmann::json;

struct Row {
  const char* code;
  const char* scenario;
  const char* silent;  ///< patch under which it is not proposed
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.code; }

#define FULL R"("model":"meta-llama/Llama-3.1-8B","task":"finetuning")"
#define SMALL R"("model":"meta-llama/Llama-3.2-1B","task":"finetuning")"
#define SERVE R"("model":"meta-llama/Llama-3.1-8B")"
#define H100 R"("hardware":{"gpu":"h100-sxm5-80gb"})"
#define RTX R"("hardware":{"gpu":"rtx-4090"})"

constexpr Row kRows[] = {
    {"smaller_micro_batch", "{" SMALL R"(,"training":{"micro_batch_size":64},)" RTX "}", R"({"training":{"micro_batch_size":1}})"},
    {"selective_checkpointing", "{" SMALL R"(,"training":{"activation_checkpointing":"none"},)" RTX "}", R"({"training":{"activation_checkpointing":"full"}})"},
    {"full_checkpointing", "{" SMALL R"(,"training":{"activation_checkpointing":"none","micro_batch_size":8},)" RTX "}", R"({"training":{"activation_checkpointing":"full"}})"},
    {"flash_attention", "{" SMALL R"(,"training":{"attention":"eager","activation_checkpointing":"none"},)" RTX "}", R"({"training":{"attention":"flash"}})"},
    {"flash_attention_llama_cpp", "{" SERVE R"(,"inference":{"engine":"llama_cpp","flash_attention":false,"context_length":32768},)" RTX "}", R"({"inference":{"flash_attention":true}})"},
    {"chunked_loss", "{" SMALL R"(,"training":{"micro_batch_size":16},)" RTX "}", R"({"training":{"loss":"fused"}})"},
    {"fused_loss", "{" SMALL R"(,"training":{"micro_batch_size":16},)" RTX "}", R"({"training":{"loss":"fused"}})"},
    {"optimizer_8bit", "{" FULL "," RTX "}", R"({"training":{"optimizer":"adamw_8bit"}})"},
    {"paged_optimizer_8bit", "{" FULL "," RTX "}", R"({"training":{"optimizer":"sgd"}})"},
    {"adafactor", "{" FULL "," RTX "}", R"({"training":{"optimizer":"adafactor"}})"},
    {"lora", "{" FULL "," RTX "}", R"({"training":{"method":"lora"}})"},
    {"qlora_nf4", "{" FULL "," RTX "}", R"({"training":{"method":"qlora"}})"},
    {"freeze_towers", R"({"model":"llava-hf/llava-1.5-7b-hf","task":"finetuning","training":{"images":8},)" H100 "}", R"({"training":{"method":"freeze"}})"},
    {"precompute_reference", "{" FULL R"(,"training":{"stage":"dpo"},)" H100 "}", R"({"training":{"stage":"sft"}})"},
    {"rollout_sleep", "{" SMALL R"(,"training":{"stage":"grpo","gradient_accumulation_steps":8},)" H100 "}", R"({"training":{"rollout":"separate"}})"},
    {"quantize_8bit", "{" SERVE R"(,"inference":{"context_length":65536},)" RTX "}", R"({"inference":{"quantization":"awq"}})"},
    {"quantize_4bit", "{" SERVE "," RTX "}", R"({"inference":{"quantization":"awq"}})"},
    {"quantize_kv_cache", "{" SERVE R"(,"inference":{"context_length":65536},)" RTX "}", R"({"inference":{"kv_cache_dtype":"fp8"}})"},
    {"bf16_instead_of_fp32", "{" SERVE R"(,"inference":{"weight_dtype":"fp32"},)" RTX "}", R"({"inference":{"weight_dtype":"fp16"}})"},
    {"zero_1", "{" FULL R"(,"hardware":{"gpu":"h100-sxm5-80gb","gpus":4}})", R"({"parallelism":{"zero_stage":1}})"},
    {"zero_2", "{" FULL R"(,"hardware":{"gpu":"h100-sxm5-80gb","gpus":4}})", R"({"parallelism":{"zero_stage":2}})"},
    {"zero_3", "{" FULL R"(,"hardware":{"gpu":"h100-sxm5-80gb","gpus":4}})", R"({"parallelism":{"zero_stage":3}})"},
    {"sequence_parallel", "{" FULL R"(,"training":{"activation_checkpointing":"none","framework":"megatron"},"parallelism":{"tensor_parallel_size":4},"hardware":{"gpu":"h100-sxm5-80gb","gpus":4}})", R"({"parallelism":{"sequence_parallel":true}})"},
    {"expert_parallel", R"({"model":"mistralai/Mixtral-8x7B-v0.1","task":"finetuning","training":{"framework":"megatron"},"hardware":{"gpu":"h100-sxm5-80gb","gpus":8}})", R"({"parallelism":{"expert_parallel_size":8}})"},
    {"offload_optimizer", "{" FULL "," H100 "}", R"({"parallelism":{"offload":"parameters"}})"},
    {"offload_parameters", "{" FULL R"(,"training":{"framework":"deepspeed"},"parallelism":{"zero_stage":3},"hardware":{"gpu":"rtx-4090","gpus":4}})", R"({"parallelism":{"offload":"parameters"}})"},
    {"layers_on_host", R"({"model":"meta-llama/Llama-3.1-70B","inference":{"engine":"llama_cpp","quantization":"q4_k_m"},)" RTX "}", R"({"inference":{"engine":"vllm"}})"},
    {"shorter_context", "{" SERVE R"(,"inference":{"context_length":131072},)" RTX "}", R"({"inference":{"context_length":1024}})"},
    {"fewer_sequences", "{" SERVE R"(,"inference":{"context_length":8192,"batch_size":64},)" RTX "}", R"({"inference":{"batch_size":1}})"},
    {"lower_resolution", R"({"model":"Qwen/Qwen2.5-VL-7B-Instruct","task":"finetuning","training":{"method":"lora","images":4,"image_size":1792,"micro_batch_size":1,"sequence_length":512},)" RTX "}", R"({"training":{"images":0}})"},
    {"tensor_parallel", R"({"model":"meta-llama/Llama-3.1-70B",)" H100 "}", R"({"model":"meta-llama/Llama-3.1-8B"})"},
    {"pipeline_parallel", R"({"model":"meta-llama/Llama-3.1-70B",)" H100 "}", R"({"model":"meta-llama/Llama-3.1-8B"})"},
    {"context_parallel", "{" SMALL R"(,"training":{"sequence_length":131072,"micro_batch_size":1},)" H100 "}", R"({"training":{"sequence_length":2048}})"},
    {"larger_micro_batch", "{" SMALL R"(,"training":{"micro_batch_size":1,"sequence_length":256,"gradient_accumulation_steps":16},)" H100 "}", R"({"training":{"gradient_accumulation_steps":1}})"},
    {"no_checkpointing", "{" SMALL R"(,"training":{"micro_batch_size":1},)" H100 "}", R"({"training":{"activation_checkpointing":"none"}})"},
    {"fp8", "{" SERVE "," H100 "}", R"({"inference":{"quantization":"fp8"}})"},
    {"larger_memory_share", "{" SERVE R"(,"inference":{"context_length":49152},)" RTX "}", R"({"inference":{"gpu_memory_utilization":0.95}})"},
    {"faster_engine", "{" SERVE R"(,"inference":{"engine":"transformers"},)" H100 "}", R"({"inference":{"engine":"vllm"}})"},
    {"fewer_larger_cards", "{" SMALL R"(,"training":{"micro_batch_size":2},"parallelism":{"zero_stage":3},"hardware":{"gpu":"rtx-4090","gpus":8}})", R"({"hardware":{"gpus":1}})"},
    {"tensor_within_node", "{" FULL R"(,"training":{"framework":"megatron","gradient_accumulation_steps":2},"parallelism":{"tensor_parallel_size":16},"hardware":{"gpu":"h100-sxm5-80gb","gpus":16}})", R"({"parallelism":{"tensor_parallel_size":8}})"},
    {"adapters_for_cost", "{" SMALL "," H100 "}", R"({"training":{"method":"lora"}})"},
    {"cheaper_card", "{" SERVE R"(,"inference":{"context_length":1024},"hardware":{"gpu":"h100-pcie-80gb"}})", R"({"hardware":{"gpu":"rtx-4090-laptop"}})"},
    {"fewer_cards", "{" SERVE R"(,"hardware":{"gpu":"a100-sxm4-80gb","gpus":4}})", R"({"hardware":{"gpus":1}})"},
    {"usual_learning_rate", "{" FULL R"(,"training":{"method":"lora","learning_rate":2e-5},)" H100 "}", R"({"training":{"learning_rate":2e-4}})"},
    {"bf16_instead_of_fp16", "{" SMALL R"(,"training":{"mixed_precision":"fp16"},)" H100 "}", R"({"training":{"mixed_precision":"bf16"}})"},
    {"usual_balance_loss", R"({"model":"mistralai/Mixtral-8x7B-v0.1","task":"finetuning","training":{"method":"qlora","balance_loss_weight":0.001},)" H100 "}", R"({"training":{"balance_loss_weight":0.01}})"},
    {"alpha_twice_rank", "{" FULL R"(,"training":{"method":"lora","lora_alpha":1},)" H100 "}", R"({"training":{"lora_alpha":32}})"},
    {"batch_for_batch_norm", R"({"model":"torchvision/resnet50","task":"finetuning","training":{"framework":"torchvision","micro_batch_size":8},)" RTX "}", R"({"training":{"micro_batch_size":64}})"},
    {"overlap_communication", "{" FULL R"(,"parallelism":{"zero_stage":3,"overlap_communication":false},"hardware":{"gpu":"h100-sxm5-80gb","gpus":8}})", R"({"parallelism":{"overlap_communication":true}})"},
    {"warm_up", "{" FULL R"(,"training":{"method":"lora","warmup_steps":0},)" H100 "}", R"({"training":{"warmup_steps":10}})"},
    {"clip_gradients", "{" FULL R"(,"training":{"method":"lora","max_grad_norm":0},)" H100 "}", R"({"training":{"max_grad_norm":0.5}})"},
    {"usual_weight_decay", "{" FULL R"(,"training":{"method":"lora","weight_decay":0.3},)" H100 "}", R"({"training":{"weight_decay":0.1}})"},
    {"fused_kernels", "{" SMALL "," H100 "}", R"({"training":{"framework":"liger"}})"},
    {"torch_compile", "{" SMALL "," H100 "}", R"({"training":{"framework":"torch_compile"}})"},
    {"no_cuda_graphs", R"({"model":"meta-llama/Llama-3.2-1B","hardware":{"gpu":"rtx-3090"}})", R"({"inference":{"enforce_eager":true}})"},
};

json ask(const json& scenario) { return json::parse(vram::advise_json(json{{"scenario", scenario}}.dump())); }
json estimate(const json& scenario) { return json::parse(vram::estimate_json(scenario.dump())); }
json laid_over(json scenario, const json& changes) {
  scenario.merge_patch(changes);
  return scenario;
}
const json* find(const json& reply, const std::string& code) {
  for (const json& row : reply["suggestions"]) {
    if (row["code"] == code) return &row;
  }
  return nullptr;
}

class AdviceEntry : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(Catalogue, AdviceEntry, testing::ValuesIn(kRows), [](const auto& row) { return std::string(row.param.code); });

TEST_P(AdviceEntry, FiresIsRecomputedAndHelps) {
  const json scenario = json::parse(GetParam().scenario);
  const json reply = ask(scenario);
  ASSERT_TRUE(reply.contains("suggestions")) << reply.dump();
  const json* found = find(reply, GetParam().code);
  ASSERT_NE(nullptr, found) << reply.dump();
  const json& row = *found;
  const json before = estimate(scenario);
  const json after = estimate(laid_over(scenario, row["changes"]));
  ASSERT_TRUE(after.contains("memory")) << row.dump() << after["issues"].dump();
  EXPECT_EQ(row["total_bytes"], after["memory"]["total_bytes"]) << row.dump();
  EXPECT_EQ(row["bytes_saved"].get<double>(), before["memory"]["total_bytes"].get<double>() - after["memory"]["total_bytes"].get<double>());
  EXPECT_EQ(row["fits"], after["memory"]["fits"]);
  const double time = before["speed"]["tokens_per_second"].get<double>() / after["speed"]["tokens_per_second"].get<double>();
  EXPECT_NEAR(time, row["time_factor"].get<double>(), 1e-12 * time);
  const std::string group = row["group"];
  if (group == "memory") {
    EXPECT_TRUE(row["bytes_saved"].get<double>() > 0 || (after["memory"]["fits"] == true && before["memory"]["fits"] == false)) << row.dump();
  } else if (group == "performance") {
    EXPECT_LT(time, 1);
  } else if (group == "cost") {
    EXPECT_LT(row["cost_factor"].get<double>(), 1);
    EXPECT_NEAR(row["cost_factor"].get<double>(), after["cost"]["usd_per_million_tokens"].get<double>() / before["cost"]["usd_per_million_tokens"].get<double>(), 1e-9);
  }
  EXPECT_EQ(std::string::npos, row["message"].get<std::string>().find('{'));
  EXPECT_GT(row["message"].get<std::string>().size(), 20U);
}

TEST_P(AdviceEntry, StaysSilentWhereItDoesNotApply) {
  const json reply = ask(laid_over(json::parse(GetParam().scenario), json::parse(GetParam().silent)));
  EXPECT_EQ(nullptr, reply.contains("suggestions") ? find(reply, GetParam().code) : nullptr) << reply.dump();
}

TEST(Advice, TheTableAboveHoldsTheWholeCatalogue) {
  std::set<std::string_view> tested;
  for (const Row& row : kRows) tested.insert(row.code);
  for (const vram::AdviceRow& row : vram::advice_catalogue()) {
    EXPECT_TRUE(tested.contains(row.code)) << row.code;
    EXPECT_NE(nullptr, vram::find_message("advice_" + std::string(row.code), vram::advice_messages())) << row.code;
  }
  EXPECT_EQ(vram::advice_catalogue().size(), tested.size());
}

class AdvicePromise : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(Catalogue, AdvicePromise, testing::ValuesIn(kRows), [](const auto& row) { return std::string(row.param.code); });

TEST_P(AdvicePromise, WhatIsSaidToFitDoesAndTheSmallestSetToo) {
  const json scenario = json::parse(GetParam().scenario);
  const json reply = ask(scenario);
  for (const json& row : reply["suggestions"]) {
    const json after = estimate(laid_over(scenario, row["changes"]));
    ASSERT_TRUE(after.contains("memory")) << row.dump() << after["issues"].dump();
    EXPECT_EQ(row["fits"], after["memory"]["fits"]) << row.dump();
    EXPECT_EQ(row["total_bytes"], after["memory"]["total_bytes"]) << row.dump();
  }
  EXPECT_EQ(!estimate(scenario)["memory"]["fits"].get<bool>(), reply.contains("smallest_set"));
  if (!reply.contains("smallest_set") || !reply["smallest_set"]["found"].get<bool>()) return;
  const json& set = reply["smallest_set"];
  const json after = estimate(laid_over(scenario, set["changes"]));
  ASSERT_TRUE(after.contains("memory")) << set.dump() << after["issues"].dump();
  EXPECT_TRUE(after["memory"]["fits"].get<bool>()) << set.dump();
  EXPECT_EQ(set["total_bytes"], after["memory"]["total_bytes"]) << set.dump();
  // No single change that keeps the job fits when the set has more than one.
  if (set["codes"].size() < 2) return;
  for (const json& row : reply["suggestions"]) {
    for (const vram::AdviceRow& entry : vram::advice_catalogue()) {
      if (entry.code != row["code"].get<std::string>() || entry.group != vram::AdviceGroup::memory || entry.changes_job) continue;
      EXPECT_FALSE(row["fits"].get<bool>()) << row.dump() << set.dump();
    }
  }
}

TEST(Advice, TheResultOfEstimateHoldsItWhenAsked) {
  json scenario = json::parse("{" FULL "," RTX "}");
  const json reply = ask(scenario);
  scenario["include"] = {"suggestions", "recommendations"};
  const json result = estimate(scenario);
  EXPECT_EQ(reply["suggestions"], result["suggestions"]);
  EXPECT_EQ(reply["smallest_set"], result["smallest_set"]);
  EXPECT_GE(result["recommendations"].size(), 5U);
  scenario["include"] = {"everything"};
  EXPECT_EQ("unknown_name", estimate(scenario)["issues"].back()["code"].get<std::string>());
}

TEST(Advice, AProgramWithoutItAnswersTheSameAndRefusesToBeAskedForIt) {
  const json scenario = json::parse("{" FULL "," RTX "}");
  json whole = estimate(scenario);
  ASSERT_EQ(1U, whole.erase("documented"));
  EXPECT_EQ(whole, json::parse(vram::plain_estimate_json(scenario.dump())));
  for (const auto& [field, value] : {std::pair{"include", json::array({"suggestions"})}, std::pair{"method", json("documented")}}) {
    json asked = scenario;
    asked[field] = value;
    const json refused = json::parse(vram::plain_estimate_json(asked.dump()));
    EXPECT_FALSE(refused.contains("suggestions") || refused.contains("documented"));
    ASSERT_FALSE(refused["issues"].empty());
    EXPECT_EQ("unknown_name", refused["issues"].back()["code"].get<std::string>());
    EXPECT_EQ(field, refused["issues"].back()["field"].get<std::string>());
  }
}

TEST(Advice, LigerIsForLanguageModels) {
  const auto has_it = [](const char* model) {
    const json reply = ask({{"model", model}, {"task", "finetuning"}, {"training", {{"method", "full"}}}, {"hardware", {{"gpu", "h100-sxm5-80gb"}}}});
    for (const json& row : reply["suggestions"]) {
      if (row["code"] == "fused_kernels") return true;
    }
    return false;
  };
  EXPECT_TRUE(has_it("meta-llama/Llama-3.2-1B"));
  EXPECT_FALSE(has_it("torchvision/resnet50"));
}

TEST(Advice, NamesACardAsPeopleDo) {
  const json reply = ask(json::parse("{" SERVE R"(,"inference":{"context_length":1024},"hardware":{"gpu":"h100-pcie-80gb"}})"));
  bool found = false;
  for (const json& row : reply["suggestions"]) {
    if (row["code"] != "cheaper_card") continue;
    found = true;
    const std::string id = row["changes"]["hardware"]["gpu"];
    EXPECT_EQ(std::string::npos, row["message"].get<std::string>().find(id)) << row["message"];
  }
  EXPECT_TRUE(found);
}

TEST(Advice, SpeaksChinese) {
  json scenario = json::parse("{" FULL "," RTX "}");
  scenario["language"] = "zh";
  const json reply = ask(scenario);
  ASSERT_FALSE(reply["suggestions"].empty());
  for (const json& row : reply["suggestions"]) EXPECT_LT(127, static_cast<unsigned char>(row["message"].get<std::string>().back()));
}

}  // namespace
