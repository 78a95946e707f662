// The rows of the tools.
// SPDX-License-Identifier: MIT
#include "tool_table.h"

#include <array>

#include "tool_answers.h"

namespace vram {

namespace {

using Names = std::string_view;
constexpr auto list(auto... names) { return std::to_array<Names>({names...}); }

constexpr auto kModelTypes = list("nlp", "multimodal", "moe", "cnn");
constexpr auto kPrecisions = list("fp32", "fp16", "bf16", "fp8", "int8", "int4");
constexpr auto kOptimizers = list("adamw", "adam", "sgd", "sgd_momentum", "adamw_8bit", "paged_adamw", "paged_adamw_8bit", "adafactor", "lion", "lion_8bit", "muon", "adam_mini", "galore");
constexpr auto kLanguages = list("en", "zh");
constexpr auto kEstimates = list("engine", "documented");
constexpr auto kFineTuning = list("full", "lora", "qlora", "adalora", "dora", "prefix", "freeze", "engine", "documented");
constexpr auto kModules = list("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "all-linear");
constexpr auto kModes = list("inference", "finetuning", "training");
constexpr auto kModalities = list("text-image", "text-audio", "text-video", "audio-video", "all");
constexpr auto kTasks = list("inference", "pretraining", "finetuning");

constexpr auto kTargets = list("memory", "performance", "cost", "stability");
constexpr auto kPriorities = list("balanced", "quality", "speed", "memory");

constexpr ToolArgument number(Names name, double min, double max, Names about) { return {name, ArgumentKind::number, min, max, {}, about}; }
constexpr ToolArgument whole(Names name, double min, double max, Names about) { return {name, ArgumentKind::integer, min, max, {}, about}; }
constexpr ToolArgument text(Names name, Names about) { return {name, ArgumentKind::text, 0, 0, {}, about}; }
constexpr ToolArgument flag(Names name, Names about) { return {name, ArgumentKind::flag, 0, 0, {}, about}; }
constexpr ToolArgument choice(Names name, std::span<const Names> values, Names about) { return {name, ArgumentKind::choice, 0, 0, values, about}; }
constexpr ToolArgument texts(Names name, std::span<const Names> values, Names about) { return {name, ArgumentKind::texts, 0, 0, values, about}; }

constexpr auto kArguments = std::to_array<ToolArgument>({
    choice("modelType", kModelTypes, "kind of model"),
    number("modelSize", 0.0001, 2000, "size in billions of parameters"),
    text("architectureType", "family: LLaMA, GPT, BERT, T5, ChatGLM, Transformer; CLIP, BLIP, LLaVA, GPT-4V, Flamingo; Switch Transformer, GLaM, PaLM-2, DeepSeek-MoE, Mixtral; ResNet, EfficientNet, ConvNeXt, RegNet, DenseNet, VGG, MobileNet, YOLO"),
    choice("precision", kPrecisions, "number format of the weights; int8 and int4 of training are a quantised base with adapters"),
    whole("batchSize", 1, 1e6, "sequences or images of one step on one device"),
    number("learningRate", 1e-12, 100, "learning rate"),
    choice("optimizer", kOptimizers, "optimizer"),
    number("trainingEpochs", 0, 1e6, "passes over the data"),
    whole("sequenceLength", 1, 16777216, "tokens of one sequence"),
    whole("hiddenSize", 1, 1e6, "width of the residual stream"),
    whole("numLayers", 1, 1e5, "layers"),
    whole("numAttentionHeads", 1, 1e5, "attention heads"),
    whole("vocabSize", 1, 1e8, "entries of the vocabulary"),
    whole("intermediateSize", 1, 1e7, "width of the feed-forward blocks"),
    whole("loraRank", 1, 65536, "rank of the adapters; given, only adapters train"),
    number("loraAlpha", 0, 1e6, "scale of the adapters"),
    texts("loraTargetModules", kModules, "matrices that carry adapters"),
    whole("imageResolution", 1, 65536, "pixels per side of an image"),
    whole("patchSize", 1, 1024, "pixels per side of a patch"),
    whole("visionFeatureDim", 1, 65536, "width of the vision tower"),
    text("visionEncoderType", "ViT, ConvNeXt or ResNet"),
    text("textEncoderType", "BERT, RoBERTa, T5 or LLaMA"),
    whole("numExperts", 1, 65536, "experts of a layer"),
    whole("numActiveExperts", 1, 65536, "experts a token uses"),
    number("expertCapacityFactor", 0, 1000, "room in an expert's buffer, times an even share"),
    text("routingStrategy", "Top-K, Switch or Expert Choice"),
    whole("inputImageSize", 1, 65536, "pixels per side of an image"),
    whole("kernelSize", 1, 31, "kernel of the convolutions"),
    number("weightDecay", 0, 10, "weight decay"),
    whole("warmupSteps", 0, 1e9, "steps of warm-up"),
    number("gradientClipping", 0, 1e6, "largest norm of the gradients, 0 for any"),
    number("dropoutRate", 0, 0.999, "dropout"),
    whole("gradientAccumulationSteps", 1, 1e6, "micro-batches of one step"),
    choice("language", kLanguages, "of the sentences"),
    choice("method", kFineTuning, "engine or documented (the widely quoted formulas); of calculate_finetuning_vram: full, lora, qlora, adalora, dora, prefix or freeze"),
    choice("estimateMethod", kEstimates, "engine or documented, where `method` is the way of fine-tuning"),
    text("modelId", "a model of the catalog, such as meta-llama/Llama-3.1-8B"),
    number("modelParams", 0.0001, 2000, "size in billions, where no model is named"),
    text("quantization", "how the weights are packed: none, int8, int4, fp8, awq, gptq, nf4, q4_k_m, ..."),
    text("kvCachePrecision", "auto, fp8, int8, q8_0, ..."),
    text("engine", "vllm, sglang, tgi, tensorrt_llm, transformers, llama_cpp, ollama, ..."),
    number("kvCacheRatio", 0.001, 1, "share of the KV cache, of the documented formula only"),
    flag("gradientCheckpointing", "recompute activations in the backward pass"),
    whole("groupSize", 2, 1e6, "completions per prompt"),
    whole("numGenerations", 2, 1e6, "completions per prompt, the published name of groupSize"),
    whole("maxPromptLength", 1, 16777216, "tokens of a prompt"),
    whole("maxCompletionLength", 1, 16777216, "tokens of a completion"),
    flag("use8BitOptimizer", "optimizer states in 8 bit"),
    choice("mode", kModes, "what is run"),
    choice("modalityType", kModalities, "what comes beside text"),
    whole("numImages", 0, 1e6, "images of one sequence"),
    number("audioWindowLength", 0, 1e6, "seconds of audio"),
    number("videoFrameRate", 0, 1000, "frames per second"),
    number("videoLength", 0, 1e6, "seconds of video"),
    choice("task", kTasks, "what is run"),
    text("gpu", "an accelerator of the catalog, such as rtx-4090"),
    whole("gpus", 1, 1e6, "how many of them"),
    number("requiredMemory", 0.001, 1e6, "GiB one run needs, where no model is named"),
    number("gpuMemory", 0.001, 1e6, "GiB of one device, where no accelerator is named"),
    number("hours", 0, 1e9, "how long"),
    texts("modelIds", {}, "models of the catalog"),
    choice("target", kTargets, "which group of changes"),
    choice("priority", kPriorities, "what matters most"),
    whole("limit", 1, 1000, "most rows of the answer"),
    {"scenario", ArgumentKind::object, 0, 0, {}, "a whole scenario as `estimate` takes it"},
});

constexpr auto kAdvancedRequired = list("modelType", "modelSize", "architectureType", "precision", "batchSize", "learningRate", "optimizer", "trainingEpochs");
constexpr auto kAdvanced = list("sequenceLength", "hiddenSize", "numLayers", "numAttentionHeads", "vocabSize", "intermediateSize", "loraRank", "loraAlpha", "loraTargetModules",
                                "imageResolution", "patchSize", "visionFeatureDim", "visionEncoderType", "textEncoderType", "numExperts", "numActiveExperts",
                                "expertCapacityFactor", "routingStrategy", "inputImageSize", "kernelSize", "weightDecay", "warmupSteps", "gradientClipping", "dropoutRate",
                                "gradientAccumulationSteps", "language", "method", "gpu", "gpus");
constexpr auto kInference = list("modelId", "modelParams", "precision", "quantization", "batchSize", "sequenceLength", "kvCachePrecision", "kvCacheRatio", "engine", "gpu", "gpus",
                                 "language", "method");
constexpr auto kTraining = list("modelId", "modelParams", "precision", "optimizer", "batchSize", "sequenceLength", "gradientAccumulationSteps", "gradientCheckpointing",
                                "learningRate", "trainingEpochs", "gpu", "gpus", "language", "method");
constexpr auto kTuning = list("modelId", "modelParams", "method", "precision", "quantization", "optimizer", "loraRank", "loraAlpha", "loraTargetModules", "batchSize",
                              "sequenceLength", "gradientAccumulationSteps", "gradientCheckpointing", "learningRate", "trainingEpochs", "gpu", "gpus", "language", "estimateMethod");
constexpr auto kGrpo = list("modelId", "modelParams", "precision", "batchSize", "sequenceLength", "groupSize", "numGenerations", "maxPromptLength", "maxCompletionLength",
                            "gradientAccumulationSteps", "use8BitOptimizer", "gradientCheckpointing", "loraRank", "gpu", "gpus", "language", "method");
constexpr auto kMultimodal = list("modelId", "mode", "modalityType", "precision", "batchSize", "sequenceLength", "numImages", "imageResolution", "patchSize", "audioWindowLength",
                                  "videoFrameRate", "videoLength", "gpu", "gpus", "language", "method");
constexpr auto kRecommend = list("requiredMemory", "scenario", "modelId", "task", "precision", "quantization", "batchSize", "sequenceLength", "loraRank", "gpus", "limit", "language");
constexpr auto kOptimize = list("scenario", "modelId", "task", "precision", "quantization", "batchSize", "sequenceLength", "loraRank", "gpu", "gpus", "target", "language");
constexpr auto kTune = list("scenario", "modelId", "task", "precision", "batchSize", "sequenceLength", "loraRank", "gpu", "gpus", "gpuMemory", "priority", "language");
constexpr auto kPlan = list("scenario", "modelId", "task", "precision", "batchSize", "sequenceLength", "loraRank", "gpu", "gpus", "limit", "language");
constexpr auto kGpu = list("gpu");
constexpr auto kCost = list("gpus", "hours", "language");
constexpr auto kModelIds = list("modelIds");
constexpr auto kCompare = list("task", "precision", "quantization", "batchSize", "sequenceLength", "loraRank", "gpu", "gpus", "language");
constexpr auto kScenario = list("scenario");
constexpr auto kNone = std::array<Names, 0>{};

constexpr auto kTools = std::to_array<Tool>({
    {"calculate_advanced_finetuning_vram", "Memory of fine-tuning a language, multimodal, mixture-of-experts or convolutional model given by its size.", kAdvancedRequired, kAdvanced, advanced_finetuning_answer},
    {"calculate_inference_vram", "Memory and speed of serving a model.", kNone, kInference, inference_answer},
    {"calculate_training_vram", "Memory and speed of training all parameters.", kNone, kTraining, training_answer},
    {"calculate_finetuning_vram", "Memory and speed of fine-tuning: full, LoRA, QLoRA and others.", kNone, kTuning, finetuning_answer},
    {"calculate_grpo_vram", "Memory of reinforcement learning with groups of completions.", kNone, kGrpo, grpo_answer},
    {"calculate_multimodal_vram", "Memory of a model that reads images, audio or video.", kNone, kMultimodal, multimodal_answer},
    {"recommend_gpu", "Every accelerator that can run it, with the layout that fits, ranked by fit and cost.", kNone, kRecommend, recommend_answer},
    {"analyze_cost", "Renting against buying an accelerator for a number of hours.", kGpu, kCost, cost_answer},
    {"compare_models", "Several models under the same run, side by side.", kModelIds, kCompare, compare_answer},
    {"optimize_config", "Changes that help a run, each recomputed, and the smallest set that fits.", kNone, kOptimize, optimize_answer},
    {"auto_tune_config", "The settings of a run that use a given card best.", kNone, kTune, auto_tune_answer},
    {"plan_parallelism", "Layouts, recomputation and micro-batches for a cluster: those that nothing beats in memory, time and cost.", kNone, kPlan, plan_answer},
    {"estimate", "Memory, speed and cost of a whole scenario.", kScenario, kNone, estimate_answer},
});

}  // namespace

std::span<const Tool> tool_table() { return kTools; }
std::span<const ToolArgument> tool_arguments() { return kArguments; }

}  // namespace vram
