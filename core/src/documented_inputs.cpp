// The documented formulas by name, with their published inputs.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <string>

#include "documented_json.h"
#include "json_fields.h"
#include "scenario_json.h"
#include "slug.h"
#include "vram/catalog.h"
#include "vram/model_json.h"

namespace vram {

using nlohmann::json;

namespace {

using Names = std::span<const std::string_view>;

constexpr auto kPrecisions = std::to_array<std::string_view>({"FP32", "FP16", "BF16", "FP8", "INT8", "INT4"});
constexpr auto kPackings = std::to_array<std::string_view>({"None", "INT8", "INT4", "FP8"});
constexpr auto kOptimizers = std::to_array<std::string_view>({"AdamW", "Adam", "SGD"});
constexpr auto kMethods = std::to_array<std::string_view>({"LoRA", "Full", "QLoRA", "Prefix"});
constexpr auto kModes = std::to_array<std::string_view>({"inference", "finetuning", "training"});
constexpr auto kModalities = std::to_array<std::string_view>({"text-image", "text-audio", "text-video", "audio-video", "all"});

/// Published inputs that change nothing in any formula; they are read and do nothing, as published.
constexpr auto kWithoutEffect = std::to_array<std::string_view>({
    "formula", "architectureType", "quantizationTech", "quantizationSupport", "learningRate", "trainingEpochs", "positionEncodingType", "loraAlpha", "temperature",
    "topP", "repetitionPenalty", "warmupSteps", "gradientClipping", "dropoutRate", "visionEncoderType", "textEncoderType", "modalFusionStrategy",
    "crossModalAlignmentWeight", "imageTextContrastWeight", "freezeVisionEncoder", "freezeTextEncoder", "loraVisionEncoder", "loraTextEncoder", "loraFusionLayer",
    "mixedPrecision", "mixedPrecisionTraining", "expertCapacityFactor", "loadBalanceLossWeight", "expertDropoutRate", "routingStrategy", "expertSpecialization",
    "auxiliaryLossWeight", "expertParallelism", "expertInitStrategy", "loraApplicationStrategy", "expertRegularization", "kernelSize", "poolingStrategy",
    "dataAugmentationStrategy", "frozenLayers", "classificationHeadDim", "lrScheduler", "freezeBatchNorm", "labelSmoothing", "visionPrecision", "audioPrecision",
    "hasVisionEncoder", "hasAudioEncoder", "hasVideoEncoder", "audioSampleRate", "maxPromptLength", "maxCompletionLength", "modelType",
});

/// Reads inputs and remembers which were asked for, so that any other one can be refused.
class Inputs {
 public:
  Inputs(const json& request, Issues& issues) : request_(request), fields_(request, "", issues), issues_(issues) {}

  double number(std::string_view name, double fallback, double low = 0, double high = 1e15) {
    asked_.push_back(name);
    return fields_.number(name, fallback, low, high);
  }
  bool flag(std::string_view name, bool fallback) {
    asked_.push_back(name);
    return fields_.flag(name, fallback);
  }
  /// One of `known`, the first where the request says nothing.
  std::string_view choice(std::string_view name, Names known, std::string_view fallback) {
    asked_.push_back(name);
    if (!fields_.has(name)) return fallback;
    const std::string given = fields_.text(name);
    for (const std::string_view row : known) {
      if (same_slug(row, given)) return row;
    }
    std::string list;
    for (const std::string_view row : known) list += (list.empty() ? "" : ", ") + std::string(row);
    fields_.reject(name, "unknown_name", std::string(name) + " is none of " + list + ".");
    return fallback;
  }
  std::vector<std::string> texts(std::string_view name) {
    asked_.push_back(name);
    return fields_.texts(name, 64);
  }
  [[nodiscard]] bool has(std::string_view name) const { return fields_.has(name); }

  /// `modelParams` (1e9), `hiddenSize` and `numLayers`, else those of the catalog's model `modelId`.
  documented::Model model(documented::Model fallback) {
    for (const std::string_view name : {"modelId", "baseModel"}) {
      asked_.push_back(name);
      if (!fields_.has(name) || has("modelParams")) continue;
      const std::string id = fields_.text(name);
      const CatalogModel* row = find_model(id);
      if (row == nullptr) {
        fields_.reject(name, "unknown_model", "No model is called " + id + ".");
        continue;
      }
      const Inventory inventory = build_inventory(model_from_catalog(id).model);
      fallback = {static_cast<double>(count_parameters(inventory).total), static_cast<double>(inventory.hidden_size), static_cast<double>(inventory.num_layers)};
    }
    return {1e9 * number("modelParams", fallback.parameters / 1e9), number("hiddenSize", fallback.hidden_size), number("numLayers", fallback.layers)};
  }

