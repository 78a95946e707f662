// Engine profiles, KV pools, caches and compute buffers against published figures and against one another.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "vram/engine_profile.h"
#include "vram/json.h"

namespace {

using nlohmann::json;
using vram::Engine;
using vram::EngineVersion;

constexpr double kGib = 1073741824.0;
constexpr double kMib = 1048576.0;

json estimate(const std::string& model, json inference, json hardware = json::object(), json parallelism = json::object()) {
  const json request = {{"model", model}, {"inference", std::move(inference)}, {"hardware", std::move(hardware)}, {"parallelism", std::move(parallelism)}};
  return json::parse(vram::estimate_json(request.dump()));
}

double term(const json& result, const std::string& id) {
  for (const json& row : result["memory"]["terms"]) {
    if (row["id"] == id) return row["bytes"].get<double>();
  }
  return 0;
}

bool has_issue(const json& result, const std::string& code) {
  for (const json& issue : result["issues"]) {
    if (issue["code"] == code) return true;
  }
  return false;
}

TEST(EngineVersionText, ReadsWhatEnginesPrint) {
  EXPECT_EQ((EngineVersion{true, 0, 8, 3}), vram::engine_version_by_name("0.8.3"));
  EXPECT_EQ((EngineVersion{true, 0, 11, 0}), vram::engine_version_by_name("v0.11.0rc2"));
  EXPECT_EQ((EngineVersion{true, 4310, 0, 0}), vram::engine_version_by_name("b4310"));
  EXPECT_EQ((EngineVersion{true, 0, 6, 4}), vram::engine_version_by_name("0.6.4.post1"));
  EXPECT_EQ(EngineVersion{}, vram::engine_version_by_name(""));
  for (const char* bad : {"main", "1..2", "0.8 rc", "-1", "0.8.3!"}) EXPECT_FALSE(vram::engine_version_by_name(bad).has_value()) << bad;
}

TEST(EngineProfiles, TheRowOfAReleaseIsTheLastOneNotNewer) {
  EXPECT_TRUE(vram::profile_of(Engine::vllm, {true, 0, 6, 5}).batched_tokens_follow_length);
  EXPECT_FALSE(vram::profile_of(Engine::vllm, {true, 0, 20, 2}).pool.counts_graphs);
  EXPECT_TRUE(vram::profile_of(Engine::vllm, {true, 0, 21, 0}).pool.counts_graphs);
  EXPECT_EQ(&vram::newest_profile_of(Engine::vllm), &vram::profile_of(Engine::vllm, {}));
}

TEST(EngineProfiles, EveryRowHasASourceADateAndGrowingVersions) {
  const vram::EngineProfile* before = nullptr;
  for (const vram::EngineProfile& row : vram::engine_profiles()) {
    EXPECT_FALSE(row.source.empty()) << row.title;
    EXPECT_EQ(7U, row.released.size()) << row.title;
    if (before != nullptr && before->engine == row.engine) {
      EXPECT_TRUE(row.since.at_least(before->since)) << row.title;
    }
    before = &row;
  }
  for (int engine = 0; engine <= static_cast<int>(Engine::fastchat); ++engine) {
    EXPECT_EQ(static_cast<Engine>(engine), vram::newest_profile_of(static_cast<Engine>(engine)).engine);
  }
}

TEST(Serving, AnOldReleaseIsToldWhatAnUpgradeChanges) {
  const json old = estimate("Qwen/Qwen3-0.6B", {{"engine_version", "0.11.0"}});
  ASSERT_TRUE(has_issue(old, "engine_upgrade_changes_memory"));
  EXPECT_FALSE(has_issue(estimate("Qwen/Qwen3-0.6B", json::object()), "engine_upgrade_changes_memory"));
  EXPECT_TRUE(has_issue(estimate("Qwen/Qwen3-0.6B", {{"engine_version", "main"}}), "unknown_version"));
}

// llm-d's H100 table of vLLM 0.11: weights 1.12, activations 5.56, pool 64.45 GiB.
TEST(Serving, PoolOfQwen3OnAnH100IsThatOfItsLog) {
  const json result = estimate("Qwen/Qwen3-0.6B", {{"engine_version", "0.11.0"}, {"context_length", 16000}, {"gpu_memory_utilization", 0.9}},
                               {{"gpu", "h100-sxm5-80gb"}, {"memory_gib", 79.18}});
  const json& figures = result["memory"]["inference"];
  EXPECT_NEAR(64.45, figures["kv_pool_bytes"].get<double>() / kGib, 0.02);
  EXPECT_NEAR(5.56, figures["activation_peak_bytes"].get<double>() / kGib, 0.02);
  EXPECT_NEAR(1.12, term(result, "weights") / kGib, 0.005);
  EXPECT_EQ(114688, figures["kv_bytes_per_token"].get<double>());
}

TEST(Serving, TheEchoShowsTheDefaultsOfTheEngine) {
  const json large = estimate("Qwen/Qwen3-0.6B", {{"engine_version", "0.11.0"}}, {{"gpu", "h100-sxm5-80gb"}})["scenario"]["inference"];
  EXPECT_EQ(1024, large["max_num_seqs"]);
  EXPECT_EQ(8192, large["max_num_batched_tokens"]);
  const json small = estimate("Qwen/Qwen3-0.6B", json::object(), {{"gpu", "rtx-4090"}})["scenario"]["inference"];
  EXPECT_EQ(256, small["max_num_seqs"]);
  EXPECT_EQ(0.92, small["gpu_memory_utilization"]);
}

TEST(Serving, ReservingThePoolShowsWhatTheDeviceShowsAndKeepsTheVerdict) {
  const json hardware = {{"gpu", "h100-sxm5-80gb"}};
  const json plain = estimate("meta-llama/Llama-3.1-8B", json::object(), hardware)["memory"];
  const json reserved = estimate("meta-llama/Llama-3.1-8B", {{"reserve_kv_cache", true}}, hardware)["memory"];
  EXPECT_EQ(plain["total_bytes"], plain["needed_bytes"]);
  EXPECT_NEAR(plain["needed_bytes"].get<double>(), reserved["needed_bytes"].get<double>(), 8.0);
  EXPECT_GT(reserved["total_bytes"].get<double>(), 70 * kGib);
  EXPECT_EQ(true, plain["fits"]);
  EXPECT_EQ(true, reserved["fits"]);
}

TEST(Serving, APoolThatHoldsTooFewTokensDoesNotFit) {
  const json result = estimate("meta-llama/Llama-3.1-8B", {{"context_length", 100000}, {"gpu_memory_utilization", 0.8}}, {{"gpu", "rtx-4090"}});
  EXPECT_EQ(false, result["memory"]["fits"]);
  EXPECT_TRUE(has_issue(result, "kv_pool_too_small"));
}

TEST(Serving, MaximumContextIsTheLargestThatThePoolHolds) {
  const json hardware = {{"gpu", "rtx-4090"}};
  const auto fits = [&](double length) {
    return estimate("meta-llama/Llama-3.1-8B", {{"context_length", length}}, hardware)["memory"]["fits"].get<bool>();
  };
  const double most = estimate("meta-llama/Llama-3.1-8B", json::object(), hardware)["memory"]["inference"]["max_context_length"].get<double>();
  ASSERT_GT(most, 1024);
  ASSERT_LT(most, 131072);
  EXPECT_TRUE(fits(most));
  EXPECT_FALSE(fits(most + 16));
}

// Qwen3-0.6B as the draft of Qwen3-8B: 1.19 GB of weights, 28 layers of 2 × 8 × 128 cached elements.
TEST(Serving, ADraftModelByItsIdBringsItsOwnWeightsAndCache) {
  const json plain = estimate("Qwen/Qwen3-8B", {{"context_length", 4096}});
  const json drafted = estimate("Qwen/Qwen3-8B", {{"context_length", 4096}, {"speculative_tokens", 4}, {"draft_model", "Qwen/Qwen3-0.6B"}});
  const double parameters = estimate("Qwen/Qwen3-0.6B", json::object())["model"]["parameters"].get<double>();
  EXPECT_NEAR(2 * parameters, term(drafted, "weights") - term(plain, "weights"), 2.0);
  EXPECT_EQ(4096.0 * 28 * 2 * 8 * 128 * 2, term(drafted, "kv_cache") - term(plain, "kv_cache"));
  EXPECT_TRUE(has_issue(estimate("Qwen/Qwen3-8B", {{"draft_model", "Qwen/Qwen-no-such"}}), "unknown_model"));
}

struct WeightRow {
  const char* name;
  const char* model;
  const char* inference;
  const char* hardware;
  std::int64_t tensor;
  double measured;   ///< GiB on one device, from the engine's own log
  double tolerance;  ///< share of it
};
class LoggedWeights : public testing::TestWithParam<WeightRow> {};
TEST_P(LoggedWeights, AreMet) {
  const WeightRow& row = GetParam();
  const json result = estimate(row.model, json::parse(row.inference), json::parse(row.hardware), {{"tensor_parallel_size", row.tensor}});
  EXPECT_NEAR(row.measured, term(result, "weights") / kGib, row.tolerance * row.measured);
}
INSTANTIATE_TEST_SUITE_P(
    Engines, LoggedWeights,
    testing::Values(
        // MXFP4 experts: as they are before 0.11, padded for Triton on Hopper and for Marlin on Ampere since.
        WeightRow{"as_stored", "openai/gpt-oss-20b", R"({"engine_version": "0.10.1", "quantization": "mxfp4"})", R"({"gpu": "rtx-3090"})", 1, 12.8848, 0.005},
        WeightRow{"hopper", "openai/gpt-oss-20b", R"({"engine_version": "0.11.0", "quantization": "mxfp4"})", R"({"gpu": "h100-sxm5-80gb"})", 1, 13.47, 0.005},
        WeightRow{"ampere", "openai/gpt-oss-20b", R"({"engine_version": "0.19.0", "quantization": "mxfp4"})", R"({"gpu": "a100-sxm4-80gb"})", 1, 13.72, 0.005},
        // GGUF: experts MXFP4, the rest Q8_0; Metal maps the token table too. Towers are files of their own.
        WeightRow{"metal", "openai/gpt-oss-20b", R"({"engine": "llama_cpp", "quantization": "mxfp4"})", R"({"gpu": "m5"})", 1, 11536.18 / 1024, 0.005},
        WeightRow{"tied_and_tower", "Qwen/Qwen3.5-0.8B", R"({"engine": "llama_cpp", "quantization": "q8_0"})", "{}", 1, 763.78 / 1024, 0.005},
        WeightRow{"linear_attention", "Qwen/Qwen3.6-27B", R"({"engine": "llama_cpp", "quantization": "q5_k_m"})", "{}", 1, 17761.91 / 1024, 0.007},
        // Latent attention: matrices absorbed into their neighbours (V0), copies of the up-projection (V1).
        WeightRow{"absorbed", "deepseek-ai/DeepSeek-V2-Lite", R"({"engine_version": "0.7.2"})", "{}", 8, 3.97, 0.01},
        WeightRow{"copies", "deepseek-ai/DeepSeek-V3", R"({"engine_version": "0.11.0", "quantization": "fp8_block"})", "{}", 8, 79.74, 0.005},
        // NVFP4 recipes leave linear attention in 16 bit, and the layer that drafts.
        WeightRow{"nvfp4_hybrid", "Qwen/Qwen3.6-27B", R"({"engine_version": "0.20.2", "quantization": "nvfp4", "speculative_tokens": 3, "draft_parameters_b": 0.425})", "{}", 4, 6.89, 0.025},
        // Rests of 1 MiB that PyTorch's allocator does not split off: 26 gate-and-up matrices of 81 MiB, a table of 1125.
        WeightRow{"unsplit_rests", "google/gemma-2-2b", R"({"engine_version": "0.5.5", "weight_dtype": "fp16"})", "{}", 1, 4.8999, 0.00002},
        // Tables of sines: eight times the positions and a second base; four times for positions in three dimensions.
        WeightRow{"scaled_table", "google/gemma-3-27b-pt", R"({"engine_version": "0.8.2"})", "{}", 4, 13.1665, 0.003},
        WeightRow{"table_of_sections", "Qwen/Qwen2.5-VL-72B-Instruct", R"({"engine_version": "0.8.3"})", "{}", 4, 34.434, 0.0005}),
    [](const testing::TestParamInfo<WeightRow>& row) { return std::string(row.param.name); });

TEST(Serving, LlamaCppLoadsATowerOnlyForImages) {
  const json without = estimate("Qwen/Qwen3.5-9B", {{"engine", "llama_cpp"}, {"quantization", "q4_k_m"}});
  const json with = estimate("Qwen/Qwen3.5-9B", {{"engine", "llama_cpp"}, {"quantization", "q4_k_m"}, {"images", 1}});
  EXPECT_NEAR(870.0 * kMib, term(with, "weights") - term(without, "weights"), 60.0 * kMib);
}

double activation_peak(const std::string& model, json inference) { return estimate(model, std::move(inference))["memory"]["inference"]["activation_peak_bytes"].get<double>() / kGib; }

// A log of 0.10.2: five images of 5 × 577 patches and 2880 tokens in a batch of 16 384.
TEST(Serving, TheProfilingRunEncodesWhatTheBatchHolds) {
  EXPECT_NEAR(1.97, activation_peak("llava-hf/llava-v1.6-mistral-7b-hf", {{"engine_version", "0.10.2"}, {"context_length", 4096}, {"max_num_batched_tokens", 16384}}), 0.05);
}

// One image of 65 536 patches whatever the length; a video of 14 frames when the context holds them.
TEST(Serving, AVideoAsLongAsTheContextIsEncodedOnce) {
  const auto peak = [](std::int64_t context) { return activation_peak("Qwen/Qwen2.5-VL-7B-Instruct", {{"engine_version", "0.11.0"}, {"context_length", context}, {"max_num_batched_tokens", 8192}, {"max_num_seqs", 16}}); };
  EXPECT_EQ(peak(8192), peak(16384));
  EXPECT_GT(peak(32768), 1.7 * peak(16384));
  EXPECT_EQ(peak(114688), peak(128000));
}

// Logs of V0: the prompt holds an image and a video of 16 384 tokens each whatever the length, their pixels stay in fp32.
TEST(Serving, V0RunsAllImageTokensThroughTheLanguageModel) {
  EXPECT_NEAR(4.92, activation_peak("Qwen/Qwen2.5-VL-7B-Instruct", {{"engine_version", "0.7.2"}, {"quantization", "awq"}, {"context_length", 4096}}), 0.005);
  // One image of 13 crops in a batch of 2048 tokens: 3328 tokens of 8 h + 6 f bytes, and its pixels.
  const double crops = activation_peak("OpenGVLab/InternVL3-8B", {{"engine_version", "0.7.2"}, {"context_length", 2048}, {"max_num_batched_tokens", 2048}});
  EXPECT_NEAR((3328.0 * (8 * 3584 + 6 * 18944) + 13.0 * 1025 * 588 * 4) / kGib, crops, 0.001);
}

// A log of V0 on eight ranks: 2.20 GiB for 32 768 tokens of 10 h + 6 f / 8 bytes, the sum over ranks beside each one's part.
TEST(Serving, V0SumsOverRanksIntoATensorOfItsOwn) {
  const json result = estimate("Qwen/Qwen2.5-32B", {{"engine_version", "0.7.2"}, {"context_length", 32768}}, json::object(), {{"tensor_parallel_size", 8}});
  EXPECT_EQ(32768.0 * (10 * 5120 + 6 * 27648 / 8), result["memory"]["inference"]["activation_peak_bytes"].get<double>());
}

// Eight images of 256 tokens, each kept in 2048 rows of 2560 between 0.11 and 0.12.
TEST(Serving, EncoderOutputsWereOnceAsLongAsTheirBudget) {
  const auto bytes = [](const char* version) { return kGib * activation_peak("google/gemma-3-4b-pt", {{"engine_version", version}}); };
  EXPECT_NEAR(8.0 * (2048 - 256) * 2560 * 2, bytes("0.11.0") - bytes("0.13.0"), 1.0);
}

struct TokenRow {
  const char* name;
  const char* model;
  const char* inference;
  std::int64_t tensor;
  double pool;    ///< GiB for the cache, as printed
  double tokens;  ///< printed
};
class HybridTokens : public testing::TestWithParam<TokenRow> {};
/// The printed tokens of a pool whose layers are of several kinds; the pool is rounded to 0.01 GiB, so to a few blocks.
TEST_P(HybridTokens, AreThoseOfTheLog) {
  const TokenRow& row = GetParam();
  const json result = estimate(row.model, json::parse(row.inference), json::object(), {{"tensor_parallel_size", row.tensor}});
  EXPECT_NEAR(row.pool * kGib / row.tokens, result["memory"]["inference"]["kv_bytes_per_token"].get<double>(), 0.006 * row.pool * kGib / row.tokens);
}
INSTANTIATE_TEST_SUITE_P(
    Engines, HybridTokens,
    testing::Values(
        // Six windowed groups and a full one of ten layers each: 89 994 blocks, a seventh of them times 16 tokens.
        TokenRow{"windows", "google/gemma-3-27b-pt", R"({"engine_version": "0.11.0", "context_length": 4096})", 1, 109.86, 205696},
        // Blocks of 544 tokens, so that a state of 1 085 440 B fits a page; three groups of linear layers beside the full one.
        // A layer that drafts and three tokens: blocks of 1600 tokens, 138 a request of 196 608.
        TokenRow{"drafted", "Qwen/Qwen3.6-27B", R"({"engine_version": "0.20.2", "context_length": 196608, "quantization": "nvfp4", "kv_cache_dtype": "fp8", "speculative_tokens": 3, "draft_parameters_b": 0.425})", 2, 6.35, 347625},
        TokenRow{"states", "Qwen/Qwen3.5-2B", R"({"engine_version": "0.17.0", "context_length": 262144})", 1, 5.95, 129472}),
    [](const testing::TestParamInfo<TokenRow>& row) { return std::string(row.param.name); });

double request_bytes(const std::string& model, json inference) { return estimate(model, std::move(inference))["memory"]["inference"]["kv_request_bytes"].get<double>(); }

TEST(Hybrids, APageHoldsAStateInFp32) {
  EXPECT_EQ((482.0 + 3) * 6 * 544 * 2048, request_bytes("Qwen/Qwen3.5-2B", {{"engine_version", "0.17.0"}, {"context_length", 262144}}));
}

// Gemma 4 E2B: three full layers of 2 kB a token and twelve windowed ones of 1 kB, whose blocks hold 32 tokens instead of 16.
TEST(Hybrids, SmallerTokensShareAPageInLargerBlocks) {
  EXPECT_EQ((2048.0 + 4 * 81) * 3 * 32768, request_bytes("google/gemma-4-E2B-it", {{"engine_version", "0.20.2"}, {"context_length", 32768}}));
}

struct CacheRow {
  const char* dtype;
  double bytes;
};
class CacheFormat : public testing::TestWithParam<CacheRow> {};
TEST_P(CacheFormat, ScalesTheCacheExactly) {
  const json result = estimate("meta-llama/Llama-3.1-8B", {{"engine", "llama_cpp"}, {"kv_cache_dtype", GetParam().dtype}, {"context_length", 8192}});
  EXPECT_EQ(65536.0 * 8192 * GetParam().bytes, term(result, "kv_cache"));
}
INSTANTIATE_TEST_SUITE_P(Formats, CacheFormat, testing::Values(CacheRow{"fp16", 2}, CacheRow{"fp8", 1}, CacheRow{"q8_0", 1.0625}, CacheRow{"q4_0", 0.5625}, CacheRow{"nvfp4", 0.5625}));

TEST(Serving, KeysAndValuesMayDiffer) {
  const json result = estimate("meta-llama/Llama-3.1-8B", {{"engine", "llama_cpp"}, {"kv_cache_dtype", "iq4_nl"}, {"kv_cache_dtype_v", "fp16"}, {"context_length", 1024}});
  EXPECT_EQ(82 * kMib, term(result, "kv_cache"));
}

TEST(Serving, HeadsAreCopiedBeyondTheirNumber) {
  const auto kv = [](int tensor) {
    return term(estimate("meta-llama/Llama-3.1-8B", json::object(), {{"gpus", tensor}}, {{"tensor_parallel_size", tensor}}), "kv_cache");
  };
  EXPECT_EQ(kv(1), 8 * kv(8));
  EXPECT_EQ(kv(8), kv(16));
}

TEST(Serving, ASharedPrefixIsKeptOnce) {
  const auto kv = [](int prefix) { return term(estimate("meta-llama/Llama-3.1-8B", {{"batch_size", 4}, {"context_length", 4096}, {"shared_prefix_length", prefix}}), "kv_cache"); };
  EXPECT_EQ(4 * 4096 * 131072.0, kv(0));
  EXPECT_EQ((1024 + 4 * 3072) * 131072.0, kv(1024));
}

TEST(Serving, BeamsShareThePrompt) {
  const json result = estimate("meta-llama/Llama-3.1-8B", {{"beams", 4}, {"prompt_length", 1024}, {"context_length", 2048}});
  EXPECT_EQ((1024 + 4 * 1024) * 131072.0, term(result, "kv_cache"));
}

TEST(Serving, ADraftModelAddsItsWeightsAndCache) {
  const json without = estimate("meta-llama/Llama-3.1-8B", {{"context_length", 4096}});
  const json with = estimate("meta-llama/Llama-3.1-8B", {{"context_length", 4096}, {"speculative_tokens", 5}, {"draft_parameters_b", 1}, {"draft_layers", 16}});
  EXPECT_EQ(2e9, term(with, "weights") - term(without, "weights"));
  EXPECT_EQ(1.5 * term(without, "kv_cache"), term(with, "kv_cache"));
}

// Load logs of llama.cpp: device weights and compute buffer of each build.
struct LlamaRow {
  const char* model;
  const char* quantization;
  json fields;
  double weights_mib, compute_mib, host_mib;
};
void check_llama(const LlamaRow& row) {
  json inference = {{"engine", "llama_cpp"}, {"quantization", row.quantization}};
  inference.update(row.fields);
  const json result = estimate(row.model, inference);
  EXPECT_NEAR(row.weights_mib, term(result, "weights") / kMib, 0.005 * row.weights_mib) << row.model;
  EXPECT_NEAR(row.compute_mib, term(result, "engine_buffers") / kMib, 16) << row.model;
  EXPECT_NEAR(row.host_mib, result["memory"]["inference"]["host_bytes"].get<double>() / kMib, 0.5) << row.model;
}
TEST(LlamaCpp, BuffersAreThoseOfTheLogs) {
  check_llama({"meta-llama/Llama-3.1-8B", "q4_k_m", {{"context_length", 8192}, {"flash_attention", false}}, 4403.49, 560.0, 281.81});
  check_llama({"meta-llama/Llama-3.1-8B", "q4_k_m", {{"context_length", 512}, {"flash_attention", false}}, 4403.49, 258.5, 281.81});
  check_llama({"EleutherAI/pythia-2.8b", "none", {{"context_length", 2048}, {"flash_attention", false}, {"weight_dtype", "fp16"}}, 5049.71, 162.0, 245.62});
}

TEST(LlamaCpp, WindowsKeptEveryTokenBeforeMay2025) {
  const auto cache = [](const char* version) { return term(estimate("openai/gpt-oss-20b", {{"engine", "llama_cpp"}, {"engine_version", version}, {"context_length", 32768}}), "kv_cache"); };
  EXPECT_EQ(32768.0 * 24 * 2 * 8 * 64 * 2, cache("b4000"));
  EXPECT_LT(cache("b9849"), 0.6 * cache("b4000"));
  EXPECT_EQ(cache(""), cache("b9849"));
}

TEST(LlamaCpp, LayersLeftWithTheHostTakeTheirCacheAlong) {
  // phi-4, 29 of 41 layers on the device: 5731.89 MiB of weights, 290 of 400 MiB of cache.
  const json result = estimate("microsoft/phi-4", {{"engine", "llama_cpp"}, {"quantization", "q4_k_m"}, {"context_length", 2048}, {"gpu_layers", 29}});
  EXPECT_EQ(290 * kMib, term(result, "kv_cache"));
  EXPECT_NEAR(5731.89, term(result, "weights") / kMib, 0.005 * 5731.89);
  EXPECT_NEAR(275.62 + 2622.81 + 110, result["memory"]["inference"]["host_bytes"].get<double>() / kMib, 0.005 * 3008);
}

// A matrix that stays with the host is copied for large batches: the log of Qwen3-235B in Q8_0 with experts on the CPU has 832.01 MiB
// on a card without head, 816 of them one tensor of experts.
TEST(LlamaCpp, MatricesOfTheHostAreCopiedIntoTheBuffer) {
  const auto buffer = [](const char* model, json fields) {
    fields.update({{"engine", "llama_cpp"}, {"context_length", 4096}});
    return term(estimate(model, fields), "engine_buffers") / kMib;
  };
  const double head = 128256.0 * 8192 * 6.5625 / 8 / kMib;  // Q6_K
  const double logits = 512.0 * 128256 * 4 / kMib;
  const double hidden = 512.0 * 8192 * 4 / kMib;
  EXPECT_NEAR(head + logits + hidden, buffer("meta-llama/Llama-3.3-70B-Instruct", {{"quantization", "q4_k_m"}, {"gpu_layers", 40}}), 0.1);
  EXPECT_NEAR(logits + hidden, buffer("meta-llama/Llama-3.3-70B-Instruct", {{"quantization", "q4_k_m"}}), 0.1);
  EXPECT_NEAR(816 + 8, buffer("Qwen/Qwen3-235B-A22B", {{"quantization", "q8_0"}, {"cpu_experts", 94}}), 8);
  // One token at a time is multiplied where the matrix is.
  EXPECT_LT(buffer("meta-llama/Llama-3.3-70B-Instruct", {{"quantization", "q4_k_m"}, {"gpu_layers", 40}, {"n_ubatch", 16}}), 1);
}

// Mistral-7B in Q5_K_M over four cards: 1327.12 MiB and nine layers of the cache on the first, the head on the last.
TEST(LlamaCpp, SeveralCardsShareTheLayers) {
  const json inference = {{"engine", "llama_cpp"}, {"quantization", "q5_k_m"}, {"context_length", 4096}};
  const json result = estimate("mistralai/Mistral-7B-Instruct-v0.2", inference, {{"gpu", "rtx-4090"}, {"gpus", 4}});
  EXPECT_EQ(4, result["scenario"]["parallelism"]["pipeline_parallel_size"]);
  EXPECT_EQ(1, result["scenario"]["parallelism"]["tensor_parallel_size"]);
  EXPECT_NEAR(1327.12, term(result, "weights") / kMib, 0.005 * 1327.12);
  EXPECT_EQ(144 * kMib, term(result, "kv_cache"));
}

// IQ types are published with an importance matrix: GLM-Z1-32B in IQ4_XS, 16303.48 MiB on the card.
TEST(LlamaCpp, SmallTypesComeWithAnImportanceMatrix) {
  EXPECT_NEAR(16303.48, term(estimate("zai-org/GLM-4-32B-0414", {{"engine", "llama_cpp"}, {"quantization", "iq4_xs"}}), "weights") / kMib, 1);
}

TEST(LlamaCpp, LayersLeftWithTheHostSetThePace) {
  const auto rate = [](int layers) {
    const json inference = {{"engine", "llama_cpp"}, {"quantization", "q4_k_m"}, {"context_length", 2048}, {"gpu_layers", layers}};
    const json result = estimate("meta-llama/Llama-3.3-70B-Instruct", inference, {{"gpu", "rtx-4090"}});
    return result["speed"]["tokens_per_second"].get<double>();
  };
  EXPECT_GT(rate(81), 4 * rate(45));  // 19 GB at the pace of the host's memory are a third of a second
  EXPECT_GT(rate(45), 1.5 * rate(10));
  EXPECT_NEAR(2.9, rate(45), 0.3);
}

// A start log of vLLM 0.22 on eight cards of 72 GB: 37.93 GiB hold 2 497 693 tokens of DeepSeek-V4-Flash at a length of 256 000.
TEST(Pool, KeysThatStandForSeveralTokens) {
  const json inference = {{"engine", "vllm"}, {"engine_version", "0.22.1"}, {"context_length", 256000}};
  const json result = estimate("deepseek-ai/DeepSeek-V4-Flash", inference, {{"memory_gib", 71.6}}, {{"tensor_parallel_size", 8}, {"data_parallel_size", 1}});
  EXPECT_NEAR(37.93 * kGib / 2497693, result["memory"]["inference"]["kv_bytes_per_token"].get<double>(), 5);
}

TEST(LlamaCpp, ExpertsLeftWithTheHostLeaveTheRest) {
  const json all = estimate("Qwen/Qwen3-30B-A3B", {{"engine", "llama_cpp"}, {"quantization", "q5_k_m"}});
  const json none = estimate("Qwen/Qwen3-30B-A3B", {{"engine", "llama_cpp"}, {"quantization", "q5_k_m"}, {"cpu_experts", 48}});
  EXPECT_LT(term(none, "weights"), 0.06 * term(all, "weights"));
  EXPECT_GT(none["memory"]["inference"]["host_bytes"].get<double>(), 0.9 * term(all, "weights"));
}

// Qwen2's table on transformers 4.38.2, A100: 30.31 GiB at 30720 prompt tokens, because every position gets logits.
TEST(Transformers, OldReleasesMakeLogitsOfTheWholePrompt) {
  const auto allocated = [](const char* version, int prompt) {
    return estimate("Qwen/Qwen2-1.5B", {{"engine", "transformers"}, {"engine_version", version}, {"prompt_length", prompt}, {"context_length", prompt + 2048}})
               ["memory"]["allocated_bytes"].get<double>() / kGib;
  };
  EXPECT_NEAR(30.31, allocated("4.38.2", 30720), 0.3);
  EXPECT_LT(allocated("4.46.0", 30720), 6.5);
}

TEST(Hybrids, WindowsAreBookedInGroupsOfLayersAsVllmDoes) {
  // gemma-3-27b on vLLM 0.11: 109.86 GiB hold 205 696 tokens of requests of 4096.
  const json result = estimate("google/gemma-3-27b-pt", {{"engine_version", "0.11.0"}, {"context_length", 4096}, {"max_num_batched_tokens", 8192}});
  EXPECT_NEAR(109.86 * kGib / 205696, result["memory"]["inference"]["kv_bytes_per_token"].get<double>(), 100);
}

}  // namespace
