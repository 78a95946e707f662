// The documented formulas against every published case and the published validation table.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "vram/documented_formulas.h"

namespace {

using nlohmann::json;
namespace documented = vram::documented;

constexpr double kGib = 1073741824.0;

const json& golden() {
  static const json cases = [] {
    std::ifstream in(std::string(VRAM_TESTS_DIR) + "/golden/documented.json");
    return json::parse(in, nullptr, false);
  }();
  return cases;
}

/// Strings of a case must outlive the run that points at them: they live in the golden document.
std::string_view text(const json& input, const char* key) { return input.at(key).get_ref<const std::string&>(); }
double number(const json& input, const char* key) { return input.at(key).get<double>(); }

documented::Model model(const json& row) {
  const json& m = row.at("model");
  return {number(m, "params") * 1e9, number(m, "hiddenSize"), number(m, "numLayers")};
}

documented::Estimate inference(const json& row) {
  const json& in = row.at("input");
  return documented::estimate(documented::Inference{.model = model(row),
                                                    .precision = text(in, "precision"),
                                                    .quantization = text(in, "quantization"),
                                                    .batch = number(in, "batchSize"),
                                                    .sequence = number(in, "sequenceLength"),
                                                    .kv_cache_ratio = number(in, "kvCacheRatio")});
}

documented::Estimate training(const json& row) {
  const json& in = row.at("input");
  return documented::estimate(
      documented::Training{.parameters = number(in, "modelParams") * 1e9,
                           .precision = text(in, "precision"),
                           .optimizer = text(in, "optimizer"),
                           .batch = number(in, "batchSize"),
                           .sequence = number(in, "sequenceLength"),
                           .gradient_checkpointing = in.at("gradientCheckpointing").get<bool>()});
}

documented::Estimate fine_tuning(const json& row) {
  const json& in = row.at("input");
  return documented::estimate(documented::FineTuning{.model = model(row),
                                                     .method = text(in, "method"),
                                                     .precision = text(in, "precision"),
                                                     .quantization = text(in, "quantization"),
                                                     .lora_rank = number(in, "loraRank")});
}

documented::Estimate grpo(const json& row) {
  const json& in = row.at("input");
  return documented::estimate(documented::Grpo{.model = model(row),
                                               .precision = text(in, "precision"),
                                               .batch = number(in, "batchSize"),
                                               .sequence = number(in, "sequenceLength"),
                                               .generations = number(in, "numGenerations"),
                                               .eight_bit_optimizer = in.at("use8BitOptimizer").get<bool>(),
                                               .gradient_checkpointing = in.at("gradientCheckpointing").get<bool>()});
}

documented::Estimate multimodal(const json& row) {
  const json& in = row.at("input");
  documented::Multimodal run{.model = model(row),
                             .mode = text(in, "mode"),
                             .precision = text(in, "textPrecision"),
                             .batch = number(in, "batchSize"),
                             .sequence = number(in, "sequenceLength"),
                             .images = number(in, "numImages"),
                             .resolution = number(in, "imageResolution"),
                             .patch = number(in, "patchSize"),
                             .audio_seconds = number(in, "audioWindowLength"),
                             .frames_per_second = number(in, "videoFrameRate"),
                             .video_seconds = number(in, "videoLength")};
  EXPECT_TRUE(documented::set_modality(run, text(in, "modalityType")));
  return documented::estimate(run);
}

documented::Estimate advanced_nlp(const json& row) {
  const json& in = row.at("input");
  documented::AdvancedNlp run{.model_size = number(in, "modelSize"),
                              .precision = text(in, "precision"),
                              .optimizer = text(in, "optimizer"),
                              .batch = number(in, "batchSize"),
                              .sequence = number(in, "sequenceLength"),
                              .gradient_accumulation = number(in, "gradientAccumulationSteps"),
                              .vocab_size = number(in, "vocabSize"),
                              .heads = number(in, "numAttentionHeads"),
                              .hidden_size = number(in, "hiddenSize"),
                              .intermediate_size = number(in, "intermediateSize"),
                              .layers = number(in, "numLayers"),
                              .lora_rank = number(in, "loraRank"),
                              .lora_attention_targets = 0.0,
                              .max_generation_length = number(in, "maxGenerationLength"),
                              .weight_decay = number(in, "weightDecay")};
  for (const json& target : in.at("loraTargetModules")) {
    const std::string name = target.get<std::string>();
    const bool mlp = name == "gate_proj" || name == "up_proj" || name == "down_proj";
    (mlp ? run.lora_mlp_targets : run.lora_attention_targets) += 1.0;
  }
  return documented::estimate(run);
}

documented::Estimate advanced_multimodal(const json& row) {
  const json& in = row.at("input");
  return documented::estimate(documented::AdvancedMultimodal{.model_size = number(in, "modelSize"),
                                                             .precision = text(in, "precision"),
                                                             .optimizer = text(in, "optimizer"),
                                                             .batch = number(in, "batchSize"),
                                                             .sequence = number(in, "sequenceLength"),
                                                             .resolution = number(in, "imageResolution"),
                                                             .patch = number(in, "patchSize"),
                                                             .vision_dim = number(in, "visionFeatureDim")});
}

documented::Estimate advanced_moe(const json& row) {
  const json& in = row.at("input");
  return documented::estimate(documented::AdvancedMoe{.model_size = number(in, "modelSize"),
                                                      .precision = text(in, "precision"),
                                                      .batch = number(in, "batchSize"),
                                                      .sequence = number(in, "sequenceLength"),
                                                      .experts = number(in, "numExperts"),
                                                      .active_experts = number(in, "numActiveExperts")});
}

documented::Estimate advanced_cnn(const json& row) {
  const json& in = row.at("input");
  return documented::estimate(documented::AdvancedCnn{.model_size = number(in, "modelSize"),
                                                      .precision = text(in, "precision"),
                                                      .batch = number(in, "batchSize"),
                                                      .image_size = number(in, "inputImageSize")});
}

using Method = documented::Estimate (*)(const json&);

void expect_case(const json& row, Method method) {
  const std::string id = row.at("id").get<std::string>();
  const documented::Estimate result = method(row);
  const double total = number(row, "total_gib");
  EXPECT_NEAR(total, result.total_gib(), 1e-9 * total) << id;
  EXPECT_EQ(row.at("rows_gib").size(), result.terms.size()) << id;
  for (const auto& [key, gib] : row.at("rows_gib").items()) {
    constexpr double kPrinted = 5.1e-10;  // rows are printed with nine decimals
    EXPECT_NEAR(gib.get<double>(), result.bytes_of(key) / kGib, kPrinted + 1e-9 * gib.get<double>())
        << id << " " << key;
  }
}

TEST(DocumentedFormulas, EveryBasicCase) {
  const std::map<std::string, Method> methods = {{"Inference", inference},
                                                 {"Training", training},
                                                 {"FineTuning", fine_tuning},
                                                 {"GRPO", grpo},
                                                 {"Multimodal", multimodal}};
  ASSERT_EQ(28U, golden().at("basic").size());
  for (const json& row : golden().at("basic")) expect_case(row, methods.at(row.at("mode").get<std::string>()));
}

TEST(DocumentedFormulas, EveryAdvancedCase) {
  const std::map<std::string, Method> methods = {
      {"NLP", advanced_nlp}, {"Multimodal", advanced_multimodal}, {"MoE", advanced_moe}, {"CNN", advanced_cnn}};
  ASSERT_EQ(17U, golden().at("advanced").size());
  for (const json& row : golden().at("advanced")) expect_case(row, methods.at(row.at("model_type").get<std::string>()));
}

double nlp_gib(documented::AdvancedNlp run) {
  run.max_generation_length = 2048.0;
  return documented::estimate(run).total_gib();
}

double moe_gib(double size, double experts) {
  return documented::estimate(documented::AdvancedMoe{.model_size = size, .experts = experts}).total_gib();
}

TEST(DocumentedFormulas, ValidationTable) {
  const auto cnn = [](double size) {
    return documented::estimate(documented::AdvancedCnn{.model_size = size}).total_gib();
  };
  const auto vision = [](double size) {
    return documented::estimate(documented::AdvancedMultimodal{.model_size = size}).total_gib();
  };
  const std::map<std::string, std::vector<double>> computed = {
      {"nlp_modelSize", {nlp_gib({}), nlp_gib({.model_size = 8.75})}},
      {"nlp_hiddenSize", {nlp_gib({.model_size = 0.001}), nlp_gib({.model_size = 0.001, .hidden_size = 4352.0})}},
      {"nlp_intermediateSize", {nlp_gib({}), nlp_gib({.intermediate_size = 11776.0})}},
      {"nlp_numLayers",
       {nlp_gib({.intermediate_size = 11776.0}), nlp_gib({.intermediate_size = 11776.0, .layers = 36.0})}},
      {"mm_modelSize", {vision(7.0), vision(8.5)}},
      {"moe_modelSize", {moe_gib(8.0, 8.0), moe_gib(35.0, 8.0)}},
      {"moe_numExperts", {moe_gib(35.0, 8.0), moe_gib(35.0, 40.0)}},
      {"cnn_modelSize", {cnn(0.060), cnn(0.065), cnn(0.070)}},
  };
  constexpr double kPrinted = 5.1e-7;  // the table has six decimals
  ASSERT_EQ(computed.size(), golden().at("validation_table").size());
  for (const json& row : golden().at("validation_table")) {
    const std::string id = row.at("id").get<std::string>();
    const std::vector<double>& ours = computed.at(id);
    ASSERT_EQ(row.at("computed_gib").size(), ours.size()) << id;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      EXPECT_NEAR(row["computed_gib"][i].get<double>(), ours[i], kPrinted) << id;
      EXPECT_NEAR(row["doc_gb"][i].get<double>(), ours[i], 0.1) << id;
    }
  }
  // The hidden-size row was published before size and dimensions were combined; since then:
  EXPECT_NEAR(320.533688, nlp_gib({}), kPrinted);
  EXPECT_NEAR(322.498586, nlp_gib({.hidden_size = 4352.0}), kPrinted);
}

