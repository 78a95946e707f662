// The header of a weight file becomes the model it holds: dimensions from GGUF metadata, or from names and shapes.
// SPDX-License-Identifier: MIT
#include "vram/model_tensors.h"

#include <gtest/gtest.h>

#include <string>

#include "tensor_file_fixtures.h"
#include "vram/inventory.h"
#include "vram/json.h"

namespace vram {
namespace {

const Issue* find_issue(const Issues& issues, std::string_view code) {
  const auto found = std::find_if(issues.begin(), issues.end(), [&](const Issue& issue) { return issue.code == code; });
  return found == issues.end() ? nullptr : &*found;
}

void add(TensorFile& file, std::string name, std::vector<std::int64_t> shape) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : shape) elements *= extent;
  file.tensors.push_back({.name = std::move(name), .shape = std::move(shape), .type = "BF16", .elements = elements, .bytes = {2 * elements}});
  file.elements += elements;
  file.bytes += Bytes{2 * elements};
}

struct Names {
  std::string embedding, norm, head, layer, input_norm, post_norm, q, k, v, o, gate, up, down;
};
const Names kHuggingFace = {"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight", "model.layers.", "input_layernorm.weight", "post_attention_layernorm.weight",
                            "self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight", "self_attn.o_proj.weight", "mlp.gate_proj.weight", "mlp.up_proj.weight",
                            "mlp.down_proj.weight"};
const Names kGguf = {"token_embd.weight", "output_norm.weight", "output.weight", "blk.", "attn_norm.weight", "ffn_norm.weight", "attn_q.weight", "attn_k.weight", "attn_v.weight",
                     "attn_output.weight", "ffn_gate.weight", "ffn_up.weight", "ffn_down.weight"};

/// Llama-3.1-8B as a file of that naming scheme holds it.
TensorFile llama_8b(const Names& names) {
  constexpr std::int64_t h = 4096, inner = 14336, kv = 1024, vocab = 128256, layers = 32;
  TensorFile file;
  add(file, names.embedding, {vocab, h});
  for (std::int64_t i = 0; i < layers; ++i) {
    const std::string at = names.layer + std::to_string(i) + ".";
    add(file, at + names.input_norm, {h});
    add(file, at + names.post_norm, {h});
    add(file, at + names.q, {h, h});
    add(file, at + names.k, {kv, h});
    add(file, at + names.v, {kv, h});
    add(file, at + names.o, {h, h});
    add(file, at + names.gate, {inner, h});
    add(file, at + names.up, {inner, h});
    add(file, at + names.down, {h, inner});
  }
  add(file, names.norm, {h});
  add(file, names.head, {vocab, h});
  return file;
}

TensorFile llama_gguf() {
  TensorFile file = llama_8b(kGguf);
  file.format = TensorFileFormat::gguf;
  const auto number = [&file](const std::string& key, std::int64_t value) { file.metadata.push_back({.key = "llama." + key, .value = value}); };
  file.metadata.push_back({.key = "general.architecture", .value = std::string("llama")});
  file.metadata.push_back({.key = "general.name", .value = std::string("Llama 3.1 8B")});
  number("block_count", 32);
  number("embedding_length", 4096);
  number("feed_forward_length", 14336);
  number("attention.head_count", 32);
  number("attention.head_count_kv", 8);
  number("context_length", 131072);
  number("vocab_size", 128256);
  add(file, "rope_freqs.weight", {64});
  return file;
}

TEST(ModelTensors, GgufMetadataGivesTheDimensions) {
  const TensorFile file = llama_gguf();
  const ModelResult result = model_from_tensor_file(file);
  EXPECT_TRUE(result.issues.empty()) << result.issues[0].message;
  EXPECT_EQ(8030261248, count_parameters(build_inventory(result.model)).total);
  EXPECT_EQ(8, result.model.attention.kv_heads);
  EXPECT_EQ(131072, result.model.max_position_embeddings);
  EXPECT_EQ(file.bytes.value, result.model.stored_bytes);
  EXPECT_EQ("Llama 3.1 8B", result.model.name);
  EXPECT_TRUE(result.model.extra_params.empty());
}

TEST(ModelTensors, SafetensorsNamesAndShapesGiveTheDimensions) {
  TensorFile file = llama_8b(kHuggingFace);
  file.format = TensorFileFormat::safetensors;
  const ModelResult result = model_from_tensor_file(file);
  EXPECT_FALSE(has_errors(result.issues));
  EXPECT_EQ(8030261248, count_parameters(build_inventory(result.model)).total);
  EXPECT_EQ(32, result.model.num_layers());
  EXPECT_EQ(32, result.model.attention.heads);
  EXPECT_EQ(8, result.model.attention.kv_heads);
  const Issue* assumed = find_issue(result.issues, "head_dim_assumed");
  ASSERT_NE(nullptr, assumed);
  EXPECT_EQ("128", assumed->value);
}

TEST(ModelTensors, NormsOfQueriesTellTheHeadWidth) {
  TensorFile file = llama_8b(kHuggingFace);
  file.format = TensorFileFormat::safetensors;
  for (int i = 0; i < 32; ++i) {
    const std::string at = "model.layers." + std::to_string(i) + ".self_attn.";
    add(file, at + "q_norm.weight", {64});
    add(file, at + "k_norm.weight", {64});
  }
  const ModelResult result = model_from_tensor_file(file);
  EXPECT_EQ(nullptr, find_issue(result.issues, "head_dim_assumed"));
  EXPECT_EQ(64, result.model.attention.head_dim);
  EXPECT_EQ(64, result.model.attention.heads);
  EXPECT_EQ(file.elements, count_parameters(build_inventory(result.model)).total);
}

