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
  EXPECT_EQ("too_large", vram::read_log(std::string((4U << 20U) + 1, 'x')).issues.at(0).code);
  EXPECT_EQ("log_cut", vram::read_log("Available KV cache memory: 1 GiB\n" + std::string(60000, '\n')).issues.at(0).code);
}

TEST(LogJson, ComparesALogWithTheEstimateTermByTerm) {
  const json request = {{"log", fixture("llamacpp-llama31-8b.txt")},
                        {"scenario", {{"model", "meta-llama/Llama-3.1-8B"}, {"inference", {{"engine", "llama_cpp"}, {"quantization", "q4_k_m"},
                                      {"context_length", 8192}, {"flash_attention", false}}}}}};
  const json result = json::parse(vram::read_log_json(request.dump()));
  EXPECT_EQ("llama_cpp", result["kind"]);
  ASSERT_EQ(4U, result["comparison"].size());
  for (const json& row : result["comparison"]) EXPECT_LT(std::abs(row["relative_error"].get<double>()), 1e-4) << row;
  EXPECT_EQ(8192, result["set"]["inference.context_length"]);
  EXPECT_EQ(false, result["set"]["inference.flash_attention"]);
}

TEST(LogJson, WhatALogStatesCorrectsTheScenario) {
  const json result = json::parse(vram::read_log_json(fixture("vllm-phi4-gptq.txt")));
  EXPECT_NEAR(0.26, result["set"]["hardware.non_torch_gib"].get<double>(), 1e-9);
  EXPECT_NEAR(79.25, result["set"]["hardware.memory_gib"].get<double>(), 1e-9);
  const json scenario = {{"model", "microsoft/phi-4"}, {"inference", {{"engine_version", "0.7"}, {"quantization", "gptq"}, {"context_length", 2048},
                         {"gpu_memory_utilization", 0.15}}}, {"hardware", {{"memory_gib", 79.25}, {"non_torch_gib", 0.26}}}};
  const json compared = json::parse(vram::read_log_json(json{{"log", fixture("vllm-phi4-gptq.txt")}, {"scenario", scenario}}.dump()));
  for (const json& row : compared["comparison"]) {
    if (row["id"] != "kv_pool_bytes") continue;
    EXPECT_LT(std::abs(row["relative_error"].get<double>()), 0.01) << row;
  }
}

TEST(LogJson, ARequestWithoutALogSaysSo) {
  const json result = json::parse(vram::read_log_json(R"({"scenario": {}})"));
  EXPECT_EQ("missing_field", result["issues"][0]["code"]);
}

}  // namespace
