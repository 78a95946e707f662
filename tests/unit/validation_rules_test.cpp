// Every rule of the table: one scenario that fires it, one that does not; and every text in both languages.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "../../core/src/validation_rules.h"
#include "vram/json.h"
#include "vram/messages.h"

namespace {

using nlohmann::json;

constexpr const char* kLlama = R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"lora"},"hardware":{"gpu":"h100-sxm5-80gb"}})";
constexpr const char* kFull = R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"full"},"hardware":{"gpu":"h100-sxm5-80gb"}})";
constexpr const char* kMoe = R"({"model":"mistralai/Mixtral-8x7B-v0.1","task":"finetuning","training":{"method":"full"}})";
constexpr const char* kCnn = R"({"model":"torchvision/resnet50","task":"finetuning","training":{"method":"full","micro_batch_size":64,"optimizer":"sgd_momentum"}})";
constexpr const char* kServe = R"({"model":"meta-llama/Llama-3.1-8B","hardware":{"gpu":"h100-sxm5-80gb"}})";

struct RuleRow {
  const char* code;
  const char* severity;
  const char* field;
  const char* base;    ///< scenario
  const char* fires;   ///< patch that fires the rule
  const char* silent;  ///< patch that does not
};
void PrintTo(const RuleRow& row, std::ostream* out) { *out << row.code; }

