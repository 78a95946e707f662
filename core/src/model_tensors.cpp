// Header of a weight file -> config.json of the same model -> ModelConfig, so that one reader knows every type.
// SPDX-License-Identifier: MIT
#include "vram/model_tensors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "model_json_edge.h"
#include "vram/inventory.h"

namespace vram {

using nlohmann::json;

namespace {

const TensorEntry* find_tensor(const TensorFile& file, std::string_view name) {
  const auto found = std::find_if(file.tensors.begin(), file.tensors.end(), [&](const TensorEntry& tensor) { return tensor.name == name; });
  return found == file.tensors.end() ? nullptr : &*found;
}

bool ends_with(std::string_view text, std::string_view ending) { return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending; }

// ---- GGUF: architecture names and metadata keys, next to Hugging Face's ----

struct Name {
  std::string_view gguf, config;
};
constexpr std::array kArchitectures = {
    Name{"qwen2moe", "qwen2_moe"},   Name{"qwen3moe", "qwen3_moe"},   Name{"gemma3", "gemma3_text"}, Name{"phi2", "phi"},           Name{"phimoe", "phimoe"},
    Name{"gptneox", "gpt_neox"},     Name{"gptj", "gptj"},            Name{"starcoder", "gpt_bigcode"}, Name{"command-r", "cohere"}, Name{"deepseek2", "deepseek_v2"},
    Name{"grok", "grok-1"},          Name{"gpt-oss", "gpt_oss"},      Name{"llama4", "llama4_text"}, Name{"deepseek", "deepseek_v2"}, Name{"qwen3next", "qwen3_next"},
    Name{"granitehybrid", "granitemoehybrid"}, Name{"nemotron_h", "nemotron_h"}, Name{"minimax-m2", "minimax_m2"}, Name{"seed_oss", "seed_oss"},
};
constexpr std::array kKeys = {
    Name{"block_count", "num_hidden_layers"},
    Name{"embedding_length", "hidden_size"},
    Name{"feed_forward_length", "intermediate_size"},
    Name{"attention.head_count", "num_attention_heads"},
    Name{"attention.head_count_kv", "num_key_value_heads"},
    Name{"attention.key_length", "head_dim"},
    Name{"context_length", "max_position_embeddings"},
    Name{"vocab_size", "vocab_size"},
    Name{"expert_count", "num_experts"},
    Name{"expert_used_count", "num_experts_per_tok"},
    Name{"expert_feed_forward_length", "moe_intermediate_size"},
    Name{"expert_shared_feed_forward_length", "shared_expert_intermediate_size"},
    Name{"expert_shared_count", "n_shared_experts"},
    Name{"leading_dense_block_count", "first_k_dense_replace"},
    Name{"attention.sliding_window", "sliding_window"},
    Name{"attention.q_lora_rank", "q_lora_rank"},
    Name{"attention.kv_lora_rank", "kv_lora_rank"},
};

std::string config_type_of(const TensorFile& file, std::string_view architecture, const json& config) {
  if (architecture == "llama" && config.value("num_experts", 0) > 0) return "mixtral";
  for (const Name& row : kArchitectures) {
    if (row.gguf != architecture) continue;
    // The score correction is what tells the third generation from the second.
    const bool corrected = std::any_of(file.tensors.begin(), file.tensors.end(), [](const TensorEntry& tensor) { return tensor.name.find("exp_probs_b") != std::string::npos; });
    return row.config == "deepseek_v2" && corrected ? "deepseek_v3" : std::string(row.config);
  }
  return std::string(architecture);
}

/// One number for the whole model: of a list with one for each layer, the largest.
std::int64_t largest(const TensorFile& file, const std::string& key) {
  const std::vector<std::int64_t> values = file.integers(key);
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

json config_of_gguf(const TensorFile& file, Issues& issues) {
  json config = json::object();
  const std::string architecture(file.text("general.architecture"));
  for (const Name& row : kKeys) {
    if (const std::int64_t value = largest(file, architecture + '.' + std::string(row.gguf)); value > 0) config[std::string(row.config)] = value;
  }
  const TensorEntry* embedding = find_tensor(file, "token_embd.weight");
  if (embedding != nullptr && embedding->shape.size() == 2) config["vocab_size"] = embedding->shape[0];
  config["model_type"] = config_type_of(file, architecture, config);
  config["tie_word_embeddings"] = find_tensor(file, "output.weight") == nullptr;
  config["attention_bias"] = std::any_of(file.tensors.begin(), file.tensors.end(), [](const TensorEntry& tensor) {
    return ends_with(tensor.name, ".attn_q.bias") || ends_with(tensor.name, ".attn_qkv.bias");
  });
  if (config.contains("kv_lora_rank")) {
    const std::int64_t rope = largest(file, architecture + ".rope.dimension_count");
    const std::int64_t key = std::max(largest(file, architecture + ".attention.key_length_mla"), config.value("head_dim", std::int64_t{0}));
    const std::int64_t own = largest(file, architecture + ".attention.key_length_mla");
    config["qk_rope_head_dim"] = rope;
    config["qk_nope_head_dim"] = std::max<std::int64_t>(0, (own > 0 ? own : key) - rope);
    const std::int64_t value = largest(file, architecture + ".attention.value_length_mla");
    config["v_head_dim"] = value > 0 ? value : largest(file, architecture + ".attention.value_length");
    config.erase("head_dim");
  }
  if (config["model_type"] == "mixtral" || config["model_type"] == "gpt_oss" || config["model_type"] == "olmoe") {
    if (config.contains("moe_intermediate_size")) config["intermediate_size"] = config["moe_intermediate_size"];
  }
  if (architecture.empty()) issues.push_back(warning("no_architecture", "general.architecture", "", "The file does not name its architecture: its dimensions are read in the manner of Llama."));
  return config;
}

// ---- safetensors: names and shapes ----

/// "model.layers.12.self_attn.q_proj.weight" -> 12 and "self_attn.q_proj.weight".
struct LayerName {
  std::int64_t layer = -1;
  std::string_view rest;
};

LayerName split(std::string_view name) {
  for (const std::string_view mark : {std::string_view("layers."), std::string_view("h."), std::string_view("blocks.")}) {
    const std::size_t at = name.find(mark);
    if (at == std::string_view::npos || (at > 0 && name[at - 1] != '.')) continue;
    const std::string_view tail = name.substr(at + mark.size());
    std::int64_t layer = -1;
    const auto [end, problem] = std::from_chars(tail.data(), tail.data() + tail.size(), layer);
    if (problem != std::errc{} || layer < 0 || layer >= kMaxLayers || end == tail.data() + tail.size() || *end != '.') continue;
    return {layer, tail.substr(static_cast<std::size_t>(end - tail.data()) + 1)};
  }
  return {};
}

/// What a header of Llama-like names shows.
struct Seen {
  std::int64_t layers = 0, hidden = 0, vocab = 0, query = 0, key = 0, inner = 0, expert_inner = 0, experts = 0, shared = 0, head_dim = 0;
  bool head = false, query_bias = false, output_bias = false, vision = false;
};

void look_at_layer(const LayerName& name, const TensorEntry& tensor, Seen& seen) {
  seen.layers = std::max(seen.layers, name.layer + 1);
  const std::int64_t rows = tensor.shape.empty() ? 0 : tensor.shape[0];
  const bool matrix = tensor.shape.size() == 2;
  if (ends_with(name.rest, "q_proj.bias")) seen.query_bias = true;
  if (ends_with(name.rest, "o_proj.bias")) seen.output_bias = true;
  if (ends_with(name.rest, "q_norm.weight") && tensor.shape.size() == 1) seen.head_dim = rows;
  if (!matrix) return;
  if (ends_with(name.rest, "attn.q_proj.weight")) seen.query = rows;
  if (ends_with(name.rest, "attn.k_proj.weight")) seen.key = rows;
  const std::size_t expert = name.rest.find("experts.");
  const bool is_expert = expert != std::string_view::npos && name.rest.find("shared_expert") == std::string_view::npos;
  const bool up = ends_with(name.rest, "up_proj.weight") || ends_with(name.rest, ".w3.weight");
  if (is_expert) {
    std::int64_t index = -1;
    const std::string_view number = name.rest.substr(expert + 8);
    if (std::from_chars(number.data(), number.data() + number.size(), index).ec == std::errc{} && index >= 0 && index < kMaxSize) seen.experts = std::max(seen.experts, index + 1);
    if (up) seen.expert_inner = rows;
  } else if (up) {
    (name.rest.find("shared_expert") != std::string_view::npos ? seen.shared : seen.inner) = rows;
  }
}

Seen look_at(const TensorFile& file) {
  Seen seen;
  for (const TensorEntry& tensor : file.tensors) {
    const std::string_view name = tensor.name;
    if (name.find("vision") != std::string_view::npos || name.substr(0, 7) == "visual.") {
      seen.vision = true;
      continue;
    }
    if (ends_with(name, "embed_tokens.weight") && tensor.shape.size() == 2) {
      seen.vocab = tensor.shape[0];
      seen.hidden = tensor.shape[1];
    }
    if (ends_with(name, "lm_head.weight")) seen.head = true;
    if (const LayerName layer = split(name); layer.layer >= 0) look_at_layer(layer, tensor, seen);
  }
  return seen;
}

json config_of_names(const TensorFile& file, Issues& issues) {
  const Seen seen = look_at(file);
  json config = json::object();
  if (seen.layers == 0 || seen.hidden == 0 || seen.query == 0) return config;
  std::int64_t head_dim = seen.head_dim;
  if (head_dim == 0 || seen.query % head_dim != 0) {
    head_dim = seen.query % 128 == 0 ? 128 : 64;
    issues.push_back(warning("head_dim_assumed", "head_dim", std::to_string(head_dim), "A safetensors header does not say how wide an attention head is: " + std::to_string(head_dim) + " is assumed. Give config.json to be exact."));
  }
  const char* type = seen.experts > 0 ? (seen.head_dim > 0 ? "qwen3_moe" : seen.shared > 0 ? "qwen2_moe" : "mixtral") : seen.head_dim > 0 ? "qwen3" : seen.query_bias && !seen.output_bias ? "qwen2" : "llama";
  config = {{"model_type", type}, {"hidden_size", seen.hidden}, {"num_hidden_layers", seen.layers}, {"vocab_size", seen.vocab}, {"head_dim", head_dim},
            {"num_attention_heads", seen.query / head_dim}, {"num_key_value_heads", std::max<std::int64_t>(1, seen.key / head_dim)}, {"tie_word_embeddings", !seen.head},
            {"intermediate_size", seen.inner > 0 ? seen.inner : seen.expert_inner}, {"attention_bias", seen.query_bias && seen.output_bias}, {"sliding_window", nullptr}};
  if (seen.experts > 0) {
    config["num_experts"] = seen.experts;
    config["moe_intermediate_size"] = seen.expert_inner;
    if (seen.shared > 0) config["shared_expert_intermediate_size"] = seen.shared;
    config["num_experts_per_tok"] = std::min<std::int64_t>(seen.experts, seen.experts >= 64 ? 8 : 2);
    issues.push_back(warning("experts_per_token_assumed", "num_experts_per_tok", config["num_experts_per_tok"].dump(),
                             "A safetensors header does not say how many experts a token uses: " + config["num_experts_per_tok"].dump() + " is assumed. Give config.json to be exact."));
  }
  return config;
}

/// Elements that are parameters: tables of rotary frequencies are constants that some files carry.
std::int64_t parameters_of(const TensorFile& file) {
  std::int64_t constants = 0;
  for (const TensorEntry& tensor : file.tensors) {
    const bool constant = tensor.name.find("rope_freq") != std::string::npos || tensor.name.find("rope_factors") != std::string::npos || tensor.name.find("inv_freq") != std::string::npos;
    if (constant) constants += tensor.elements;
  }
  return file.elements - constants;
}

/// Makes the count the file's: what no block explains is one block, and a surplus is said.
void meet_elements(const TensorFile& file, ModelResult& result) {
  const std::int64_t computed = count_parameters(build_inventory(result.model)).total;
  const std::int64_t held = parameters_of(file);
  const std::int64_t left = held - computed;
  if (left > 0) result.model.extra_params.push_back({"tensors outside the known blocks", left});
  const double off = static_cast<double>(left) / static_cast<double>(std::max<std::int64_t>(1, held));
  if (off > 0.01 || off < -0.001) {
    result.issues.push_back(warning("tensors_and_dimensions_disagree", "model.tensors", std::to_string(held),
                                    "The file holds " + std::to_string(held) + " parameters and its dimensions explain " + std::to_string(computed) + ": the file may be one part of several, or of a type that is not known in full."));
  }
}

void only_a_total(const TensorFile& file, ModelResult& result) {
  result.model = ModelConfig{};
  result.model.published_parameters = parameters_of(file);
  result.issues.push_back(warning("tensor_names_unknown", "model.tensors", "", "The names of the tensors follow no scheme this program knows: only the size of the weights is estimated. Give config.json for the rest."));
}

}  // namespace

ModelResult model_from_tensor_file(const TensorFile& file) {
  ModelResult result;
  if (file.format == TensorFileFormat::safetensors_index) {
    result.issues.push_back(error("tensor_shapes_missing", "model.tensors", "", "An index names its tensors but not their shapes: give config.json, or one of the files it names."));
    return result;
  }
  if (file.tensors.empty() || file.elements <= 0) {
    result.issues.push_back(error("no_tensors", "model.tensors", "", "The file holds no tensors."));
    return result;
  }
  const json config = file.format == TensorFileFormat::gguf ? config_of_gguf(file, result.issues) : config_of_names(file, result.issues);
  if (config.empty()) {
    only_a_total(file, result);
  } else {
    ModelResult read = model_from_config(config);
    result.issues.insert(result.issues.end(), read.issues.begin(), read.issues.end());
    if (has_errors(result.issues)) return result;
    result.model = std::move(read.model);
    meet_elements(file, result);
  }
  result.model.name = std::string(file.text("general.name"));
  result.model.stored_bytes = file.bytes.value;
  for (const TensorEntry& tensor : file.tensors) {
    if (tensor.name == "token_embd.weight" || ends_with(tensor.name, "embed_tokens.weight")) result.model.stored_table_bytes = tensor.bytes.value;
  }
  return result;
}

}  // namespace vram
