// Pasted logs: every fixture is a handful of numeric lines as engines print them.
// SPDX-License-Identifier: MIT
#include "vram/log_reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "vram/json.h"

namespace {

using nlohmann::json;

constexpr double kGib = 1073741824.0;
constexpr double kMib = 1048576.0;

std::string fixture(const std::string& name) {
  std::ifstream file(std::string(VRAM_TESTS_DIR) + "/fixtures/logs/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Row {
  const char* file;
  vram::LogKind kind;
  const char* name;
  double value;
  std::int64_t line;
};

class Log : public testing::TestWithParam<Row> {};

TEST_P(Log, GivesTheValueAndItsLine) {
  const Row& row = GetParam();
  const vram::LogReading reading = vram::read_log(fixture(row.file));
  EXPECT_EQ(row.kind, reading.kind);
  const vram::LogValue* value = reading.find(row.name);
  ASSERT_NE(nullptr, value) << row.name;
  EXPECT_NEAR(row.value, value->value, 1e-6 * row.value);
  EXPECT_EQ(row.line, value->line);
  EXPECT_TRUE(reading.issues.empty());
}

using vram::LogKind;

INSTANTIATE_TEST_SUITE_P(
    Fixtures, Log,
    testing::Values(Row{"vllm-llama3-8b-h100.txt", LogKind::vllm, "kv_pool_bytes", 53.29 * kGib, 2},
                    Row{"vllm-llama3-8b-h100.txt", LogKind::vllm, "capacity_bytes", 79.22 * kGib, 1},
                    Row{"vllm-llama3-8b-h100.txt", LogKind::vllm, "memory_share", 0.9, 1},
                    Row{"vllm-qwen25-15b-t4.txt", LogKind::vllm, "weights_bytes", 2.89 * kGib, 1},
                    Row{"vllm-qwen25-15b-t4.txt", LogKind::vllm, "kv_blocks", 5517, 4},
                    Row{"vllm-qwen25-15b-t4.txt", LogKind::vllm, "context_length", 32768, 5},
                    Row{"vllm-qwen25-15b-t4.txt", LogKind::vllm, "max_concurrency", 2.69, 5},
                    Row{"vllm-phi4-gptq.txt", LogKind::vllm, "activation_peak_bytes", 0.94 * kGib, 3},
                    Row{"vllm-phi4-gptq.txt", LogKind::vllm, "graph_bytes", 0.27 * kGib, 5},
                    Row{"vllm-llava-v1.txt", LogKind::vllm, "kv_pool_tokens", 451744, 3},
                    Row{"vllm-llava-v1.txt", LogKind::vllm, "context_length", 4096, 4},
                    Row{"vllm-glm47-tp4.txt", LogKind::vllm, "weights_bytes", 47.11 * kGib, 1},
                    Row{"vllm-graph-profiling.txt", LogKind::vllm, "graph_estimate_bytes", 0.36 * kGib, 1},
                    Row{"vllm-r1-32b-tp8.txt", LogKind::vllm, "non_torch_bytes", 1.78 * kGib, 2},
                    Row{"vllm-r1-32b-tp8.txt", LogKind::vllm, "memory_share", 0.8, 1},
                    Row{"vllm-r1-32b-tp8.txt", LogKind::vllm, "kv_blocks", 40178, 3},
                    Row{"vllm-deepseek-lite-tp8.txt", LogKind::vllm, "kv_pool_bytes", 29.02 * kGib, 2},
                    Row{"vllm-deepseek-lite-tp8.txt", LogKind::vllm, "graph_bytes", 0.47 * kGib, 3},
                    Row{"vllm-qwen36-drafted-tp2.txt", LogKind::vllm, "kv_pool_tokens", 347625, 2},
                    Row{"llamacpp-gptoss-metal.txt", LogKind::llama_cpp, "weights_bytes", 11536.18 * kMib, 1},
                    Row{"llamacpp-gptoss-metal.txt", LogKind::llama_cpp, "compute_buffer_bytes", 1672.08 * kMib, 3},
                    Row{"llamacpp-llama31-8b.txt", LogKind::llama_cpp, "weights_bytes", 4403.49 * kMib, 7},
                    Row{"llamacpp-llama31-8b.txt", LogKind::llama_cpp, "host_bytes", 281.81 * kMib, 6},
                    Row{"llamacpp-llama31-8b.txt", LogKind::llama_cpp, "compute_buffer_bytes", 560.0 * kMib, 9},
                    Row{"llamacpp-mistral-4gpu.txt", LogKind::llama_cpp, "weights_bytes", 4807.06 * kMib, 1},
                    Row{"llamacpp-mistral-4gpu.txt", LogKind::llama_cpp, "kv_cache_bytes", 512.0 * kMib, 5},
                    Row{"llamacpp-qwen35-9b.txt", LogKind::llama_cpp, "state_bytes", 201.0 * kMib, 4},
                    Row{"llamacpp-qwen35-9b.txt", LogKind::llama_cpp, "flash_attention", 1, 6},
                    Row{"oom-new-wording.txt", LogKind::out_of_memory, "requested_bytes", 2.0 * kGib, 1},
                    Row{"oom-new-wording.txt", LogKind::out_of_memory, "allocated_bytes", 75.10 * kGib, 1},
                    Row{"oom-new-wording.txt", LogKind::out_of_memory, "capacity_bytes", 79.15 * kGib, 1},
                    Row{"oom-old-wording.txt", LogKind::out_of_memory, "requested_bytes", 512.0 * kMib, 1},
                    Row{"oom-old-wording.txt", LogKind::out_of_memory, "allocated_bytes", 21.33 * kGib, 1},
                    Row{"oom-old-wording.txt", LogKind::out_of_memory, "reserved_bytes", 22.01 * kGib, 1},
                    Row{"nvidia-smi.txt", LogKind::nvidia_smi, "used_bytes", 20911.0 * kMib, 1}));

TEST(LogReader, ALineWithoutItsNumberIsNamed) {
  const vram::LogReading reading = vram::read_log(fixture("malformed-vllm.txt"));
  ASSERT_EQ(2U, reading.issues.size());
  EXPECT_EQ("log_value_unreadable", reading.issues[0].code);
  EXPECT_EQ("1", reading.issues[0].value);
  EXPECT_EQ("2", reading.issues[1].value);
  EXPECT_NEAR(0.25 * kGib, reading.find("non_torch_bytes")->value, 1.0);
}

TEST(LogReader, TextWithoutMemoryIsAnError) {
  for (const std::string& text : {fixture("not-a-log.txt"), std::string()}) {
    const vram::LogReading reading = vram::read_log(text);
    ASSERT_EQ(1U, reading.issues.size());
    EXPECT_EQ("log_not_recognised", reading.issues[0].code);
    EXPECT_EQ(LogKind::unknown, reading.kind);
  }
}

TEST(LogReader, LongInputIsRefusedOrCut) {
  EXPECT_EQ("log_too_large", vram::read_log(std::string((4U << 20U) + 1, 'x')).issues.at(0).code);
  EXPECT_EQ("log_cut", vram::read_log("Available KV cache memory: 1 GiB\n" + std::string(60000, '\n')).issues.at(0).code);
}

json compare(const std::string& log, const json& scenario) { return json::parse(vram::read_log_json(json{{"log", log}, {"scenario", scenario}}.dump())); }

const json* row_of(const json& result, const std::string& id) {
  for (const json& row : result["comparison"]) {
    if (row["id"] == id) return &row;
  }
  return nullptr;
}

TEST(LogJson, ComparesALogWithTheEstimateTermByTerm) {
  const json result = compare(fixture("llamacpp-llama31-8b.txt"), {{"model", "meta-llama/Llama-3.1-8B"}, {"inference", {{"engine", "llama_cpp"}, {"quantization", "q4_k_m"},
                              {"context_length", 8192}, {"flash_attention", false}}}});
  EXPECT_EQ("llama_cpp", result["kind"]);
  ASSERT_EQ(4U, result["comparison"].size());
  for (const json& row : result["comparison"]) EXPECT_LT(std::abs(row["relative_error"].get<double>()), 1e-4) << row;
  EXPECT_EQ(json({{"inference", {{"n_ubatch", 512}}}}), result["changes"]) << "all else is as the log says";
}

TEST(LogJson, WithoutAScenarioTheChangesAreEverythingTheLogStates) {
  const json changes = json::parse(vram::read_log_json(fixture("llamacpp-llama31-8b.txt")))["changes"];
  EXPECT_EQ(json({{"inference", {{"engine", "llama_cpp"}, {"context_length", 8192}, {"n_ubatch", 512}, {"flash_attention", false}}}}), changes);
}

TEST(LogJson, WhatALogStatesCorrectsTheScenario) {
  const json hardware = json::parse(vram::read_log_json(fixture("vllm-phi4-gptq.txt")))["changes"]["hardware"];
  EXPECT_NEAR(0.26, hardware["non_torch_gib"].get<double>(), 1e-9);
  EXPECT_NEAR(79.25, hardware["memory_gib"].get<double>(), 1e-9);
  EXPECT_NEAR(0.27, hardware["graph_gib"].get<double>(), 1e-9);
  const json scenario = {{"model", "microsoft/phi-4"}, {"inference", {{"engine_version", "0.7"}, {"quantization", "gptq"}, {"context_length", 2048}}}, {"hardware", {{"gpu", "h100-sxm5-80gb"}}}};
  const json result = compare(fixture("vllm-phi4-gptq.txt"), scenario);
  const json* pool = row_of(result, "kv_pool_bytes");
  ASSERT_NE(nullptr, pool);
  EXPECT_GT((*pool)["relative_error"].get<double>(), 10.0) << "the whole card, not 15 % of it";
  EXPECT_NEAR((*pool)["measured"].get<double>(), (*pool)["corrected"].get<double>(), 0.01 * (*pool)["measured"].get<double>());
  EXPECT_EQ(0.15, result["changes"]["inference"]["gpu_memory_utilization"]);
}

TEST(LogJson, TheLayoutOfALogBringsItsCards) {
  const json changes = json::parse(vram::read_log_json("Initializing an LLM engine with config: max_seq_len=4096, tensor_parallel_size=2, pipeline_parallel_size=1, enforce_eager=True"))["changes"];
  EXPECT_EQ(json({{"inference", {{"engine", "vllm"}, {"context_length", 4096}, {"enforce_eager", true}}},
                  {"parallelism", {{"tensor_parallel_size", 2}, {"pipeline_parallel_size", 1}}}, {"hardware", {{"gpus", 2}}}}), changes);
}

TEST(LogJson, SequencesOfLlamaCppShareItsCells) {
  const json changes = json::parse(vram::read_log_json("llama_context: n_seq_max = 4\nllama_context: n_ctx = 8192\nload_tensors: offloaded 20/33 layers to GPU"))["changes"];
  EXPECT_EQ(json({{"engine", "llama_cpp"}, {"context_length", 2048}, {"batch_size", 4}, {"gpu_layers", 20}}), changes["inference"]);
  EXPECT_EQ(-1, json::parse(vram::read_log_json("offloaded 33/33 layers to GPU"))["changes"]["inference"]["gpu_layers"]);
}

TEST(LogJson, StatesOfRecurrentLayersAreApartFromTheCache) {
  const json result = compare(fixture("llamacpp-qwen35-9b.txt"), {{"model", "Qwen/Qwen3.5-9B"}, {"inference", {{"engine", "llama_cpp"}, {"quantization", "q4_k_m"}, {"context_length", 2048}, {"batch_size", 4}}}});
  for (const char* id : {"kv_cache_bytes", "state_bytes"}) {
    ASSERT_NE(nullptr, row_of(result, id));
    EXPECT_NEAR(0.0, (*row_of(result, id))["relative_error"].get<double>(), 1e-9) << id;
  }
}

// 77.89 GiB in use, of them 75.10 allocated and 1.52 cached: 1.27 GiB are outside PyTorch.
TEST(LogJson, AnOutOfMemoryMessageTellsWhatIsOutsidePyTorch) {
  const json scenario = {{"model", "meta-llama/Llama-3.1-8B"}, {"task", "finetuning"}};
  const json result = compare(fixture("oom-new-wording.txt"), scenario);
  EXPECT_NEAR(1.27, result["changes"]["hardware"]["context_gib"].get<double>(), 1e-9);
  EXPECT_FALSE(result["changes"].contains("inference"));
  EXPECT_NEAR(1.27 * kGib, (*row_of(result, "outside_bytes"))["corrected"].get<double>(), 2.0);
  const json& attempted = *row_of(result, "attempted_bytes");
  EXPECT_NEAR(77.10 * kGib, attempted["measured"].get<double>(), 2.0);
  EXPECT_EQ(true, attempted["at_least"]);
}

// Of four devices the scenario's estimate is the worst one.
TEST(LogJson, SeveralDevicesAreComparedByTheFullest) {
  const json scenario = {{"model", "mistralai/Mistral-7B-v0.1"}, {"inference", {{"engine", "llama_cpp"}, {"quantization", "q5_k_s"}, {"context_length", 4096}}},
                         {"parallelism", {{"pipeline_parallel_size", 4}, {"tensor_parallel_size", 1}}}, {"hardware", {{"gpus", 4}}}};
  const json result = compare(fixture("llamacpp-mistral-4gpu.txt"), scenario);
  EXPECT_NEAR(1327.12 * kMib, (*row_of(result, "weights_bytes"))["measured"].get<double>(), 1.0);
  EXPECT_NEAR(144.0 * kMib, (*row_of(result, "kv_cache_bytes"))["measured"].get<double>(), 1.0);
}

TEST(LogJson, FindingsSpeakTheLanguageOfTheScenario) {
  const json result = compare("nothing here", {{"model", "meta-llama/Llama-3.1-8B"}, {"language", "zh"}});
  EXPECT_EQ("log_not_recognised", result["issues"][0]["code"]);
  EXPECT_NE(std::string::npos, result["issues"][0]["message"].get<std::string>().find("日志"));
}

TEST(LogJson, ARequestWithoutALogSaysSo) {
  const json result = json::parse(vram::read_log_json(R"({"scenario": {}})"));
  EXPECT_EQ("missing_field", result["issues"][0]["code"]);
}

}  // namespace
