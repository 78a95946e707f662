// Time: counted work against closed forms, relations that must hold, and the distinct-experts rule.
// SPDX-License-Identifier: MIT
#include "vram/speed.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "vram/advice.h"
#include "vram/json.h"
#include "vram/model_json.h"

namespace {

using nlohmann::json;

json speed(const char* text, const char* patch = "{}") {
  json scenario = json::parse(text);
  scenario.merge_patch(json::parse(patch));
  const json result = json::parse(vram::estimate_json(scenario.dump()));
  EXPECT_TRUE(result.contains("speed")) << result["issues"].dump();
  return result.contains("speed") ? result["speed"] : json::object();
}

constexpr const char* kServe = R"({"model":"meta-llama/Llama-3.1-8B","inference":{"engine":"vllm","context_length":2048,"prompt_length":1024},"hardware":{"gpu":"h100-sxm5-80gb"}})";
constexpr const char* kTrain = R"({"model":"meta-llama/Llama-3.1-8B","task":"pretraining","training":{"framework":"megatron","micro_batch_size":1,"sequence_length":4096,"activation_checkpointing":"none"},"hardware":{"gpu":"h100-sxm5-80gb"}})";

TEST(Speed, DistinctExpertsGrowFromKToE) {
  EXPECT_DOUBLE_EQ(8.0, vram::distinct_experts(256, 8, 1));
  EXPECT_DOUBLE_EQ(256 * (1 - (1 - 8.0 / 256) * (1 - 8.0 / 256)), vram::distinct_experts(256, 8, 2));
  EXPECT_NEAR(256.0, vram::distinct_experts(256, 8, 4096), 1e-9);
  double before = 0;
  for (double tokens = 1; tokens < 300; ++tokens) {
    const double now = vram::distinct_experts(128, 6, tokens);
    EXPECT_GT(now, before);
    EXPECT_LT(now, 128.0);
    before = now;
  }
}

TEST(Speed, TrainingWorkIsSixTimesTheMatricesAndTheAttention) {
  // 6 N tokens over the matrices, 6 L a d s tokens over causal attention (formulas, section 13).
  const double matrices = 8030261248.0 - 128256.0 * 4096.0 - 65 * 4096.0;
  const double expected = 4096.0 * (6.0 * matrices + 6.0 * 32 * 4096.0 * 4096.0);
  EXPECT_NEAR(1.0, speed(kTrain)["flops"].get<double>() / expected, 1e-6);
}

TEST(Speed, AdaptersSkipTheWeightGradients) {
  const double full = speed(kTrain)["flops"];
  const double lora = speed(kTrain, R"({"task":"finetuning","training":{"method":"lora"}})")["flops"];
  EXPECT_NEAR(2.0 / 3.0, lora / full, 0.03);  // attention has no weights and keeps its share
}

TEST(Speed, RecomputationCostsTimeButNoModelFlops) {
  const json none = speed(kTrain);
  const json full = speed(kTrain, R"({"training":{"activation_checkpointing":"full"}})");
  EXPECT_EQ(none["flops"], full["flops"]);
  EXPECT_GT(full["step_seconds"].get<double>(), 1.2 * none["step_seconds"].get<double>());
}

TEST(Speed, PartsMakeUpATrainingStep) {
  const json result = speed(kTrain, R"({"training":{"gradient_accumulation_steps":4},"parallelism":{"data_parallel_size":2,"pipeline_parallel_size":4,"tensor_parallel_size":2}})");
  double sum = 0;
  for (const json& part : result["parts"]) sum += part.get<double>();
  EXPECT_NEAR(result["step_seconds"].get<double>(), sum, 1e-9 * sum);
  EXPECT_GT(result["parts"]["bubble_seconds"].get<double>(), 0);
  EXPECT_GT(result["parts"]["communication_seconds"].get<double>(), 0);
}

TEST(Speed, MoreSequencesWriteMoreInAllAndEachOneSlower) {
  const json one = speed(kServe);
  const json many = speed(kServe, R"({"inference":{"batch_size":32}})");
  EXPECT_GT(many["tokens_per_second"].get<double>(), 5 * one["tokens_per_second"].get<double>());
  EXPECT_GT(many["step_seconds"].get<double>(), one["step_seconds"].get<double>());
  EXPECT_GT(many["time_to_first_token_seconds"].get<double>(), one["time_to_first_token_seconds"].get<double>());
}

TEST(Speed, ASmallerFormatAndAFasterMemoryWriteFaster) {
  const double plain = speed(kServe)["tokens_per_second"];
  EXPECT_GT(speed(kServe, R"({"inference":{"quantization":"awq"}})")["tokens_per_second"].get<double>(), plain);
  EXPECT_GT(speed(kServe, R"({"hardware":{"gpu":"h200-sxm-141gb"}})")["tokens_per_second"].get<double>(), plain);
  EXPECT_LT(speed(kServe, R"({"hardware":{"gpu":"rtx-4090"}})")["tokens_per_second"].get<double>(), plain);
}

TEST(Speed, AMixtureReadsOnlyTheExpertsItMeets) {
  constexpr const char* kMoe = R"({"model":"mistralai/Mixtral-8x7B-v0.1","inference":{"context_length":1024,"batch_size":1},"hardware":{"gpu":"h200-sxm-141gb"}})";
  const double one = speed(kMoe)["parts"]["traffic_seconds"];
  const double many = speed(kMoe, R"({"inference":{"batch_size":64}})")["parts"]["traffic_seconds"];
  EXPECT_GT(many, 2.5 * one);  // 2 of 8 experts against all of them
}

// Published: 1.89 tokens a second for Qwen3-30B-A3B in Transformers on an H20, whose 6144 experts have their turn every token.
TEST(Speed, EagerMixturesVisitEveryExpert) {
  const json moe = speed(R"({"model":"Qwen/Qwen3-30B-A3B","inference":{"engine":"transformers","context_length":2049,"prompt_length":1},"hardware":{"gpu":"h20-96gb"}})");
  EXPECT_NEAR(1.89, moe["tokens_per_second"].get<double>(), 0.4);
}

// Published for Qwen2.5-14B on an A100: 24.7 tokens a second after one token, 8.2 after 30 720, whose cache eager code moves 17 times.
TEST(Speed, EagerCachesAreMovedAndTheirHeadsRepeated) {
  const auto rate = [](const char* patch) {
    return speed(R"({"model":"Qwen/Qwen2.5-14B","inference":{"engine":"transformers","context_length":2049,"prompt_length":1},"hardware":{"gpu":"a100-sxm4-80gb"}})", patch)["tokens_per_second"].get<double>();
  };
  const double ratio = rate(R"({"inference":{"context_length":32768,"prompt_length":30720}})") / rate("{}");
  EXPECT_GT(ratio, 0.25);
  EXPECT_LT(ratio, 0.5);
}

constexpr const char* kLlamaCpp = R"({"model":"meta-llama/Llama-3.1-8B","inference":{"engine":"llama_cpp","quantization":"q4_k_m","context_length":2048,"prompt_length":1024},"hardware":{"gpu":"rtx-4090"}})";

double first_token(const char* patch) { return speed(kLlamaCpp, patch)["time_to_first_token_seconds"].get<double>(); }

// Published llama-bench runs of an 8B model on integer kernels: 3807 tokens a second on a 3080 (build 3622, Q4_K_M, no flash
// attention) and 12 854 on a 5090 (Q4_0, 1024 tokens after 1024 others).
TEST(Speed, PromptsRunOnIntegers) {
  const json card = speed(kLlamaCpp, R"({"inference":{"engine_version":"3622","flash_attention":false,"context_length":512,"prompt_length":512},"hardware":{"gpu":"rtx-3080-10gb"}})");
  EXPECT_NEAR(1.0, card["prefill_tokens_per_second"].get<double>() / 3807, 0.1);
  const double whole = first_token(R"({"inference":{"quantization":"q4_0","context_length":2048,"prompt_length":2048},"hardware":{"gpu":"rtx-5090"}})");
  const double half = first_token(R"({"inference":{"quantization":"q4_0","context_length":1024,"prompt_length":1024},"hardware":{"gpu":"rtx-5090"}})");
  EXPECT_NEAR(1.0, 1024 / (whole - half) / 12854, 0.1);
}

// Published for a 4090 in May 2024, 512 tokens: 9382 a second in F16 and 7139 in Q4_K_M, which was unpacked for every micro-batch.
TEST(Speed, OldBuildsUnpackForEveryMicroBatch) {
  const double packed = first_token(R"({"inference":{"engine_version":"2900","flash_attention":false,"context_length":512,"prompt_length":512}})");
  const double wide = first_token(R"({"inference":{"engine_version":"2900","flash_attention":false,"context_length":512,"prompt_length":512,"quantization":"none"}})");
  EXPECT_NEAR(9382.0 / 7139.0, packed / wide, 0.15);
  EXPECT_GT(first_token(R"({"inference":{"engine_version":"2900","n_ubatch":128}})"), 1.5 * first_token(R"({"inference":{"engine_version":"2900"}})"));
}

TEST(Speed, ScoresCostTimeWithoutFlashAttention) {
  constexpr const char* kShort = R"({"inference":{"context_length":512,"prompt_length":512,"flash_attention":false}})";
  constexpr const char* kLong = R"({"inference":{"context_length":8192,"prompt_length":8192,"flash_attention":false}})";
  EXPECT_LT(first_token(R"({"inference":{"context_length":8192,"prompt_length":8192}})"), 0.8 * first_token(kLong));
  EXPECT_GT(first_token(kLong), 20 * first_token(kShort));  // 16 times the tokens
}

// Published for four 4090 and an 8B model in F16: 8751 tokens a second for one micro-batch, 15 144 for eight.
TEST(Speed, CardsWorkOnSeveralMicroBatches) {
  constexpr const char* kFour = R"({"inference":{"engine_version":"2900","flash_attention":false,"quantization":"none","context_length":4096,"prompt_length":4096},"parallelism":{"pipeline_parallel_size":4},"hardware":{"gpus":4}})";
  constexpr const char* kOne = R"({"inference":{"engine_version":"2900","flash_attention":false,"quantization":"none","context_length":4096,"prompt_length":4096}})";
  EXPECT_NEAR(8.0 / (7.0 / 4.0 + 1.0), first_token(kOne) / first_token(kFour), 1e-9);
}

TEST(Speed, LayersOnTheHostAreSlow) {
  double before = 0;
  for (const char* layers : {"-1", "30", "16", "0"}) {
    const json run = speed(kLlamaCpp, (R"({"inference":{"gpu_layers":)" + std::string(layers) + "}}").c_str());
    EXPECT_GT(run["step_seconds"].get<double>(), before) << layers;
    before = run["step_seconds"];
  }
  EXPECT_GT(before, 4.5e9 / 70e9);  // all weights through two channels of memory
  EXPECT_GT(first_token(R"({"inference":{"gpu_layers":0}})"), 1.3 * first_token("{}"));  // fetched over PCIe for each micro-batch
}

TEST(Speed, ExpertsOnTheHostAreReadAsTheyAreAskedFor) {
  constexpr const char* kMoe = R"({"model":"mistralai/Mixtral-8x7B-v0.1","inference":{"engine":"llama_cpp","quantization":"q4_k_m","context_length":1024,"cpu_experts":32},"hardware":{"gpu":"rtx-4090"}})";
  const double host_bytes = 26e9;  // of 28 GB
  const double step = speed(kMoe)["parts"]["traffic_seconds"];
  EXPECT_GT(step, 0.8 * host_bytes * 2 / 8 / 60e9);
  EXPECT_LT(step, 0.4 * host_bytes / 60e9);
}

TEST(Speed, OnlyTheLastPositionOfAPromptMeetsTheHead) {
  // Gemma's head is 256 000 entries wide; FastChat writes the logits of every position.
  constexpr const char* kGemma = R"({"model":"google/gemma-2-2b","inference":{"engine":"transformers","context_length":2048,"prompt_length":2048},"hardware":{"gpu":"a100-sxm4-80gb"}})";
  const double last = speed(kGemma)["time_to_first_token_seconds"];
  const double every = speed(kGemma, R"({"inference":{"engine":"fastchat"}})")["time_to_first_token_seconds"];
  EXPECT_GT(every, 1.1 * last);
}

// Published for vLLM 0.4.2 on an A100 and Qwen2-0.5B: 104 tokens a second beyond the contexts it captures, 223 before.
TEST(Speed, WithoutGraphsTheHostSetsThePace) {
  constexpr const char* kSmall = R"({"model":"Qwen/Qwen2.5-0.5B","inference":{"engine":"vllm","context_length":16384,"prompt_length":14336},"hardware":{"gpu":"a100-sxm4-80gb"}})";
  const json eager = speed(kSmall, R"({"inference":{"enforce_eager":true}})");
  EXPECT_NEAR(104.0, eager["tokens_per_second"].get<double>(), 15);
  EXPECT_GT(speed(kSmall)["tokens_per_second"].get<double>(), 1.7 * eager["tokens_per_second"].get<double>());
  // A wide model keeps the card busy longer than its host needs.
  constexpr const char* kWide = R"({"model":"meta-llama/Llama-3.1-70B","inference":{"engine":"vllm","quantization":"fp8","context_length":2048,"prompt_length":1024},"hardware":{"gpu":"h200-sxm-141gb"}})";
  EXPECT_LT(speed(kWide, R"({"inference":{"enforce_eager":true}})")["step_seconds"].get<double>(), 1.3 * speed(kWide)["step_seconds"].get<double>());
}

TEST(Speed, ASharedPrefixIsReadOnce) {
  const auto first = [](const char* patch) { return speed(kServe, patch)["time_to_first_token_seconds"].get<double>(); };
  EXPECT_EQ(first("{}"), first(R"({"inference":{"shared_prefix_length":512}})"));  // one sequence has nobody to share with
  const double apart = first(R"({"inference":{"batch_size":32}})");
  const double shared = first(R"({"inference":{"batch_size":32,"shared_prefix_length":512}})");
  EXPECT_NEAR((512.0 + 32 * 512.0) / (32 * 1024.0), shared / apart, 0.05);
}

TEST(Speed, BeamsAreWrittenSideBySide) {
  const json one = speed(kServe, R"({"inference":{"batch_size":8}})");
  const json four = speed(kServe, R"({"inference":{"batch_size":8,"beams":4}})");
  EXPECT_NEAR(4.0, four["flops"].get<double>() / one["flops"].get<double>(), 0.1);
  EXPECT_LT(four["tokens_per_second"].get<double>(), one["tokens_per_second"].get<double>());
}

TEST(Speed, ClippingReadsAndScalesTheGradients) {
  const auto traffic = [](const char* patch) { return speed(kTrain, patch)["parts"]["traffic_seconds"].get<double>(); };
  const double gradients = 8030261248.0 * 4;  // Megatron's stay in fp32
  EXPECT_NEAR(3 * gradients / (0.8 * 3.35e12), traffic("{}") - traffic(R"({"training":{"max_grad_norm":0}})"), 1e-4);
}

TEST(Speed, WhatIsNotOverlappedWaits) {
  constexpr const char* kSharded = R"({"parallelism":{"zero_stage":3,"data_parallel_size":8},"hardware":{"gpus":8}})";
  constexpr const char* kInTurn = R"({"parallelism":{"zero_stage":3,"data_parallel_size":8,"overlap_communication":false},"hardware":{"gpus":8}})";
  const json overlapped = speed(kTrain, kSharded), waiting = speed(kTrain, kInTurn);
  EXPECT_EQ(overlapped["parts"]["compute_seconds"], waiting["parts"]["compute_seconds"]);
  EXPECT_GT(waiting["parts"]["communication_seconds"].get<double>(), overlapped["parts"]["communication_seconds"].get<double>() + 0.01);
}

TEST(Cost, APriceOfOnesOwnTakesThePlaceOfTheCatalogs) {
  json scenario = json::parse(kServe);
  const json listed = json::parse(vram::estimate_json(scenario.dump()))["cost"];
  scenario["hardware"]["usd_per_gpu_hour"] = 0.5;
  const json own = json::parse(vram::estimate_json(scenario.dump()))["cost"];
  EXPECT_EQ(0.5, own["usd_per_hour"].get<double>());
  EXPECT_EQ("own", own["as_of"].get<std::string>());
  EXPECT_NEAR(listed["usd_per_million_tokens"].get<double>() * 0.5 / listed["usd_per_hour"].get<double>(), own["usd_per_million_tokens"].get<double>(), 1e-9);
  EXPECT_GT(own["buy"]["break_even_hours"].get<double>(), listed["buy"]["break_even_hours"].get<double>());
  // It is the price of that card: another one keeps its own.
  scenario["hardware"]["usd_per_gpu_hour"] = 50;
  const json advice = json::parse(vram::advise_json(json{{"scenario", scenario}}.dump()));
  for (const json& row : advice["suggestions"]) {
    if (row["code"] != "cheaper_card") continue;
    EXPECT_EQ(0, row["changes"]["hardware"]["usd_per_gpu_hour"].get<double>());
  }
  EXPECT_NE(std::string::npos, advice.dump().find("cheaper_card"));
}

TEST(Speed, AttentionDoesNotGainFromNarrowProducts) {
  const auto gain = [](const char* length) {
    const std::string patch = R"({"training":{"framework":"torchtitan","sequence_length":)" + std::string(length) + "}}";
    const double wide = speed(kTrain, patch.c_str())["step_seconds"];
    json narrow = json::parse(patch);
    narrow["training"]["mixed_precision"] = "fp8";
    return wide / speed(kTrain, narrow.dump().c_str())["step_seconds"].get<double>();
  };
  EXPECT_GT(gain("4096"), 1.15);
  EXPECT_LT(gain("131072"), 1.1);
}

TEST(Speed, ARingLeavesANodeOnceANode) {
  const auto waits = [](const char* ranks) {
    return speed(kTrain, (R"({"training":{"sequence_length":128},"parallelism":{"zero_stage":3,"data_parallel_size":)" + std::string(ranks) + "}}").c_str())["parts"]["communication_seconds"].get<double>();
  };
  EXPECT_GT(waits("16"), waits("8"));
  EXPECT_LT(waits("16"), 2 * waits("8"));
}

TEST(Speed, GptqIsUnpackedByElements) {
  const auto traffic = [](const char* format) {
    const std::string patch = R"({"task":"finetuning","training":{"framework":"transformers","method":"qlora","sequence_length":256,"quantization":")" + std::string(format) + "\"}}";
    return speed(kTrain, patch.c_str())["parts"]["traffic_seconds"].get<double>();
  };
  EXPECT_GT(traffic("gptq"), 3 * traffic("nf4"));
}