TEST(ModelTensors, OnePartOfSeveralIsSaid) {
  TensorFile file = llama_8b(kHuggingFace);
  file.format = TensorFileFormat::safetensors;
  for (int i = 0; i < 100; ++i) {  // the later layers keep their norms, their matrices are in another file
    file.elements -= file.tensors.back().elements;
    file.tensors.pop_back();
  }
  add(file, "model.layers.31.input_layernorm.weight", {4096});
  EXPECT_NE(nullptr, find_issue(model_from_tensor_file(file).issues, "tensors_and_dimensions_disagree"));
}

TEST(ModelTensors, ForeignNamesGiveTheWeightsOnly) {
  TensorFile file;
  file.format = TensorFileFormat::safetensors;
  add(file, "some.matrix", {1000, 1000});
  const ModelResult result = model_from_tensor_file(file);
  EXPECT_NE(nullptr, find_issue(result.issues, "tensor_names_unknown"));
  EXPECT_EQ(1'000'000, count_parameters(build_inventory(result.model)).total);
  EXPECT_EQ(2'000'000, result.model.stored_bytes);
}

TEST(ModelTensors, AnIndexAndAnEmptyFileAreErrors) {
  TensorFile index;
  index.format = TensorFileFormat::safetensors_index;
  EXPECT_NE(nullptr, find_issue(model_from_tensor_file(index).issues, "tensor_shapes_missing"));
  EXPECT_NE(nullptr, find_issue(model_from_tensor_file(TensorFile{}).issues, "no_tensors"));
}

TEST(ModelTensors, FixtureFilesNeverCrash) {
  for (const char* name : {"dense.gguf", "arrays.gguf", "mixed.safetensors", "model.safetensors.index.json"}) {
    const TensorFileResult read = test::read(test::fixture(name));
    ASSERT_TRUE(read.file) << name;
    EXPECT_FALSE(model_from_tensor_file(*read.file).issues.empty()) << name;
  }
}

TEST(ModelTensors, AHeaderTravelsThroughJsonIntoAScenario) {
  const std::string bytes = test::fixture("dense.gguf");
  const auto answer = nlohmann::json::parse(tensor_file_json(std::as_bytes(std::span(bytes.data(), bytes.size())), bytes.size()));
  ASSERT_TRUE(answer.contains("model"));
  EXPECT_EQ("gguf", answer["model"]["format"]);
  const auto result = nlohmann::json::parse(estimate_json(nlohmann::json{{"model", answer["model"]}, {"task", "inference"}}.dump()));
  ASSERT_TRUE(result.contains("memory")) << result["issues"].dump();
  EXPECT_GT(result["model"]["parameters"].get<std::int64_t>(), 0);
  const auto cut = nlohmann::json::parse(tensor_file_json(std::as_bytes(std::span(bytes.data(), 100)), std::nullopt));
  EXPECT_GT(cut["more_bytes_needed"].get<std::int64_t>(), 0);
}

TEST(ModelTensors, WeightsWeighWhatTheFileHolds) {
  nlohmann::json model = {{"format", "gguf"}, {"metadata", nlohmann::json::object()}, {"tensors", nlohmann::json::array()}};
  const TensorFile file = llama_gguf();
  for (const MetadataEntry& entry : file.metadata) {
    if (const auto* number = std::get_if<std::int64_t>(&entry.value)) model["metadata"][entry.key] = *number;
    if (const auto* text = std::get_if<std::string>(&entry.value)) model["metadata"][entry.key] = *text;
  }
  std::int64_t bytes = 0;
  for (const TensorEntry& tensor : file.tensors) {
    const std::int64_t packed = tensor.shape.size() == 2 ? tensor.elements / 256 * 144 : tensor.elements * 4;  // Q4_K, and F32 vectors
    model["tensors"].push_back({{"name", tensor.name}, {"shape", tensor.shape}, {"type", "Q4_K"}, {"bytes", packed}});
    bytes += packed;
  }
  const auto result = nlohmann::json::parse(estimate_json(nlohmann::json{{"model", model}, {"task", "inference"}, {"inference", {{"engine", "transformers"}}}}.dump()));
  ASSERT_TRUE(result.contains("memory")) << result["issues"].dump();
  double weights = 0;
  for (const auto& term : result["memory"]["terms"]) {
    if (term["id"] == "weights") weights = term["bytes"].get<double>();
  }
  EXPECT_NEAR(static_cast<double>(bytes), weights, 1e-4 * static_cast<double>(bytes));
}

TEST(ModelTensors, FoolishTensorListsAreErrors) {
  const char* bad[] = {R"({"tensors": 5})", R"({"tensors": []})", R"({"tensors": [5]})", R"({"tensors": [{"name": "a", "shape": [1e9, 1e9, 1e9], "type": "F32", "bytes": 4}]})",
                       R"({"tensors": [{"name": "a", "shape": [-1], "type": "F32", "bytes": 4}]})", R"({"tensors": [{"name": "a", "shape": [1], "type": "F32"}]})"};
  for (const char* model : bad) {
    const auto result = nlohmann::json::parse(estimate_json("{\"model\": " + std::string(model) + "}"));
    EXPECT_EQ("error", result["issues"][0]["severity"]) << model;
    EXPECT_FALSE(result.contains("memory")) << model;
  }
}

}  // namespace
}  // namespace vram
