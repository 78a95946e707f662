// Checked access to JSON members, and the one table of field aliases.
// SPDX-License-Identifier: MIT
#include "json_fields.h"

#include <array>
#include <cmath>
#include <utility>

#include "scenario_json.h"
#include "vram/model_json.h"

namespace vram {

using nlohmann::json;

namespace {

/// Where a config says the same thing under another name. The first name that is present wins.
constexpr std::array kAliases = {
    FieldAlias{"hidden_size", "n_embd"},
    FieldAlias{"hidden_size", "d_model"},
    FieldAlias{"hidden_size", "dim"},
    FieldAlias{"hidden_size", "model_dim"},
    FieldAlias{"hidden_size", "emb_size"},
    FieldAlias{"hidden_size", "embed_dim"},
    FieldAlias{"hidden_size", "width"},
    FieldAlias{"num_hidden_layers", "n_layer"},
    FieldAlias{"num_hidden_layers", "n_layers"},
    FieldAlias{"num_hidden_layers", "num_layers"},
    FieldAlias{"num_hidden_layers", "layers"},
    FieldAlias{"num_hidden_layers", "depth"},
    FieldAlias{"num_hidden_layers", "num_transformer_layers"},
    FieldAlias{"num_attention_heads", "n_head"},
    FieldAlias{"num_attention_heads", "n_heads"},
    FieldAlias{"num_attention_heads", "num_heads"},
    FieldAlias{"num_attention_heads", "attention_heads"},
    FieldAlias{"num_key_value_heads", "num_kv_heads"},
    FieldAlias{"num_key_value_heads", "n_head_kv"},
    FieldAlias{"num_key_value_heads", "kv_n_heads"},
    FieldAlias{"num_key_value_heads", "n_kv_heads"},
    FieldAlias{"num_key_value_heads", "multi_query_group_num"},
    FieldAlias{"num_key_value_heads", "num_query_groups"},
    FieldAlias{"head_dim", "kv_channels"},
    FieldAlias{"head_dim", "attention_head_dim"},
    FieldAlias{"head_dim", "d_kv"},
    FieldAlias{"intermediate_size", "n_inner"},
    FieldAlias{"intermediate_size", "d_ff"},
    FieldAlias{"intermediate_size", "ffn_dim"},
    FieldAlias{"intermediate_size", "ffn_hidden_size"},
    FieldAlias{"intermediate_size", "inner_hidden_size"},
    FieldAlias{"intermediate_size", "ff_dim"},
    FieldAlias{"intermediate_size", "hidden_dim"},
    FieldAlias{"intermediate_size", "encoder_ffn_dim"},
    FieldAlias{"vocab_size", "padded_vocab_size"},
    FieldAlias{"max_position_embeddings", "n_positions"},
    FieldAlias{"max_position_embeddings", "n_ctx"},
    FieldAlias{"max_position_embeddings", "max_seq_len"},
    FieldAlias{"max_position_embeddings", "seq_length"},
    FieldAlias{"max_position_embeddings", "max_sequence_length"},
    FieldAlias{"max_position_embeddings", "model_max_length"},
    FieldAlias{"max_position_embeddings", "max_target_positions"},
    FieldAlias{"num_experts", "num_local_experts"},
    FieldAlias{"num_experts", "n_routed_experts"},
    FieldAlias{"num_experts", "moe_num_experts"},
    FieldAlias{"num_experts_per_tok", "num_experts_per_token"},
    FieldAlias{"num_experts_per_tok", "moe_top_k"},
    FieldAlias{"num_experts_per_tok", "num_selected_experts"},
    FieldAlias{"num_experts_per_tok", "moe_topk"},
    FieldAlias{"num_experts_per_tok", "experts_per_token"},
    FieldAlias{"num_experts_per_tok", "top_k_experts"},
    FieldAlias{"num_shared_experts", "n_shared_experts"},
    FieldAlias{"moe_intermediate_size", "expert_ffn_hidden_size"},
    FieldAlias{"shared_expert_intermediate_size", "shared_intermediate_size"},
    FieldAlias{"shared_expert_intermediate_size", "moe_shared_expert_intermediate_size"},
    FieldAlias{"sliding_window", "window_size"},
    FieldAlias{"sliding_window", "sliding_window_size"},
    FieldAlias{"num_channels", "in_channels"},
    FieldAlias{"num_channels", "in_chans"},
    FieldAlias{"patch_size", "spatial_patch_size"},
    FieldAlias{"hybrid_override_pattern", "hybrid_pattern"},
    FieldAlias{"torch_dtype", "dtype"},
    FieldAlias{"decoder_layers", "num_decoder_layers"},
    FieldAlias{"text_config", "llm_config"},
    FieldAlias{"text_config", "language_config"},
};

}  // namespace

JsonFields::JsonFields(const json& object, std::string path, Issues& issues, const json* defaults)
    : object_(object), path_(std::move(path)), issues_(issues), defaults_(defaults) {}

JsonFields::Found JsonFields::find_in(const json& object, std::string_view field) const {
  if (!object.is_object()) return {};
  if (const auto own = object.find(field); own != object.end()) return {&*own, field};
  for (const FieldAlias& row : kAliases) {
    if (row.field != field) continue;
    if (const auto own = object.find(row.alias); own != object.end()) return {&*own, row.alias};
  }
  return {};
}

JsonFields::Found JsonFields::find(std::string_view field) const {
  Found found = find_in(object_, field);
  // An explicit null is an answer: the library's default is not asked.
  if (found.value == nullptr && defaults_ != nullptr) {
    found = find_in(*defaults_, field);
    if (found.value != nullptr && found.value->is_number()) defaulted_.emplace_back(field);
  }
  if (found.value != nullptr && found.value->is_null()) return {};
  return found;
}

bool JsonFields::given(std::string_view field) const {
  const Found found = find_in(object_, field);
  return found.value != nullptr && !found.value->is_null();
}

void JsonFields::reject(std::string_view field, std::string_view code, std::string sentence) const {
  const Found found = find(field);
  const std::string name = path_ + std::string(found.value != nullptr ? found.name : field);
  issues_.push_back(error(std::string(code), name, found.value != nullptr ? excerpt(*found.value) : "", std::move(sentence)));
}

void JsonFields::wrong_type(const Found& found, std::string_view expected) const {
  const std::string name = path_ + std::string(found.name);
  issues_.push_back(error("wrong_type", name, excerpt(*found.value), name + " must be " + std::string(expected) + ", not " + excerpt(*found.value) + "."));
}

double JsonFields::number(std::string_view field, double fallback, double low, double high) const {
  const Found found = find(field);
  if (found.value == nullptr) return fallback;
  if (!found.value->is_number()) {
    wrong_type(found, "a number");
    return fallback;
  }
  const double number = found.value->get<double>();
  if (std::isfinite(number) && number >= low && number <= high) return number;
  const std::string name = path_ + std::string(found.name);
  issues_.push_back(error("out_of_range", name, excerpt(*found.value),
                          name + " is " + excerpt(*found.value) + "; it must be between " + json(low).dump() + " and " + json(high).dump() + "."));
  return fallback;
}

std::int64_t JsonFields::integer(std::string_view field, std::int64_t fallback, std::int64_t low, std::int64_t high) const {
  const Found found = find(field);
  const std::size_t before = issues_.size();
  const double value = number(field, static_cast<double>(fallback), static_cast<double>(low), static_cast<double>(high));
  if (found.value == nullptr || issues_.size() > before) return fallback;
  if (value != std::floor(value)) {
    wrong_type(found, "a whole number");
    return fallback;
  }
  return static_cast<std::int64_t>(value);
}

std::int64_t JsonFields::size(std::string_view field, std::int64_t fallback) const { return integer(field, fallback, 0, kMaxSize); }
std::int64_t JsonFields::width(std::string_view field, std::int64_t fallback) const { return integer(field, fallback, 0, kMaxWidth); }

bool JsonFields::flag(std::string_view field, bool fallback) const {
  const Found found = find(field);
  if (found.value == nullptr) return fallback;
  if (found.value->is_boolean()) return found.value->get<bool>();
  wrong_type(found, "true or false");
  return fallback;
}

std::string JsonFields::text(std::string_view field) const {
  const Found found = find(field);
  if (found.value == nullptr) return {};
  if (found.value->is_string()) return found.value->get<std::string>();
  wrong_type(found, "text");
  return {};
}

std::vector<std::int64_t> JsonFields::sizes(std::string_view field, std::size_t most) const {
  const Found found = find(field);
  if (found.value == nullptr) return {};
  std::vector<std::int64_t> values;
  bool good = found.value->is_array() && found.value->size() <= most;
  for (std::size_t i = 0; good && i < found.value->size(); ++i) {
    const json& item = (*found.value)[i];
    const double number = item.is_number() ? item.get<double>() : -1.0;
    good = number >= 0 && number <= static_cast<double>(kMaxSize) && number == std::floor(number);
    if (good) values.push_back(static_cast<std::int64_t>(number));
  }
  if (good) return values;
  wrong_type(found, "a list of at most " + std::to_string(most) + " whole numbers");
  return {};
}

std::vector<std::string> JsonFields::texts(std::string_view field, std::size_t most) const {
  const Found found = find(field);
  if (found.value == nullptr) return {};
  std::vector<std::string> values;
  bool good = found.value->is_array() && found.value->size() <= most;
  for (std::size_t i = 0; good && i < found.value->size(); ++i) {
    good = (*found.value)[i].is_string();
    if (good) values.push_back((*found.value)[i].get<std::string>());
  }
  if (good) return values;
  wrong_type(found, "a list of at most " + std::to_string(most) + " texts");
  return {};
}

const json* JsonFields::object(std::string_view field) const {
  const Found found = find(field);
  if (found.value == nullptr) return nullptr;
  if (found.value->is_object()) return found.value;
  wrong_type(found, "an object");
  return nullptr;
}

}  // namespace vram