TEST(Speed, ARunHasALengthAndAnEnergy) {
  const json run = speed(kTrain, R"({"training":{"epochs":3,"dataset_tokens":1e8}})");
  EXPECT_EQ(3e8, run["run_tokens"].get<double>());
  EXPECT_NEAR(3e8 / run["tokens_per_second"].get<double>(), run["run_seconds"].get<double>(), 1e-6 * run["run_seconds"].get<double>());
  EXPECT_NEAR(run["watts"].get<double>() * run["run_seconds"].get<double>() / 3.6e6, run["run_kwh"].get<double>(), 1e-9);
}

TEST(Speed, ConvolutionsCountImages) {
  const json cnn = speed(R"({"model":"torchvision/resnet50","task":"finetuning","training":{"framework":"torchvision","micro_batch_size":64},"hardware":{"gpu":"rtx-4090"}})");
  EXPECT_EQ("samples", cnn["unit"].get<std::string>());
  EXPECT_NEAR(64.0, cnn["tokens_per_second"].get<double>() * cnn["step_seconds"].get<double>(), 1e-9);
  EXPECT_NEAR(3 * 2 * 4.09e9 * 64, cnn["flops"].get<double>(), 0.03 * 3 * 2 * 4.09e9 * 64);  // 4.09 G multiply-adds an image
}