constexpr RuleRow kRows[] = {
    {"world_size_mismatch", "error", "hardware.gpus", kFull, R"({"parallelism":{"data_parallel_size":3},"hardware":{"gpus":4}})", R"({"parallelism":{"data_parallel_size":4},"hardware":{"gpus":4}})"},
    {"tensor_parallel_does_not_divide_heads", "error", "parallelism.tensor_parallel_size", kServe, R"({"parallelism":{"tensor_parallel_size":5}})", R"({"parallelism":{"tensor_parallel_size":4}})"},
    {"pipeline_exceeds_layers", "error", "parallelism.pipeline_parallel_size", kServe, R"({"parallelism":{"pipeline_parallel_size":33}})", R"({"parallelism":{"pipeline_parallel_size":32}})"},
    {"pipeline_chunks_do_not_fit", "error", "parallelism.virtual_pipeline_size", kFull, R"({"parallelism":{"pipeline_parallel_size":8,"virtual_pipeline_size":5}})", R"({"parallelism":{"pipeline_parallel_size":8,"virtual_pipeline_size":4}})"},
    {"expert_tensor_parallel_does_not_fit", "error", "parallelism.expert_tensor_parallel_size", kMoe, R"({"parallelism":{"tensor_parallel_size":2,"expert_tensor_parallel_size":4}})", R"({"parallelism":{"tensor_parallel_size":4,"expert_parallel_size":4,"expert_tensor_parallel_size":1}})"},
    {"expert_parallel_does_not_divide_experts", "error", "parallelism.expert_parallel_size", kMoe, R"({"parallelism":{"expert_parallel_size":3,"data_parallel_size":3}})", R"({"parallelism":{"expert_parallel_size":4,"data_parallel_size":4}})"},
    {"zero_stage_with_pipeline", "error", "parallelism.zero_stage", kFull, R"({"training":{"framework":"deepspeed"},"parallelism":{"pipeline_parallel_size":2,"zero_stage":3}})", R"({"training":{"framework":"deepspeed"},"parallelism":{"pipeline_parallel_size":2,"zero_stage":1}})"},
    {"zero_stage_in_inference", "error", "parallelism.zero_stage", kServe, R"({"parallelism":{"zero_stage":1}})", R"({"parallelism":{"zero_stage":0}})"},
    {"prefix_with_checkpointing", "error", "training.activation_checkpointing", kLlama, R"({"training":{"method":"prefix","activation_checkpointing":"full"}})", R"({"training":{"method":"prefix"}})"},
    {"prefix_needs_cache", "error", "training.method", kCnn, R"({"training":{"method":"prefix"}})", "{}"},
    {"steps_in_backward_with_accumulation", "error", "training.gradient_accumulation_steps", kFull, R"({"training":{"optimizer_in_backward":true,"gradient_accumulation_steps":2}})", R"({"training":{"optimizer_in_backward":true}})"},
    {"steps_in_backward_unsupported", "error", "training.framework", kFull, R"({"training":{"optimizer_in_backward":true,"framework":"deepspeed"}})", R"({"training":{"optimizer_in_backward":true,"framework":"torchtune"}})"},
    {"stage_needs_language_model", "error", "training.stage", kCnn, R"({"training":{"stage":"dpo"}})", R"({"training":{"stage":"sft"}})"},
    {"prompt_fills_sequence", "error", "training.prompt_length", kLlama, R"({"training":{"stage":"grpo","prompt_length":2048}})", R"({"training":{"stage":"grpo","prompt_length":2047}})"},
    {"rollout_split_exceeds_data_parallel", "error", "training.rollout_tensor_parallel_size", kLlama, R"({"training":{"stage":"grpo","rollout_tensor_parallel_size":2}})", R"({"training":{"stage":"grpo","rollout_tensor_parallel_size":2},"hardware":{"gpus":2}})"},
    {"weights_cannot_train", "error", "training.weight_dtype", kFull, R"({"training":{"weight_dtype":"int8"}})", R"({"training":{"weight_dtype":"bf16"}})"},
    {"qlora_without_quantised_base", "error", "training.quantization", kLlama, R"({"training":{"method":"qlora","quantization":"bf16"}})", R"({"training":{"method":"qlora","quantization":"nf4"}})"},
    {"adapter_target_missing", "error", "training.lora_target_modules", kLlama, R"({"training":{"lora_target_modules":["vision"]}})", R"({"training":{"lora_target_modules":["o_proj"]}})"},
    {"frozen_layers_exceed_layers", "error", "training.frozen_layers", kFull, R"({"training":{"method":"freeze","frozen_layers":33}})", R"({"training":{"method":"freeze","frozen_layers":32}})"},
    {"image_not_divisible_by_patch", "error", "inference.image_size", R"({"model":"llava-hf/llava-1.5-7b-hf"})", R"({"inference":{"image_size":340}})", R"({"inference":{"image_size":350}})"},
    {"bf16_unsupported", "error", "inference.weight_dtype", kServe, R"({"hardware":{"gpu":"v100-sxm2-32gb"}})", R"({"hardware":{"gpu":"v100-sxm2-32gb"},"inference":{"weight_dtype":"fp16"}})"},
    {"fp8_unsupported", "error", "inference.weight_dtype", kServe, R"({"hardware":{"gpu":"a100-sxm4-80gb"},"inference":{"weight_dtype":"fp8"}})", R"({"inference":{"weight_dtype":"fp8"}})"},

    {"kv_heads_replicated", "warning", "parallelism.tensor_parallel_size", kServe, R"({"parallelism":{"tensor_parallel_size":16}})", R"({"parallelism":{"tensor_parallel_size":8}})"},
    {"sequence_beyond_model", "warning", "inference.context_length", kServe, R"({"inference":{"context_length":131073}})", R"({"inference":{"context_length":131072}})"},
    {"sequence_outside_best", "warning", "training.sequence_length", kLlama, R"({"training":{"sequence_length":512}})", R"({"training":{"sequence_length":1024}})"},
    {"image_size_outside_best", "warning", "training.image_size", kCnn, R"({"training":{"image_size":448}})", R"({"training":{"image_size":384}})"},
    {"tensor_parallel_across_nodes", "warning", "parallelism.tensor_parallel_size", kServe, R"({"parallelism":{"tensor_parallel_size":16}})", R"({"parallelism":{"tensor_parallel_size":8}})"},
    {"tensor_parallel_without_link", "warning", "parallelism.tensor_parallel_size", kServe, R"({"hardware":{"gpu":"rtx-4090"},"parallelism":{"tensor_parallel_size":2}})", R"({"parallelism":{"tensor_parallel_size":2}})"},
    {"learning_rate_low_for_lora", "warning", "training.learning_rate", kLlama, R"({"training":{"learning_rate":2e-5}})", R"({"training":{"learning_rate":1e-4}})"},
    {"learning_rate_high_for_lora", "warning", "training.learning_rate", kLlama, R"({"training":{"learning_rate":1e-3}})", R"({"training":{"learning_rate":3e-4}})"},
    {"learning_rate_low_for_full", "warning", "training.learning_rate", kFull, R"({"training":{"learning_rate":2e-6}})", R"({"training":{"learning_rate":1e-5}})"},
    {"learning_rate_high_for_full", "warning", "training.learning_rate", kFull, R"({"training":{"learning_rate":1e-4}})", R"({"training":{"learning_rate":5e-5}})"},
    {"learning_rate_high_for_cnn", "warning", "training.learning_rate", kCnn, R"({"training":{"learning_rate":0.5}})", R"({"training":{"learning_rate":0.1}})"},
    {"rank_above_sixteenth", "warning", "training.lora_rank", kLlama, R"({"training":{"lora_rank":257}})", R"({"training":{"lora_rank":256}})"},
    {"alpha_out_of_proportion", "warning", "training.lora_alpha", kLlama, R"({"training":{"lora_alpha":8}})", R"({"training":{"lora_alpha":16}})"},
    {"fp16_on_bf16_model", "warning", "training.mixed_precision", kLlama, R"({"training":{"mixed_precision":"fp16"}})", R"({"training":{"mixed_precision":"bf16"}})"},
    {"batch_very_large", "warning", "training.micro_batch_size", kLlama, R"({"training":{"micro_batch_size":32,"gradient_accumulation_steps":65}})", R"({"training":{"micro_batch_size":32,"gradient_accumulation_steps":64}})"},
    {"batch_very_small", "warning", "training.gradient_accumulation_steps", kLlama, R"({"training":{"micro_batch_size":1}})", R"({"training":{"micro_batch_size":1,"gradient_accumulation_steps":2}})"},
    {"micro_batch_outside_best", "warning", "training.micro_batch_size", kLlama, R"({"training":{"micro_batch_size":17}})", R"({"training":{"micro_batch_size":16}})"},
    {"warmup_longer_than_run", "warning", "training.warmup_steps", kLlama, R"({"training":{"micro_batch_size":4,"sequence_length":1024,"tokens":409600}})", R"({"training":{"micro_batch_size":4,"sequence_length":1024,"tokens":409600,"warmup_steps":99}})"},
    {"rank_below_best", "warning", "training.lora_rank", kLlama, R"({"training":{"lora_rank":4}})", R"({"training":{"lora_rank":8}})"},
    {"expert_capacity_outside_usual", "warning", "training.expert_capacity_factor", kMoe, R"({"training":{"expert_capacity_factor":2}})", R"({"training":{"expert_capacity_factor":1.25}})"},
    {"batch_norm_small_batch", "warning", "training.micro_batch_size", kCnn, R"({"training":{"micro_batch_size":16}})", "{}"},
    {"kto_needs_batch", "warning", "training.micro_batch_size", kLlama, R"({"training":{"stage":"kto","micro_batch_size":1}})", R"({"training":{"stage":"kto","micro_batch_size":2}})"},
    {"rollout_share_too_small", "warning", "training.rollout_memory_utilization", kLlama, R"({"training":{"stage":"grpo","rollout_memory_utilization":0.2}})", R"({"training":{"stage":"grpo","rollout_memory_utilization":0.4}})"},
    {"memory_nearly_full", "warning", "hardware.gpu", kServe, R"({"hardware":{"gpu":"rtx-4090"},"inference":{"context_length":45056}})", R"({"inference":{"context_length":1024}})"},

    {"adapters_in_fp32", "suggestion", "training.lora_fp32", kLlama, R"({"training":{"lora_rank":256}})", R"({"training":{"lora_rank":256,"lora_fp32":false}})"},
    {"kbit_upcast_undone", "warning", "training.kbit_upcast", kLlama, R"({"training":{"method":"qlora","kbit_upcast":true,"framework":"deepspeed"}})", R"({"training":{"method":"qlora","kbit_upcast":true}})"},
    {"mamba_kernels_unread", "warning", "training.mamba_kernels", kLlama, R"({"training":{"mamba_kernels":false}})", R"({"model":"ai21labs/Jamba-v0.1","training":{"mamba_kernels":false}})"},
    {"kbit_upcast_widens", "warning", "training.kbit_upcast", kLlama, R"({"training":{"method":"qlora","kbit_upcast":true}})", R"({"training":{"method":"qlora"}})"},
    {"logits_in_fp32", "suggestion", "training.loss", kLlama, R"({"training":{"micro_batch_size":16}})", R"({"training":{"micro_batch_size":16,"loss":"fused"}})"},
    {"attention_falls_back", "warning", "training.attention", kLlama, R"({"hardware":{"gpu":"v100-sxm2-32gb"}})", "{}"},
    {"ddp_copies_gradients", "suggestion", "parallelism.zero_stage", kFull, R"({"parallelism":{"data_parallel_size":4},"hardware":{"gpus":4}})", R"({"parallelism":{"data_parallel_size":4,"zero_stage":2},"hardware":{"gpus":4}})"},
    {"bucket_larger_than_shard", "suggestion", "parallelism.zero_stage", kFull, R"({"training":{"framework":"deepspeed"},"parallelism":{"data_parallel_size":32,"zero_stage":2},"hardware":{"gpus":32}})", R"({"training":{"framework":"deepspeed"},"parallelism":{"data_parallel_size":4,"zero_stage":2},"hardware":{"gpus":4}})"},    {"reads_no_images", "warning", "inference.images", kServe, R"({"inference":{"images":1}})", "{}"},

    {"accumulate_instead", "suggestion", "training.micro_batch_size", kLlama, R"({"training":{"micro_batch_size":32,"sequence_length":8192}})", R"({"training":{"micro_batch_size":16,"sequence_length":8192}})"},
    {"rank_rarely_helps", "suggestion", "training.lora_rank", kLlama, R"({"training":{"lora_rank":128}})", R"({"training":{"lora_rank":64}})"},
    {"adamw_for_transformers", "suggestion", "training.optimizer", kFull, R"({"training":{"optimizer":"sgd"}})", "{}"},
    {"sgd_for_cnn", "suggestion", "training.optimizer", kCnn, R"({"training":{"optimizer":"adamw"}})", "{}"},
    {"freeze_vision_tower", "suggestion", "training.method", R"({"model":"llava-hf/llava-1.5-7b-hf","task":"finetuning"})", "{}", R"({"training":{"method":"freeze"}})"},
    {"balance_loss_small", "suggestion", "training.balance_loss_weight", kMoe, R"({"training":{"balance_loss_weight":0.001}})", "{}"},
    {"flash_attention_instead", "suggestion", "training.attention", kLlama, R"({"training":{"attention":"eager"}})", "{}"},
    {"bf16_instead_of_fp32", "suggestion", "inference.weight_dtype", kServe, R"({"inference":{"weight_dtype":"fp32"}})", "{}"},
    {"cheaper_card_has_room", "suggestion", "hardware.gpu", R"({"model":"meta-llama/Llama-3.2-1B","inference":{"context_length":1024},"hardware":{"gpu":"h100-sxm5-80gb"}})", "{}", R"({"model":"meta-llama/Llama-3.1-8B","hardware":{"gpu":"rtx-4090"}})"},
    {"fused_loss_instead", "suggestion", "training.loss", kLlama, R"({"training":{"micro_batch_size":16}})", R"({"training":{"micro_batch_size":16,"loss":"fused"}})"},
    {"paged_8bit_optimizer_instead", "suggestion", "training.optimizer", kFull, R"({"hardware":{"gpu":"rtx-4090"}})", R"({"hardware":{"gpu":"rtx-4090"},"training":{"optimizer":"paged_adamw_8bit"}})"},
};