  void refuse_others() {
    for (const auto& [name, value] : request_.items()) {
      const bool known = std::find(asked_.begin(), asked_.end(), name) != asked_.end() || std::find(kWithoutEffect.begin(), kWithoutEffect.end(), name) != kWithoutEffect.end();
      if (!known) issues_.push_back(error("unknown_field", name, excerpt(value), "There is no field " + name + "."));
    }
  }

 private:
  const json& request_;
  JsonFields fields_;
  Issues& issues_;
  std::vector<std::string_view> asked_;
};

documented::Estimate inference(Inputs& in) {
  documented::Inference run;
  run.model = in.model(run.model);
  run.precision = in.choice("precision", kPrecisions, run.precision);
  run.quantization = in.choice("quantization", kPackings, run.quantization);
  run.batch = in.number("batchSize", run.batch);
  run.sequence = in.number("sequenceLength", run.sequence);
  run.kv_cache_ratio = in.number("kvCacheRatio", run.kv_cache_ratio, 0, 1);
  return documented::estimate(run);
}

documented::Estimate training(Inputs& in) {
  documented::Training run;
  run.parameters = 1e9 * in.number("modelParams", run.parameters / 1e9);
  run.precision = in.choice("precision", kPrecisions, run.precision);
  run.optimizer = in.choice("optimizer", kOptimizers, run.optimizer);
  run.batch = in.number("batchSize", run.batch);
  run.sequence = in.number("sequenceLength", run.sequence);
  run.gradient_checkpointing = in.flag("gradientCheckpointing", run.gradient_checkpointing);
  return documented::estimate(run);
}

documented::Estimate fine_tuning(Inputs& in) {
  documented::FineTuning run;
  run.model = in.model(run.model);
  run.method = in.choice("method", kMethods, run.method);
  run.precision = in.choice("precision", kPrecisions, run.precision);
  run.quantization = in.choice("quantization", kPackings, run.quantization);
  run.lora_rank = in.number("loraRank", run.lora_rank);
  return documented::estimate(run);
}

documented::Estimate grpo(Inputs& in) {
  documented::Grpo run;
  run.model = in.model(run.model);
  run.precision = in.choice("precision", kPrecisions, run.precision);
  run.batch = in.number("batchSize", run.batch);
  run.sequence = in.number("sequenceLength", run.sequence);
  run.generations = in.number("numGenerations", run.generations);
  run.eight_bit_optimizer = in.flag("use8BitOptimizer", run.eight_bit_optimizer);
  run.gradient_checkpointing = in.flag("gradientCheckpointing", run.gradient_checkpointing);
  in.number("gradientAccumulationSteps", 1);  // no effect, as published
  return documented::estimate(run);
}

documented::Estimate multimodal(Inputs& in) {
  documented::Multimodal run;
  run.model = in.model(run.model);
  run.mode = in.choice("mode", kModes, run.mode);
  run.precision = in.choice("precision", kPrecisions, in.choice("textPrecision", kPrecisions, run.precision));
  run.batch = in.number("batchSize", run.batch);
  run.sequence = in.number("sequenceLength", run.sequence);
  documented::set_modality(run, in.choice("modalityType", kModalities, "text-image"));
  run.images = in.number("numImages", run.images);
  run.resolution = in.number("imageResolution", run.resolution);
  run.patch = in.number("patchSize", run.patch, 1);
  run.audio_seconds = in.number("audioWindowLength", run.audio_seconds);
  run.frames_per_second = in.number("videoFrameRate", run.frames_per_second);
  run.video_seconds = in.number("videoLength", run.video_seconds);
  return documented::estimate(run);
}

documented::Estimate advanced_nlp(Inputs& in) {
  documented::AdvancedNlp run;
  run.model_size = in.number("modelSize", run.model_size);
  run.precision = in.choice("precision", kPrecisions, run.precision);
  run.optimizer = in.choice("optimizer", kOptimizers, run.optimizer);
  run.batch = in.number("batchSize", run.batch, 1);
  run.sequence = in.number("sequenceLength", run.sequence);
  run.gradient_accumulation = in.number("gradientAccumulationSteps", run.gradient_accumulation);
  run.vocab_size = in.number("vocabSize", run.vocab_size);
  run.heads = in.number("numAttentionHeads", run.heads);
  run.hidden_size = in.number("hiddenSize", run.hidden_size);
  run.intermediate_size = in.number("intermediateSize", run.intermediate_size);
  run.layers = in.number("numLayers", run.layers);
  run.lora_rank = in.number("loraRank", run.lora_rank);
  run.max_generation_length = in.number("maxGenerationLength", run.max_generation_length);
  run.weight_decay = in.number("weightDecay", run.weight_decay);
  if (in.has("loraTargetModules")) {
    run.lora_attention_targets = run.lora_mlp_targets = 0;
    for (const std::string& name : in.texts("loraTargetModules")) {
      const bool mlp = name == "gate_proj" || name == "up_proj" || name == "down_proj";
      (mlp ? run.lora_mlp_targets : run.lora_attention_targets) += 1;
    }
  }
  return documented::estimate(run);
}

documented::Estimate advanced_multimodal(Inputs& in) {
  documented::AdvancedMultimodal run;
  run.model_size = in.number("modelSize", run.model_size);
  run.precision = in.choice("precision", kPrecisions, run.precision);
  run.optimizer = in.choice("optimizer", kOptimizers, run.optimizer);
  run.batch = in.number("batchSize", run.batch);
  run.sequence = in.number("sequenceLength", run.sequence);
  run.resolution = in.number("imageResolution", run.resolution);
  run.patch = in.number("patchSize", run.patch, 1);
  run.vision_dim = in.number("visionFeatureDim", run.vision_dim);
  for (const std::string_view name : {"gradientAccumulationSteps", "weightDecay"}) in.number(name, 0);  // no effect, as published
  return documented::estimate(run);
}

documented::Estimate advanced_moe(Inputs& in) {
  documented::AdvancedMoe run;
  run.model_size = in.number("modelSize", run.model_size);
  run.precision = in.choice("precision", kPrecisions, run.precision);
  run.batch = in.number("batchSize", run.batch);
  run.sequence = in.number("sequenceLength", run.sequence);
  run.experts = in.number("numExperts", run.experts, 1);
  run.active_experts = in.number("numActiveExperts", run.active_experts);
  in.choice("optimizer", kOptimizers, "AdamW");
  for (const std::string_view name : {"gradientAccumulationSteps", "weightDecay"}) in.number(name, 0);
  return documented::estimate(run);
}

documented::Estimate advanced_cnn(Inputs& in) {
  documented::AdvancedCnn run;
  run.model_size = in.number("modelSize", run.model_size);
  run.precision = in.choice("precision", kPrecisions, run.precision);
  run.batch = in.number("batchSize", run.batch);
  run.image_size = in.number("inputImageSize", run.image_size);
  in.choice("optimizer", kOptimizers, "SGD");
  for (const std::string_view name : {"gradientAccumulationSteps", "weightDecay"}) in.number(name, 0);
  return documented::estimate(run);
}

struct Formula {
  std::string_view name;
  documented::Estimate (*run)(Inputs&);
};
constexpr std::array kFormulas = {
    Formula{"inference", inference},         Formula{"training", training},
    Formula{"finetuning", fine_tuning},      Formula{"grpo", grpo},
    Formula{"multimodal", multimodal},       Formula{"advanced_nlp", advanced_nlp},
    Formula{"advanced_moe", advanced_moe},   Formula{"advanced_multimodal", advanced_multimodal},
    Formula{"advanced_cnn", advanced_cnn},
};

}  // namespace

DocumentedAnswer documented_by_inputs(const json& request, Issues& issues) {
  const JsonFields fields(request, "", issues);
  const std::string name = fields.text("formula");
  for (const Formula& formula : kFormulas) {
    if (formula.name != name) continue;
    Inputs inputs(request, issues);
    DocumentedAnswer answer{formula.name, formula.run(inputs)};
    inputs.refuse_others();
    return answer;
  }
  std::string known;
  for (const Formula& formula : kFormulas) known += (known.empty() ? "" : ", ") + std::string(formula.name);
  fields.reject("formula", fields.has("formula") ? "unknown_name" : "missing_field", "formula must be one of " + known + ".");
  return {};
}

}  // namespace vram