TEST(Speed, BandsHoldTheExpectedValue) {
  for (const char* base : {kServe, kTrain}) {
    const json result = speed(base);
    EXPECT_LT(result["low"].get<double>(), result["tokens_per_second"].get<double>());
    EXPECT_GT(result["high"].get<double>(), result["tokens_per_second"].get<double>());
    EXPECT_LT(result["mfu"].get<double>(), 1.0);
  }
}

TEST(Speed, ATowerWorksInThePrefillAndNotForEveryToken) {
  constexpr const char* kVision = R"({"model":"Qwen/Qwen2.5-VL-7B-Instruct","inference":{"context_length":8192},"hardware":{"gpu":"rtx-4090"}})";
  const json plain = speed(kVision);
  const json pictures = speed(kVision, R"({"inference":{"images":8}})");
  EXPECT_EQ(plain["flops"], pictures["flops"]);  // of one decoded token
  EXPECT_LT(plain["time_to_first_token_seconds"], pictures["time_to_first_token_seconds"]);
  // 7.07 10^9 matrix parameters of the language model without its embedding, twice each, and the attention.
  EXPECT_NEAR(2 * 7.07e9, plain["flops"].get<double>(), 0.3 * 2 * 7.07e9);
}

TEST(Speed, ServedConvolutionsCountImages) {
  const json served = speed(R"({"model":"torchvision/resnet50","inference":{"engine":"transformers"},"hardware":{"gpu":"rtx-4090"}})");
  EXPECT_EQ("samples", served["unit"]);
  EXPECT_NEAR(2 * 4.09e9, served["flops"].get<double>(), 0.01 * 2 * 4.09e9);  // torchvision: 4.09 GMACs
}

}  // namespace
