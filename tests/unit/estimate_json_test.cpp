// The text edge: exact counts of real models, exact KV cache, totals that add up, and every kind of bad input.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "vram/json.h"

namespace {

using nlohmann::json;

json estimate(const std::string& request) { return json::parse(vram::estimate_json(request)); }

std::string fine_tuning(const std::string& training) {
  return R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{)" + training + R"(},"hardware":{"gpu":"h100-sxm5-80gb"}})";
}

bool has_issue(const json& result, const std::string& code, const std::string& field) {
  for (const json& issue : result["issues"]) {
    if (issue["code"] == code && issue["field"] == field) return !issue["message"].get<std::string>().empty();
  }
  return false;
}

std::int64_t term(const json& result, const std::string& id) {
  for (const json& row : result["memory"]["terms"]) {
    if (row["id"] == id) return row["bytes"].get<std::int64_t>();
  }
  return 0;
}

void expect_finite(const json& value) {
  if (value.is_number()) {
    EXPECT_TRUE(std::isfinite(value.get<double>()));
  }
  if (value.is_structured()) {
    for (const json& item : value) expect_finite(item);
  }
}

struct CountRow {
  const char* model;
  std::int64_t parameters;  // the integer the publisher's checkpoint holds, tied matrices once
};
class ParameterCount : public testing::TestWithParam<CountRow> {};