class ValidationRule : public testing::TestWithParam<RuleRow> {};
INSTANTIATE_TEST_SUITE_P(Table, ValidationRule, testing::ValuesIn(kRows), [](const auto& row) { return std::string(row.param.code); });

json issues_of(const RuleRow& row, const char* patch, const char* language = "en") {
  json scenario = json::parse(row.base);
  scenario.merge_patch(json::parse(patch));
  scenario["language"] = language;
  return json::parse(vram::estimate_json(scenario.dump()))["issues"];
}
const json* find(const json& issues, const std::string& code) {
  for (const json& issue : issues) {
    if (issue["code"] == code) return &issue;
  }
  return nullptr;
}

TEST_P(ValidationRule, FiresWhereItShould) {
  const json issues = issues_of(GetParam(), GetParam().fires);
  const json* issue = find(issues, GetParam().code);
  ASSERT_NE(nullptr, issue) << issues.dump();
  EXPECT_EQ(GetParam().severity, (*issue)["severity"].get<std::string>());
  EXPECT_EQ(GetParam().field, (*issue)["field"].get<std::string>());
  const std::string message = (*issue)["message"];
  EXPECT_EQ(std::string::npos, message.find('{')) << message;
  const json chinese = issues_of(GetParam(), GetParam().fires, "zh");
  ASSERT_NE(nullptr, find(chinese, GetParam().code));
  EXPECT_NE(message, (*find(chinese, GetParam().code))["message"].get<std::string>());
}

