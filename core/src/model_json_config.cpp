// config.json to ModelConfig: dispatch by model_type, and what every reader shares.
// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "model_json_edge.h"
#include "model_parts.h"
#include "scenario_json.h"
#include "vram/units.h"

namespace vram {

using nlohmann::json;

void require_sizes(const JsonFields& fields, std::initializer_list<std::string_view> names, bool nested) {
  for (const std::string_view name : names) {
    const bool present = nested ? fields.has(name) : fields.given(name);
    if (!present) {
      fields.reject(name, "missing_field", fields.path() + std::string(name) + " is required: without it the size of the model is unknown.");
    } else if (const json* value = fields.value(name); value->is_number() && value->get<double>() == 0.0) {
      fields.reject(name, "out_of_range", fields.path() + std::string(name) + " is 0; it must be at least 1.");
    }
  }
}

void check_heads(const JsonFields& fields, const ModelConfig& model) {
  const AttentionDims& a = model.attention;
  if (a.heads <= 0) return;
  if (!fields.has("head_dim") && model.latent.kv_lora_rank == 0 && model.hidden_size % a.heads != 0) {
    fields.reject("num_attention_heads", "heads_do_not_divide",
                  fields.path() + "num_attention_heads is " + std::to_string(a.heads) + ", which does not divide hidden_size " + std::to_string(model.hidden_size) +
                      "; give head_dim, or other sizes.");
  }
  if (a.kv_heads > a.heads || (a.kv_heads > 0 && a.heads % a.kv_heads != 0)) {
    fields.reject("num_key_value_heads", "heads_do_not_divide",
                  fields.path() + "num_key_value_heads is " + std::to_string(a.kv_heads) + ", which does not divide num_attention_heads " + std::to_string(a.heads) + ".");
  }
}

std::int64_t class_count(const JsonFields& fields) {
  if (const json* labels = fields.value("id2label"); labels != nullptr && labels->is_object()) return static_cast<std::int64_t>(labels->size());
  return fields.size("num_labels", 2);
}

void report_defaults(const JsonFields& fields, std::string_view model_type, Issues& issues) {
  if (fields.defaulted().empty()) return;
  std::string list;
  for (const std::string& name : fields.defaulted()) {
    if (list.find(name) != std::string::npos) continue;
    list += (list.empty() ? "" : ", ") + fields.path() + name;
  }
  issues.push_back(warning("config_defaults_used", "model", "", "The config does not give " + list + ": the Transformers defaults of " + std::string(model_type) + " are used."));
}

bool check_model_size(const ModelConfig& model, Issues& issues) {
  const auto real = [](std::int64_t value) { return static_cast<double>(value); };
  const auto widest = [&](std::initializer_list<double> values) { return std::max(values); };
  const double h = real(model.hidden_size);
  const AttentionDims& a = model.attention;
  const double heads = widest({real(a.heads), real(model.sliding_attention.heads)});
  const double head_dim = widest({real(a.head_dim), real(a.value_head_dim), real(model.sliding_attention.head_dim), real(model.sliding_attention.value_head_dim)});
  const LatentAttention& mla = model.latent;
  const double latent = heads * real(mla.qk_rope_head_dim + mla.qk_nope_head_dim + mla.v_head_dim) * widest({real(mla.q_lora_rank), real(mla.kv_lora_rank), h});
  const double indexer = real(mla.indexer_heads) * real(mla.indexer_head_dim) * widest({real(mla.q_lora_rank), h});
  const double grouped = real(mla.o_lora_rank) * (heads * head_dim + real(mla.o_groups) * h);
  const MoeConfig& moe = model.moe;
  const double experts = (real(moe.num_experts) + 1) * (3 * h * real(moe.moe_intermediate_size) + h) + 3 * h * real(moe.shared_intermediate_size) + 2 * h * real(moe.latent_size);
  const double inner = widest({real(model.intermediate_size), real(model.dense_intermediate_size), real(model.extra_intermediate_size), real(model.cross_attention_intermediate_size)});
  const LinearAttention& la = model.linear;
  const double linear = (real(la.num_key_heads) * real(la.key_head_dim) * 2 + real(la.num_value_heads) * real(la.value_head_dim) * 2 +
                         real(la.num_heads) * real(la.head_dim) * 6 + real(la.num_value_heads) * 2) * (2 * h + real(la.conv_kernel) + real(la.head_dim));
  const MambaConfig& m = model.mamba;
  const double inner_state = widest({real(m.expand) * h, real(m.num_heads) * real(m.head_dim)}) + 2 * real(m.n_groups) * real(m.d_state);
  const double mamba = inner_state * (4 * h + real(m.d_conv) + 3 * real(m.dt_rank) + 4 * real(m.d_state) + real(m.num_heads));
  const double streams = real(model.altup.streams) * (real(model.altup.streams) * real(model.altup.streams) + 2 * h * h + h) + 2 * h * real(model.altup.laurel_rank);
  const double layer = 6 * h * heads * head_dim + latent + indexer + grouped + experts + 6 * h * inner + linear + mamba + 4 * h * h * (model.short_conv_kernel > 0 ? 1 : 0) +
                       real(model.short_conv_kernel) * h + streams + 20 * h + real(moe.extra_per_layer) + real(model.per_layer_embedding_size) * (3 * h + real(model.per_layer_embedding_vocab));
  const double layers = real(model.num_layers()) + 2 * real(model.encoder_layers) + 3 * real(model.decoder_layers);
  const double tables = (2 * real(model.vocab_size) + real(model.lm_head_vocab) + real(model.max_position_embeddings + model.position_offset) * 2 + real(model.type_vocab_size) + real(model.max_source_positions)) * (h + real(model.embedding_size) + 1);
  const auto tower = [&](const VisionTower& t) {
    const double width = real(t.hidden_size);
    return (real(t.num_layers) + real(t.global_layers)) * (width * (8 * real(t.num_heads) * widest({real(t.head_dim), width / widest({1, real(t.num_heads)})}) + 6 * real(t.intermediate_size) + 20)) +
           width * (real(t.channels) * real(t.patch_size) * real(t.patch_size) * real(t.temporal_patch_size) + real(t.num_positions) + real(t.image_size) * real(t.image_size) + real(t.head_classes) + real(t.register_tokens));
  };
  double projector = real(model.projector.num_layers) * (12 * real(model.projector.hidden_size) * (real(model.projector.hidden_size) + real(model.projector.encoder_hidden_size) + real(model.projector.intermediate_size) +
                      (real(model.projector.num_heads) + real(model.projector.num_kv_heads)) * (real(model.projector.head_dim) + 1))) +
                     real(model.projector.num_query_tokens) * real(model.projector.hidden_size);
  for (std::size_t i = 0; i + 1 < model.projector.dims.size(); ++i) projector += real(model.projector.dims[i]) * (real(model.projector.dims[i + 1]) + 1);
  const TextTower& text = model.text;
  const double clip = real(text.hidden_size) * (real(text.num_layers) * (8 * real(text.hidden_size) + 6 * real(text.intermediate_size)) + real(text.vocab_size) + real(text.max_position_embeddings) + real(model.projection_dim));
  double swin = 0;
  double width = real(model.swin.hidden_size);
  for (std::size_t s = 0; s < model.swin.depths.size() && s < model.swin.heads.size(); ++s, width *= 2) {
    swin += (real(model.swin.depths[s]) + 1) * (20 * width * width + real(model.swin.heads[s]) * (600 + 4 * real(model.swin.window_size) * real(model.swin.window_size)));
  }
  swin += width * (real(model.swin.num_classes) + 3 * real(model.swin.patch_size) * real(model.swin.patch_size));
  const double mel = 3 * h * (real(model.num_mel_bins) + h) * (model.num_mel_bins > 0 ? 1 : 0);
  const double total = layers * layer + tables + tower(model.vision) + projector + clip + swin + mel;
  if (std::isfinite(total) && total <= kLargestExact) return true;
  issues.push_back(error("model_too_large", "model", "", "The sizes given multiply to more than 9 007 199 254 740 992 parameters, the most this program counts exactly."));
  return false;
}

namespace {

const ConfigType& type_of(const json& config, Issues& issues) {
  static constexpr ConfigType kUnknown{.name = "unknown", .qkv_bias = "attention_bias", .o_bias = "attention_bias", .mlp_bias = "mlp_bias"};
  const auto found = config.find("model_type");
  const std::string name = found != config.end() && found->is_string() ? found->get<std::string>() : "";
  if (const ConfigType* type = find_config_type(name)) return *type;
  const std::string said = name.empty() ? std::string("The config names no model_type") : "model_type " + excerpt(*found) + " is not known";
  const std::string near = name.empty() ? std::string() : "; the nearest known type is " + std::string(nearest_config_type(name).name);
  issues.push_back(warning("unknown_model_type", "model_type", found != config.end() ? excerpt(*found) : "", said + near + ". It is read as a decoder in the manner of Llama, from the sizes it gives."));
  return kUnknown;
}

/// Configs of remote code and of unknown types that wrap a language model under one of the usual names.
bool wraps_language_model(const json& config) {
  for (const char* key : {"text_config", "llm_config", "language_config"}) {
    if (const auto found = config.find(key); found != config.end() && found->is_object()) return true;
  }
  return false;
}

void read_config(const json& config, ModelResult& result) {
  const ConfigType& type = type_of(config, result.issues);
  const json defaults = parse_limited(config_defaults(type.name), result.issues);
  const JsonFields fields(config, "", result.issues, &defaults);
  ModelConfig& model = result.model;
  model.model_type = std::string(type.name);
  model.computation = computation_of(type.name);
  if (const auto name = config.find("_name_or_path"); name != config.end() && name->is_string()) model.name = name->get<std::string>().substr(0, 200);
  if (fields.has("torch_dtype")) model.default_dtype = dtype_of(fields.text("torch_dtype"));
  const ConfigReader reader = type.reader == ConfigReader::decoder && wraps_language_model(config) ? ConfigReader::vlm : type.reader;
  switch (reader) {
    case ConfigReader::decoder: read_decoder_config(config, type, "", false, result.issues, model); return;
    case ConfigReader::clip: read_clip_config(config, result.issues, model); return;
    case ConfigReader::vlm: read_vlm_config(config, type.name, result.issues, model); return;
    case ConfigReader::bert: read_bert_config(fields, type.name, model); break;
    case ConfigReader::t5: read_t5_config(fields, model); break;
    case ConfigReader::bart: read_bart_config(fields, model); break;
    case ConfigReader::whisper: read_whisper_config(fields, model); break;
    case ConfigReader::vit: read_vit_config(fields, type.name, model); break;
    case ConfigReader::swin: read_swin_config(fields, model); break;
  }
  report_defaults(fields, type.name, result.issues);
}

}  // namespace

ModelResult model_from_config(const json& config) {
  ModelResult result;
  if (!config.is_object()) {
    result.issues.push_back(error("wrong_type", "model.config", excerpt(config), "A config must be a JSON object, not " + excerpt(config) + "."));
    return result;
  }
  read_config(config, result);
  if (!has_errors(result.issues)) check_model_size(result.model, result.issues);
  return result;
}

ModelResult model_from_config(std::string_view json_text) {
  ModelResult result;
  const json config = parse_limited(json_text, result.issues);
  if (has_errors(result.issues)) return result;
  return model_from_config(config);
}

}  // namespace vram