TEST(DocumentedFormulas, NamesIgnoreCaseAndUnknownOnesCountAsFp32) {
  EXPECT_EQ(2.0, documented::precision_bytes("bf16"));
  EXPECT_EQ(1.0, documented::precision_bytes("fp8"));
  EXPECT_EQ(4.0, documented::precision_bytes("INT4"));
  EXPECT_EQ(0.125, documented::quantization_ratio("int4"));
  EXPECT_EQ(1.0, documented::quantization_ratio("GPTQ"));
  documented::Multimodal run;
  EXPECT_FALSE(documented::set_modality(run, "smell"));
  EXPECT_TRUE(documented::set_modality(run, "Audio-Video"));
  EXPECT_EQ(2048.0 + 375.0 + 250.0 * 441.0, documented::multimodal_tokens(run));
}

TEST(DocumentedFormulas, Efficiencies) {
  EXPECT_EQ(50.0, documented::memory_efficiency(7.0, 28.0));
  EXPECT_EQ(100.0, documented::compute_efficiency(8.0, 2048.0));
  EXPECT_EQ(25.0, documented::compute_efficiency(1.0, 2048.0));
}

TEST(DocumentedFormulas, MoreExpertsMakeTheSameSizeSmallerWhichIsWhyTheEngineDiffers) {
  EXPECT_LT(moe_gib(35.0, 40.0), moe_gib(35.0, 8.0));
}

}  // namespace
