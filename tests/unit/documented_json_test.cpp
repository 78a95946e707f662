// The documented formulas through the text door: every published case, and a scenario's own with the reason it differs.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "vram/json.h"
#include "vram/recommend.h"
#include "vram/solve.h"
#include "vram/sweep.h"

namespace {

using nlohmann::json;

constexpr double kGib = 1073741824.0;

const json& golden() {
  static const json cases = [] {
    std::ifstream in(std::string(VRAM_TESTS_DIR) + "/golden/documented.json");
    return json::parse(in, nullptr, false);
  }();
  return cases;
}

const std::map<std::string, std::string> kFormulas = {
    {"Inference", "inference"}, {"Training", "training"},     {"FineTuning", "finetuning"}, {"GRPO", "grpo"}, {"NLP", "advanced_nlp"},
    {"MoE", "advanced_moe"},    {"CNN", "advanced_cnn"},
};

json ask(json input, const std::string& formula) {
  input["formula"] = formula;
  return json::parse(vram::documented_json(input.dump()));
}

void expect_case(const json& row, const std::string& formula) {
  json input = row["input"];
  if (row.contains("model") && !row["model"].is_null()) {
    input["modelParams"] = row["model"]["params"];
    if (formula != "training") {
      input["hiddenSize"] = row["model"]["hiddenSize"];
      input["numLayers"] = row["model"]["numLayers"];
    }
  }
  const json reply = ask(input, formula);
  ASSERT_TRUE(reply["issues"].empty()) << row["id"] << reply["issues"].dump();
  const double total = row["total_gib"];
  EXPECT_NEAR(total, reply["documented"]["total_bytes"].get<double>() / kGib, 1e-9 * total) << row["id"];
  ASSERT_EQ(row["rows_gib"].size(), reply["documented"]["rows"].size()) << row["id"];
  for (const json& term : reply["documented"]["rows"]) {
    const double gib = row["rows_gib"].at(term["id"].get<std::string>());
    EXPECT_NEAR(gib, term["bytes"].get<double>() / kGib, 5.1e-10 + 1e-9 * gib) << row["id"] << term["id"];  // printed with nine decimals
  }
}

TEST(DocumentedJson, EveryPublishedCaseWithItsPublishedInputs) {
  int cases = 0;
  for (const json& row : golden()["basic"]) {
    const std::string mode = row["mode"];
    expect_case(row, mode == "Multimodal" ? "multimodal" : kFormulas.at(mode));
    ++cases;
  }
  for (const json& row : golden()["advanced"]) {
    const std::string type = row["model_type"];
    expect_case(row, type == "Multimodal" ? "advanced_multimodal" : kFormulas.at(type));
    ++cases;
  }
  EXPECT_EQ(45, cases);
}

TEST(DocumentedJson, TheValidationTable) {
  const auto gib = [](const char* formula, json input) { return ask(std::move(input), formula)["documented"]["total_bytes"].get<double>() / kGib; };
  const std::map<std::string, std::pair<const char*, std::vector<json>>> rows = {
      {"nlp_modelSize", {"advanced_nlp", {json::object(), {{"modelSize", 8.75}}}}},
      {"nlp_hiddenSize", {"advanced_nlp", {{{"modelSize", 0.001}}, {{"modelSize", 0.001}, {"hiddenSize", 4352}}}}},
      {"nlp_intermediateSize", {"advanced_nlp", {json::object(), {{"intermediateSize", 11776}}}}},
      {"nlp_numLayers", {"advanced_nlp", {{{"intermediateSize", 11776}}, {{"intermediateSize", 11776}, {"numLayers", 36}}}}},
      {"mm_modelSize", {"advanced_multimodal", {json::object(), {{"modelSize", 8.5}}}}},
      {"moe_modelSize", {"advanced_moe", {json::object(), {{"modelSize", 35}}}}},
      {"moe_numExperts", {"advanced_moe", {{{"modelSize", 35}}, {{"modelSize", 35}, {"numExperts", 40}}}}},
      {"cnn_modelSize", {"advanced_cnn", {{{"modelSize", 0.060}}, {{"modelSize", 0.065}}, {{"modelSize", 0.070}}}}},
  };
  ASSERT_EQ(rows.size(), golden()["validation_table"].size());
  for (const json& row : golden()["validation_table"]) {
    const auto& [formula, inputs] = rows.at(row["id"]);
    ASSERT_EQ(inputs.size(), row["computed_gib"].size());
    for (std::size_t i = 0; i < inputs.size(); ++i) EXPECT_NEAR(row["computed_gib"][i].get<double>(), gib(formula, inputs[i]), 5.1e-7) << row["id"];
  }
  for (const json& row : golden()["validation_table"]) {
    if (!row.contains("current_code_gib")) continue;
    EXPECT_NEAR(row["current_code_gib"][1].get<double>(), gib("advanced_nlp", {{"hiddenSize", 4352}}), 5.1e-7);
  }
}

TEST(DocumentedJson, WrongInputsAreIssues) {
  for (const auto& [input, code] : std::vector<std::pair<json, std::string>>{
           {{{"formula", "inference"}, {"batchsize", 3}}, "unknown_field"},
           {{{"formula", "inference"}, {"batchSize", "3"}}, "wrong_type"},
           {{{"formula", "inference"}, {"kvCacheRatio", 2}}, "out_of_range"},
           {{{"formula", "inference"}, {"precision", "FP12"}}, "unknown_name"},
           {{{"formula", "inference"}, {"modelId", "nobody/nothing"}}, "unknown_model"},
           {{{"formula", "alchemy"}}, "unknown_name"},
           {json::object(), "missing_field"}}) {
    const json reply = json::parse(vram::documented_json(input.dump()));
    EXPECT_FALSE(reply.contains("documented")) << input.dump();
    ASSERT_EQ(1U, reply["issues"].size()) << reply.dump();
    EXPECT_EQ(code, reply["issues"][0]["code"]);
  }
}

struct Row {
  const char* name;
  const char* scenario;
  const char* formula;
  double gib;  ///< by hand from the published formula
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

constexpr double kP = 8030261248.0;
/// (11*B*S*H + B*S^2)*L*2
constexpr double act(double b, double s, double h, double l) { return (11 * b * s * h + b * s * s) * l * 2; }

const Row kRows[] = {
    {"inference", R"({"model":"meta-llama/Llama-3.1-8B","inference":{"context_length":2048}})", "inference",
     (kP * 2 + 2 * 2048.0 * 4096 * 32 * 2 + 0.1 * act(1, 2048, 4096, 32)) / kGib},
    {"inference_int4", R"({"model":"meta-llama/Llama-3.1-8B","inference":{"context_length":2048,"quantization":"q4_k_m"}})", "inference",
     (kP * 2 * 0.125 + 2 * 2048.0 * 4096 * 32 * 2 + 0.1 * act(1, 2048, 4096, 32)) / kGib},
    {"qlora", R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"method":"qlora","lora_rank":16}})", "finetuning",
     (kP * 2 * 0.125 + 10 * kP * 32 / 4096 + 0.6 * act(2, 2048, 4096, 32)) / kGib + 1},
    {"full", R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning"})", "finetuning", (kP * 12 + act(2, 2048, 4096, 32)) / kGib + 1},
    {"pretraining", R"({"model":"meta-llama/Llama-3.1-8B","task":"pretraining"})", "training", (kP * 12 + 0.3 * act(4, 2048, 4096, 32)) / kGib + 1.5},
    {"grpo", R"({"model":"meta-llama/Llama-3.1-8B","task":"finetuning","training":{"stage":"grpo","group_size":8}})", "grpo",
     (kP * (2 * 0.125 + 0.08 + 0.02) + 8 * 0.3 * act(4, 2048, 4096, 32)) / kGib + 2},
    {"cnn", R"({"model":"torchvision/resnet50","task":"finetuning","training":{"micro_batch_size":64,"optimizer":"sgd_momentum"}})", "advanced_cnn", -1},
    {"moe", R"({"model":"mistralai/Mixtral-8x7B-v0.1","task":"finetuning"})", "advanced_moe", -1},
    {"vision", R"({"model":"llava-hf/llava-1.5-7b-hf","inference":{"images":1}})", "multimodal", -1},
};