TEST_P(ValidationRule, StaysSilentWhereItShould) {
  const json issues = issues_of(GetParam(), GetParam().silent);
  EXPECT_EQ(nullptr, find(issues, GetParam().code)) << issues.dump();
}

TEST(ValidationRules, TheTableAboveHoldsEveryRule) {
  std::set<std::string_view> tested;
  for (const RuleRow& row : kRows) EXPECT_TRUE(tested.insert(row.code).second) << row.code;
  for (const vram::Rule& rule : vram::validation_rules()) {
    EXPECT_TRUE(tested.contains(rule.code)) << rule.code;
    EXPECT_NE(nullptr, vram::find_message(rule.code)) << rule.code;
  }
  EXPECT_EQ(vram::validation_rules().size(), tested.size());
}

TEST(Messages, EveryTextIsThereInBothLanguagesWithTheSamePlaces) {
  std::set<std::string_view> codes;
  for (const auto rows : {vram::messages(), vram::advice_messages(), vram::documented_messages()}) {
    for (const vram::Message& message : rows) {
      EXPECT_TRUE(codes.insert(message.code).second) << message.code;
      EXPECT_GT(message.en.size(), 10U) << message.code;
      EXPECT_GT(message.zh.size(), 10U) << message.code;
    }
  }
  for (const RuleRow& row : kRows) EXPECT_TRUE(codes.contains(row.code)) << row.code;
  EXPECT_EQ(codes.size(), json::parse(vram::catalog_json("messages")).size());
}

TEST(Messages, AnUnknownLanguageIsAnIssue) {
  const json result = json::parse(vram::estimate_json(R"({"model":"meta-llama/Llama-3.1-8B","language":"fr"})"));
  EXPECT_EQ("language", result["issues"][0]["field"].get<std::string>());
}

}  // namespace