TEST_P(ParameterCount, IsExact) {
  const json result = estimate(std::string(R"({"model":")") + GetParam().model + R"("})");
  EXPECT_EQ(GetParam().parameters, result["model"]["parameters"].get<std::int64_t>());
}

INSTANTIATE_TEST_SUITE_P(Published, ParameterCount,
                         testing::Values(CountRow{"meta-llama/Llama-2-7b-hf", 6738415616}, CountRow{"meta-llama/Llama-3.1-8B", 8030261248},
                                         CountRow{"meta-llama/Llama-3.1-70B", 70553706496}, CountRow{"meta-llama/Llama-3.2-1B", 1235814400},
                                         CountRow{"mistralai/Mistral-7B-v0.1", 7241732096}, CountRow{"Qwen/Qwen2.5-7B", 7615616512}));

TEST(Estimate, KvCacheOfLlama31At8192TokensIsOneGibibyte) {
  const json result = estimate(R"({"model":"meta-llama/Llama-3.1-8B","task":"inference","inference":{"context_length":8192,"batch_size":1}})");
  EXPECT_EQ(std::int64_t{1} << 30, term(result, "kv_cache"));
}

TEST(Estimate, TotalIsTheSumOfItsTermsAtEveryMoment) {
  for (const char* training : {R"("method":"full")", R"("method":"lora")", R"("method":"qlora","gradient_accumulation_steps":4)",
                               R"("method":"full","activation_checkpointing":"none","attention":"eager")"}) {
    const json result = estimate(fine_tuning(training));
    ASSERT_TRUE(result.contains("memory")) << result.dump();
    std::int64_t sum = 0;
    for (const json& row : result["memory"]["terms"]) sum += row["bytes"].get<std::int64_t>();
    EXPECT_EQ(result["memory"]["total_bytes"].get<std::int64_t>(), sum);
    std::int64_t largest = 0;
    for (const json& moment : result["memory"]["timeline"]) {
      std::int64_t total = 0;
      for (const json& bytes : moment["terms"]) total += bytes.get<std::int64_t>();
      largest = std::max(largest, total);
    }
    EXPECT_EQ(sum, largest);
  }
}

TEST(Estimate, FullFineTuningHoldsSixteenBytesAParameter) {
  const json result = estimate(fine_tuning(R"("method":"full","weight_dtype":"fp32","gradient_accumulation_steps":4)"));
  const std::int64_t n = 8030261248;
  EXPECT_EQ(4 * n, term(result, "weights"));
  EXPECT_EQ(4 * n, term(result, "gradients"));
  EXPECT_LE(8 * n, term(result, "optimizer_states"));
}

TEST(Estimate, LoraRankSixteenOnQueryAndValueOfLlama31HasSixPointEightMillionParameters) {
  const json result = estimate(fine_tuning(R"("method":"lora","lora_rank":16,"lora_target_modules":["q_proj","v_proj"])"));
  EXPECT_EQ(6815744, result["model"]["trainable_parameters"].get<std::int64_t>());
}

TEST(Estimate, MissingFieldsAreEchoedWithTheirDefaults) {
  const json scenario = estimate(R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning"})")["scenario"];
  EXPECT_EQ(4, scenario["training"]["micro_batch_size"]);
  EXPECT_EQ("adamw", scenario["training"]["optimizer"]);
  EXPECT_EQ(1, scenario["parallelism"]["tensor_parallel_size"]);
  EXPECT_EQ("engine", scenario["method"]);
  EXPECT_FALSE(scenario.contains("inference"));
}

TEST(Estimate, TheEchoIsAFixedPoint) {
  const json first = estimate(fine_tuning(R"("method":"lora","lora_rank":32)"));
  const json second = estimate(first["scenario"].dump());
  EXPECT_EQ(first["scenario"], second["scenario"]);
  EXPECT_EQ(first["memory"], second["memory"]);
}

TEST(Estimate, WithoutACardThereIsNoVerdict) {
  const json memory = estimate(R"({"model":"meta-llama/Llama-3.1-8B"})")["memory"];
  EXPECT_FALSE(memory.contains("usable_bytes"));
  EXPECT_FALSE(memory.contains("fits"));
  EXPECT_GT(memory["total_bytes"], 0);
}

TEST(Estimate, TheBandHoldsTheTotal) {
  const json memory = estimate(fine_tuning(R"("method":"lora")"))["memory"];
  EXPECT_LT(memory["low_bytes"], memory["total_bytes"]);
  EXPECT_GT(memory["high_bytes"], memory["total_bytes"]);
  EXPECT_GE(memory["fit_probability"], 0.0);
  EXPECT_LE(memory["fit_probability"], 1.0);
}

struct BadRow {
  const char* name;
  std::string request;
  const char* code;
  const char* field;
};
void PrintTo(const BadRow& row, std::ostream* out) { *out << row.name; }
class BadInput : public testing::TestWithParam<BadRow> {};

TEST_P(BadInput, GivesAnIssueAndNoMemory) {
  const json result = estimate(GetParam().request);
  EXPECT_TRUE(has_issue(result, GetParam().code, GetParam().field)) << result.dump().substr(0, 2000);
  EXPECT_FALSE(result.contains("memory"));
  expect_finite(result);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadInput,
    testing::Values(
        BadRow{"empty_text", "", "invalid_json", ""}, BadRow{"broken_json", R"({"model":)", "invalid_json", ""},
        BadRow{"not_an_object", "[1,2]", "wrong_type", ""}, BadRow{"nan", R"({"model":"gpt2","task":NaN})", "invalid_json", ""},
        BadRow{"no_model", R"({"task":"inference"})", "missing_field", "model"},
        BadRow{"model_of_wrong_type", R"({"model":7})", "wrong_type", "model"},
        BadRow{"batch_as_text", fine_tuning(R"("micro_batch_size":"four")"), "wrong_type", "training.micro_batch_size"},
        BadRow{"batch_not_whole", fine_tuning(R"("micro_batch_size":1.5)"), "wrong_type", "training.micro_batch_size"},
        BadRow{"batch_negative", fine_tuning(R"("micro_batch_size":-4)"), "out_of_range", "training.micro_batch_size"},
        BadRow{"length_1e308", fine_tuning(R"("sequence_length":1e308)"), "out_of_range", "training.sequence_length"},
        BadRow{"length_beyond_double", fine_tuning(R"("sequence_length":1e999)"), "invalid_json", ""},
        BadRow{"unknown_field", fine_tuning(R"("batchsize":4)"), "unknown_field", "training.batchsize"},
        BadRow{"unknown_name", fine_tuning(R"("optimizer":"magic")"), "unknown_name", "training.optimizer"},
        BadRow{"group_of_wrong_type", R"({"model":"meta-llama/Llama-3.1-8B","training":3})", "wrong_type", "training"},
        BadRow{"unknown_gpu", R"({"model":"meta-llama/Llama-3.1-8B","hardware":{"gpu":"rtx-9999-ultra"}})", "unknown_gpu", "hardware.gpu"},
        BadRow{"degrees_do_not_multiply", R"({"model":"meta-llama/Llama-3.1-8B","parallelism":{"tensor_parallel_size":2},"hardware":{"gpus":3}})",
               "world_size_mismatch", "hardware.gpus"},
        BadRow{"nested_a_megabyte_deep", std::string(1000000, '['), "too_deep", ""},
        BadRow{"closed_nesting", std::string(500000, '[') + std::string(500000, ']'), "too_deep", ""}),
    [](const testing::TestParamInfo<BadRow>& row) { return row.param.name; });

TEST(Estimate, HugeRunsSayTooLargeInsteadOfAWrongNumber) {
  const json result = estimate(fine_tuning(R"("micro_batch_size":1000000,"sequence_length":16777216,"activation_checkpointing":"none","attention":"eager")"));
  EXPECT_TRUE(has_issue(result, "too_large", ""));
  EXPECT_FALSE(result.contains("memory"));
}

TEST(Estimate, OfTwoMembersOfOneNameTheLastCounts) {
  const json twice = json::parse(vram::estimate_json(
      R"({"model":"gpt2","inference":{"batch_size":3,"context_length":100},"model":"meta-llama/Llama-3.1-8B","inference":{"batch_size":5,"batch_size":7}})"));
  EXPECT_EQ(8030261248, twice["model"]["parameters"].get<std::int64_t>());
  EXPECT_EQ(7, twice["scenario"]["inference"]["batch_size"].get<int>());
  EXPECT_NE(100, twice["scenario"]["inference"]["context_length"].get<int>());
}

TEST(Estimate, TextThatIsNoJsonSaysSo) {
  for (const char* text : {"", "{", "[1,", R"({"model":})", R"({"model":1e999})", "{} {}", "\"\\ud800\"", "nul"}) {
    const json reply = json::parse(vram::estimate_json(text));
    EXPECT_EQ("invalid_json", reply["issues"][0]["code"].get<std::string>()) << text;
  }
}

TEST(Catalog, ItsListsByThemselvesAreThoseByName) {
  EXPECT_EQ(vram::catalog_json("models"), vram::models_json());
  EXPECT_EQ(vram::catalog_json("gpus"), vram::gpus_json());
  EXPECT_EQ(vram::catalog_json("fields"), vram::fields_json());
}

TEST(Catalog, UnknownKindGivesAnIssue) {
  EXPECT_TRUE(has_issue(json::parse(vram::catalog_json("cars")), "unknown_catalog", "kind"));
}

TEST(Catalog, FieldsNameTheirRangesAndDefaults) {
  const json fields = json::parse(vram::catalog_json("fields"));
  ASSERT_GT(fields.size(), 20U);
  for (const json& field : fields) {
    EXPECT_TRUE(field.contains("default")) << field.dump();
    if (field["type"] == "integer" || field["type"] == "number") {
      EXPECT_LE(field["min"], field["default"]) << field.dump();
      EXPECT_GE(field["max"], field["default"]) << field.dump();
    }
  }
}

}  // namespace