class DocumentedScenario : public testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(Runs, DocumentedScenario, testing::ValuesIn(kRows), [](const auto& row) { return std::string(row.param.name); });

TEST_P(DocumentedScenario, IsComputedByItsFormulaAndSaysWhyOursDiffers) {
  json scenario = json::parse(GetParam().scenario);
  const json ours = json::parse(vram::estimate_json(scenario.dump()));
  scenario["method"] = "documented";
  scenario["hardware"] = {{"gpu", "h100-sxm5-80gb"}};
  const json result = json::parse(vram::estimate_json(scenario.dump()));
  ASSERT_TRUE(result.contains("documented")) << result["issues"].dump();
  EXPECT_EQ(GetParam().formula, result["documented"]["formula"].get<std::string>());
  const double total = result["documented"]["total_bytes"];
  if (GetParam().gib > 0) {
    EXPECT_NEAR(GetParam().gib, total / kGib, 1e-9 * GetParam().gib);
  }
  EXPECT_NEAR(total, result["memory"]["total_bytes"].get<double>(), 12);  // terms are whole bytes
  std::int64_t sum = 0;
  for (const json& term : result["memory"]["terms"]) sum += term["bytes"].get<std::int64_t>();
  EXPECT_EQ(sum, result["memory"]["total_bytes"].get<std::int64_t>());
  EXPECT_EQ(total <= result["memory"]["usable_bytes"].get<double>(), result["memory"]["fits"].get<bool>());
  const std::string why = result["documented"]["why"];
  EXPECT_GT(why.size(), 60U);
  EXPECT_NE(std::string::npos, why.find("GiB there"));
  scenario["language"] = "zh";
  EXPECT_NE(std::string::npos, json::parse(vram::estimate_json(scenario.dump()))["documented"]["why"].get<std::string>().find("公式"));
  // The engine's result shows the same total beside its own.
  if (ours.contains("memory")) {
    EXPECT_EQ(result["documented"]["total_bytes"], ours["documented"]["total_bytes"]);
  }
}

TEST(DocumentedScenario, RunsWithoutAFormulaSaySo) {
  for (const char* request : {R"({"model":"torchvision/resnet50","method":"documented"})", R"({"model":"meta-llama/Llama-3.1-8B","method":"documented","task":"finetuning","training":{"method":"dora"}})",
                              R"({"model":"meta-llama/Llama-3.1-8B","method":"documented","task":"finetuning","training":{"stage":"dpo"}})"}) {
    const json result = json::parse(vram::estimate_json(request));
    EXPECT_FALSE(result.contains("memory")) << request;
    ASSERT_FALSE(result["issues"].empty());
    EXPECT_EQ("no_documented_formula", result["issues"][0]["code"]) << result["issues"].dump();
  }
}

TEST(DocumentedScenario, OtherQuestionsRefuseTheMethodInsteadOfAnsweringWithTheEngine) {
  const std::string scenario = R"("scenario":{"model":"meta-llama/Llama-3.1-8B","method":"documented","hardware":{"gpu":"rtx-4090"}})";
  for (const std::string& reply : {vram::solve_json("{" + scenario + "}"), vram::fit_ranges_json("{" + scenario + "}"), vram::recommend_json("{" + scenario + "}"),
                                   vram::sweep_head_json(vram::sweep("{" + scenario + R"(,"field":"inference.batch_size","values":[1]})"))}) {
    EXPECT_NE(std::string::npos, reply.find("not_computed")) << reply;
  }
}

}  // namespace
