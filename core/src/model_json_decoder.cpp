// Configs of decoder-only language models.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "layer_plan.h"
#include "model_json_edge.h"
#include "model_parts.h"
#include "scenario_json.h"

namespace vram {

using nlohmann::json;

namespace {

constexpr std::size_t kMostLayers = 10'000;  // of a list with one entry per layer

bool biased(const JsonFields& fields, std::string_view rule) {
  if (rule.empty() || rule == "1") return !rule.empty();
  return fields.flag(rule, false);
}

std::int64_t round_up(std::int64_t value, std::int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

void read_widths(const JsonFields& f, const ConfigType& type, ModelConfig& model) {
  model.hidden_size = f.width("hidden_size");
  model.vocab_size = f.size("vocab_size");
  model.max_position_embeddings = f.size("max_position_embeddings");
  // Gemma-3n lists one width for each layer.
  const json* widths = type.name == "gemma3n_text" ? f.value("intermediate_size") : nullptr;
  if (widths == nullptr || !widths->is_array()) {
    model.intermediate_size = f.width("intermediate_size", type.has(Quirk::four_h) ? 4 * std::min(model.hidden_size, kMaxWidth / 4) : 0);
  }
  model.embedding_size = f.width("word_embed_proj_dim", f.width("embedding_size"));
  if (model.embedding_size == model.hidden_size) model.embedding_size = 0;
  model.tie_word_embeddings = f.flag("tie_word_embeddings", type.name != "chatglm" && type.name != "internlm2" && type.name != "baichuan");
  model.position_offset = type.has(Quirk::position_offset_2) ? 2 : 0;
  if (type.name == "lfm2" && f.flag("block_auto_adjust_ff_dim", true)) {
    const double wide = f.number("block_ffn_dim_multiplier", 1.0, 0, 1000) * static_cast<double>(2 * model.intermediate_size / 3);
    model.intermediate_size = round_up(static_cast<std::int64_t>(wide), std::max<std::int64_t>(1, f.size("block_multiple_of", 256)));
  }
}

/// What makes tables of sines and cosines longer: linear and dynamic scaling, sections, a second base.
void read_rope(const JsonFields& f, Issues& issues, ModelConfig& model) {
  double share = f.number("partial_rotary_factor", f.number("rotary_pct", 1, 0, 1), 0, 1);
  for (const std::string_view field : {"rope_scaling", "rope_parameters"}) {
    const json* object = f.value(field);
    if (object == nullptr || !object->is_object()) continue;
    const JsonFields outer(*object, f.path() + std::string(field) + ".", issues);
    const json* full = outer.value("full_attention");  // newer files: one object per kind of layer
    const JsonFields rope(full != nullptr && full->is_object() ? *full : *object, outer.path(), issues);
    const std::string kind = rope.has("rope_type") ? rope.text("rope_type") : rope.text("type");
    if (kind == "linear" || kind == "dynamic") model.rope_scaling = rope.number("factor", 1, 1, 1024);
    share = rope.number("partial_rotary_factor", share, 0, 1);
    if (rope.has("mrope_section")) model.rope_sections = true;
    if (outer.has("sliding_attention")) model.rope_local = true;
  }
  if (f.has("rope_local_base_freq")) model.rope_local = true;
  model.rope_scaling *= share;
}

void read_attention(const JsonFields& f, const ConfigType& type, ModelConfig& model) {
  AttentionDims& a = model.attention;
  a.heads = f.width("num_attention_heads");
  a.kv_heads = f.width("num_key_value_heads", a.heads);
  a.head_dim = f.width("head_dim", a.heads > 0 ? model.hidden_size / a.heads : 0);
  a.value_head_dim = a.head_dim;
  model.q_bias = model.k_bias = model.v_bias = biased(f, type.qkv_bias) ? 1 : 0;
  if (type.has(Quirk::no_key_bias)) model.k_bias = 0;
  model.o_bias = biased(f, type.o_bias) ? 1 : 0;
  model.mlp_bias = biased(f, type.mlp_bias);
  model.qk_norm = type.qk_norm_flag.empty() || f.flag(type.qk_norm_flag, false) ? type.qk_norm : QkNorm::none;
  model.attn_output_gate = type.has(Quirk::output_gate) && f.flag("attn_output_gate", true);
  model.sinks_all = type.has(Quirk::sinks);
  model.fused_qkv = type.has(Quirk::fused_qkv);
  model.fused_gate_up = type.has(Quirk::fused_gate_up);
  LatentAttention& mla = model.latent;
  mla.kv_lora_rank = f.width("kv_lora_rank");
  if (mla.kv_lora_rank == 0) return;
  mla.q_lora_rank = f.width("q_lora_rank");
  mla.qk_rope_head_dim = f.width("qk_rope_head_dim");
  mla.qk_nope_head_dim = f.width("qk_nope_head_dim");
  mla.v_head_dim = f.width("v_head_dim");
  mla.indexer_heads = f.width("index_n_heads");
  mla.indexer_head_dim = mla.indexer_heads > 0 ? f.width("index_head_dim") : 0;
  a.head_dim = mla.qk_nope_head_dim + mla.qk_rope_head_dim;
  a.value_head_dim = mla.v_head_dim;
  a.kv_heads = a.heads;
}

void read_experts(const JsonFields& f, const ConfigType& type, ModelConfig& model) {
  MoeConfig& moe = model.moe;
  moe.num_experts = f.size("num_experts");
  if (moe.num_experts <= 1 && type.name != "jamba") moe.num_experts = 0;
  if (moe.num_experts == 0) return;
  moe.num_experts_per_tok = f.size("num_experts_per_tok", 2);
  if (moe.num_experts_per_tok > moe.num_experts) {
    f.reject("num_experts_per_tok", "out_of_range", f.path() + "num_experts_per_tok is " + std::to_string(moe.num_experts_per_tok) + ", more than the " + std::to_string(moe.num_experts) + " experts there are.");
  }
  moe.moe_intermediate_size = type.has(Quirk::experts_from_ffn) ? model.intermediate_size : f.width("moe_intermediate_size", model.intermediate_size);
  const std::int64_t shared = f.integer("num_shared_experts", 0, 0, 10'000);
  moe.shared_intermediate_size = f.width("shared_expert_intermediate_size", 0) * (type.name == "nemotron_h" ? std::max<std::int64_t>(1, shared) : 1);
  if (moe.shared_intermediate_size == 0) moe.shared_intermediate_size = std::min(shared * moe.moe_intermediate_size, kMaxWidth);
  moe.shared_expert_gate = type.has(Quirk::shared_expert_gate) && moe.shared_intermediate_size > 0;
  moe.expert_mlp = model.mlp;
  moe.expert_bias = moe.router_bias = type.has(Quirk::expert_bias);
  moe.router_correction_bias = type.has(Quirk::correction_bias);
}

/// Types that keep their own spellings inside nested objects or switches.
void read_falcon(const JsonFields& f, ModelConfig& model) {
  const bool new_decoder = f.flag("new_decoder_architecture", false);
  const bool parallel = f.flag("parallel_attn", true);
  if (!new_decoder) model.attention.kv_heads = f.flag("multi_query", true) ? 1 : model.attention.heads;
  const std::int64_t norms = f.size("num_ln_in_parallel_attn", new_decoder ? 2 : 1);
  model.norms_per_layer = new_decoder || parallel ? norms : 2;
  model.parallel_residual = parallel || new_decoder;
  if (f.flag("alibi", false)) model.position = PositionKind::alibi;
}

void read_mpt(const JsonFields& f, Issues& issues, ModelConfig& model) {
  model.norm = f.flag("no_bias", true) ? NormKind::layer_no_bias : NormKind::layer;
  const bool bias = !f.flag("no_bias", true);
  model.q_bias = model.k_bias = model.v_bias = model.o_bias = bias ? 1 : 0;
  model.mlp_bias = bias;
  model.intermediate_size = f.integer("expansion_ratio", 4, 1, 64) * std::min(model.hidden_size, kMaxWidth / 64);
  const json* attention = f.object("attn_config");
  if (attention == nullptr) return;
  const JsonFields a(*attention, f.path() + "attn_config.", issues);
  if (!a.flag("alibi", true) && f.flag("learned_pos_emb", true)) model.position = PositionKind::learned;
  if (a.flag("qk_ln", false)) model.qk_norm = QkNorm::full;
  if (a.has("attn_type") && a.text("attn_type") == "multiquery_attention") model.attention.kv_heads = 1;
  model.attention.kv_heads = a.width("num_key_value_heads", model.attention.kv_heads);
}

void read_dbrx(const JsonFields& f, Issues& issues, ModelConfig& model) {
  if (const json* attention = f.object("attn_config")) {
    model.attention.kv_heads = JsonFields(*attention, f.path() + "attn_config.", issues).width("num_key_value_heads", model.attention.kv_heads);
  }
  const json* object = f.object("ffn_config");
  if (object == nullptr) return f.reject("ffn_config", "missing_field", f.path() + "ffn_config is required: it holds the sizes of the experts.");
  const JsonFields ffn(*object, f.path() + "ffn_config.", issues);
  model.intermediate_size = ffn.width("intermediate_size");
  model.moe.num_experts = ffn.size("num_experts", 1);
  model.moe.num_experts_per_tok = ffn.size("num_experts_per_tok", 1);
  model.moe.moe_intermediate_size = model.intermediate_size;
}

void read_chatglm(const JsonFields& f, ModelConfig& model) {
  if (f.flag("position_encoding_2d", false)) {  // the first ChatGLM-6B
    model.norm = NormKind::layer;
    model.mlp = MlpKind::gelu;
    model.q_bias = model.k_bias = model.v_bias = model.o_bias = 1;
    model.mlp_bias = true;
    model.fused_gate_up = false;
    model.tie_word_embeddings = f.flag("tie_word_embeddings", true);
    return;
  }
  if (!f.flag("multi_query_attention", false)) model.attention.kv_heads = model.attention.heads;
  if (f.flag("add_bias_linear", false)) {
    model.o_bias = 1;
    model.mlp_bias = true;
    model.q_bias = model.k_bias = model.v_bias = 1;
  }
  if (!f.flag("rmsnorm", true)) model.norm = NormKind::layer;
  model.final_norm = f.flag("post_layer_norm", true);
}

void read_linear_attention(const JsonFields& f, ModelConfig& model) {
  model.linear.num_key_heads = f.width("linear_num_key_heads");
  model.linear.num_value_heads = f.width("linear_num_value_heads");
  model.linear.key_head_dim = f.width("linear_key_head_dim");
  model.linear.value_head_dim = f.width("linear_value_head_dim");
  model.linear.conv_kernel = f.width("linear_conv_kernel_dim");
  model.linear.state_fp32 = f.text("mamba_ssm_dtype") == "float32";
  model.short_conv_kernel = f.width("conv_L_cache");
}

void read_state_space(const JsonFields& f, const ConfigType& type, ModelConfig& model) {
  MambaConfig& m = model.mamba;
  if (type.name == "mamba") {
    const json* rank = f.value("time_step_rank");
    m = {.d_state = f.width("state_size"), .d_conv = f.width("conv_kernel"), .expand = f.width("expand")};
    m.dt_rank = rank == nullptr || rank->is_string() ? (model.hidden_size + 15) / 16 : f.width("time_step_rank");  // "auto"
    m.conv_bias = f.flag("use_conv_bias", true);
    return;
  }
  m.in_bias = type.name == "falcon_h1" && f.flag("mamba_proj_bias", false);
  m.out_bias = type.name == "falcon_h1" && f.flag("projectors_bias", false);
  m.gated_norm = type.name != "falcon_h1" || f.flag("mamba_rms_norm", false);
  m.d_state = f.width("mamba_d_state", f.width("ssm_state_size"));
  m.d_conv = f.width("mamba_d_conv", type.name == "nemotron_h" ? f.width("conv_kernel") : 0);
  m.expand = f.width("mamba_expand", f.width("expand"));
  m.conv_bias = f.flag("mamba_conv_bias", f.flag("use_conv_bias", true));
  if (type.name == "jamba") {
    const json* rank = f.value("mamba_dt_rank");
    const bool computed = rank == nullptr || rank->is_string();  // "auto"
    m.dt_rank = computed ? (model.hidden_size + 15) / 16 : f.width("mamba_dt_rank");
    m.inner_norms = true;
    return;
  }
  m.num_heads = f.width("mamba_n_heads", f.width("mamba_num_heads"));
  m.n_groups = f.width("mamba_n_groups", f.width("n_groups"));
  const json* head = f.value("mamba_d_head");
  const bool computed = (head != nullptr && head->is_string()) || (type.name == "falcon_h1" && !f.given("mamba_d_head"));  // "auto"
  const std::int64_t inner = type.name == "falcon_h1" && f.has("mamba_d_ssm") ? f.width("mamba_d_ssm") : m.expand * model.hidden_size;
  m.head_dim = computed && m.num_heads > 0 ? inner / m.num_heads : (head != nullptr ? f.width("mamba_d_head") : f.width("mamba_head_dim"));
}

MixerKind mixer_of(std::string_view word, const ConfigType& type) {
  if (word == "full_attention" || word == "attention" || word == "hybrid") return MixerKind::full;
  if (word == "sliding_attention") return MixerKind::sliding;
  if (word == "chunked_attention") return MixerKind::chunked;
  if (word == "conv") return MixerKind::short_conv;
  if (word == "mamba") return type.name == "jamba" ? MixerKind::mamba1 : MixerKind::mamba2;
  if (word == "linear_attention") return type.name.substr(0, 7) == "minimax" ? MixerKind::lightning : MixerKind::gated_deltanet;
  return MixerKind::none;
}

bool list_fits(const JsonFields& f, std::string_view field, std::size_t found, const ModelConfig& model) {
  if (found == model.layers.size()) return true;
  f.reject(field, "layer_list_length", f.path() + std::string(field) + " has " + std::to_string(found) + " entries for " + std::to_string(model.layers.size()) + " layers.");
  return false;
}

/// Mixers from a list with one word per layer. False when the config has none.
bool mixers_from_list(const JsonFields& f, const ConfigType& type, ModelConfig& model) {
  const std::string_view field = f.has("layer_types") ? "layer_types" : "layers_block_type";
  if (!f.has(field)) return false;
  const std::vector<std::string> words = f.texts(field, kMostLayers);
  if (!list_fits(f, field, words.size(), model)) return true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    model.layers[i].mixer = mixer_of(words[i], type);
    if (model.layers[i].mixer == MixerKind::none) {
      f.reject(field, "unknown_name", f.path() + std::string(field) + " names " + json(words[i]).dump(-1, ' ', false, json::error_handler_t::replace) + ", which is no known kind of layer.");
      return true;
    }
  }
  return true;
}

/// MiniMax writes 1 for softmax and 0 for lightning attention.
bool mixers_from_flags(const JsonFields& f, ModelConfig& model) {
  if (!f.has("attn_type_list")) return false;
  const std::vector<std::int64_t> flags = f.sizes("attn_type_list", kMostLayers);
  if (!list_fits(f, "attn_type_list", flags.size(), model)) return true;
  for (std::size_t i = 0; i < flags.size(); ++i) model.layers[i].mixer = flags[i] == 1 ? MixerKind::full : MixerKind::lightning;
  return true;
}

/// One layer in `period` has mixer `rare` (at `offset`), the others `common`.
void mixers_by_period(ModelConfig& model, std::int64_t period, std::int64_t offset, MixerKind rare, MixerKind common) {
  if (period <= 0) return;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    model.layers[i].mixer = static_cast<std::int64_t>(i) % period == offset ? rare : common;
  }
}

void place_mixers_of(const JsonFields& f, const ConfigType& type, ModelConfig& model) {
  model.sliding_window = f.flag("use_sliding_window", true) ? f.size("sliding_window") : 0;
  model.attention_chunk_size = f.size("attention_chunk_size");
  if (type.name == "mamba") {
    for (LayerSpec& layer : model.layers) layer = {.mixer = MixerKind::mamba1, .ffn = FfnKind::none};
    model.intermediate_size = 0;
    return;
  }
  if (type.name == "falcon_h1") {
    for (LayerSpec& layer : model.layers) layer.mixer = MixerKind::attention_and_mamba2;
    return;
  }
  if (mixers_from_list(f, type, model) || mixers_from_flags(f, model)) return;
  if (type.name == "jamba") return mixers_by_period(model, f.size("attn_layer_period", 8), f.size("attn_layer_offset", 4), MixerKind::full, MixerKind::mamba1);
  if (type.name == "granitemoehybrid") return;  // without a list every layer attends
  if (model.linear.num_value_heads > 0) {
    const std::int64_t period = f.size("full_attention_interval", 4);
    return mixers_by_period(model, period, period - 1, MixerKind::full, MixerKind::gated_deltanet);
  }
  if (type.name.substr(0, 7) == "minimax" && type.name != "minimax_m2") return mixers_by_period(model, 8, 7, MixerKind::full, MixerKind::lightning);
  if (type.name == "llama4_text") return mixers_by_period(model, 4, 3, MixerKind::full, MixerKind::chunked);
  if (type.has(Quirk::alternate_local)) return mixers_by_period(model, 2, 0, MixerKind::full, MixerKind::local);
  if (model.sliding_window == 0) return;
  const std::int64_t pattern = f.size("sliding_window_pattern", f.size("_sliding_window_pattern", 0));
  const std::int64_t period = pattern > 0 ? pattern : type.name == "gemma3_text" || type.name == "gemma4_text" ? 6 : type.name == "gemma3n_text" ? 5 : type.name == "cohere2" || type.name == "olmo3" ? 4 : type.has(Quirk::alternate_sliding) ? 2 : 0;
  if (period > 0) return mixers_by_period(model, period, period - 1, MixerKind::full, MixerKind::sliding);
  const std::int64_t first_sliding = type.name.substr(0, 5) == "qwen2" || type.name.substr(0, 5) == "qwen3" ? f.size("max_window_layers", 0) : 0;
  for (std::size_t i = static_cast<std::size_t>(first_sliding); i < model.layers.size(); ++i) model.layers[i].mixer = MixerKind::sliding;
}

/// Feed-forward parts: dense first layers, experts in every n-th layer, exceptions by list.
void place_ffns_of(const JsonFields& f, const ConfigType& type, ModelConfig& model) {
  if (model.moe.num_experts == 0) return;
  const std::int64_t first_dense = f.size("first_k_dense_replace", 0);
  const std::int64_t step = std::max<std::int64_t>(1, f.integer("decoder_sparse_step", 1, 0, kMaxLayers));
  const std::vector<std::int64_t> dense_only = f.sizes("mlp_only_layers", kMostLayers);
  std::int64_t period = 1, offset = 0;
  if (type.name == "jamba") {
    period = std::max<std::int64_t>(1, f.size("expert_layer_period", 2));
    offset = f.size("expert_layer_offset", 1);
  } else if (type.name == "llama4_text") {
    period = std::max<std::int64_t>(1, f.size("interleave_moe_layer_step", 1));
    offset = period - 1;
  } else if (const json* frequency = f.value("moe_layer_freq"); frequency != nullptr && frequency->is_number()) {
    period = std::max<std::int64_t>(1, f.size("moe_layer_freq", 1));
  }
  for (std::int64_t i = 0; i < model.num_layers(); ++i) {
    const bool listed = std::find(dense_only.begin(), dense_only.end(), i) != dense_only.end();
    const bool moe = i >= first_dense && !listed && (i + 1) % step == 0 && i % period == offset;
    model.layers[static_cast<std::size_t>(i)].ffn = moe ? FfnKind::moe : FfnKind::dense_first;
  }
}

/// What a type does to its norms, residuals and sizes beyond the table row.
void apply_type_rules(const JsonFields& f, const ConfigType& type, Issues& issues, ModelConfig& model) {
  if (type.name == "falcon") read_falcon(f, model);
  if (type.name == "mpt") read_mpt(f, issues, model);
  if (type.name == "dbrx") read_dbrx(f, issues, model);
  if (type.name == "chatglm") read_chatglm(f, model);
  if (type.name == "opt") {
    model.final_norm = f.flag("do_layer_norm_before", true) && !f.flag("_remove_final_layer_norm", false);
    if (f.has("activation_function") && f.text("activation_function") != "relu") model.mlp = MlpKind::gelu;
  }
  if (type.name == "gpt_bigcode" && f.flag("multi_query", true)) model.attention.kv_heads = 1;
  if (type.name == "stablelm" && f.flag("use_parallel_residual", false)) {
    model.norms_per_layer = 1;
    model.parallel_residual = true;
  }
  if (type.name == "phimoe") model.lm_head_bias = f.flag("lm_head_bias", false);
  if (type.name == "llama4_text") {
    model.dense_intermediate_size = f.width("intermediate_size_mlp");
    model.moe.shared_intermediate_size = model.intermediate_size;
    model.moe.moe_intermediate_size = model.intermediate_size;
    if (model.moe.num_experts == 0) model.intermediate_size = model.dense_intermediate_size;
  }
  if (type.name == "granitemoehybrid") {
    // A shared MLP in every layer, with experts beside it or without any.
    const std::int64_t shared = f.width("shared_expert_intermediate_size");
    if (model.moe.num_experts == 0) model.intermediate_size = shared;
  }
  if (type.name == "modernbert") {
    model.sliding_window = f.size("local_attention", 128);
    mixers_by_period(model, f.size("global_attn_every_n_layers", 3), 0, MixerKind::full, MixerKind::sliding);
    model.prediction_head = true;
    model.lm_head_bias = true;
  }
  for (const std::string& name : f.texts("architectures", 16)) {
    if (name.ends_with("ForSequenceClassification") || name.ends_with("ForTokenClassification")) model.has_lm_head = false;
  }
  if (type.name == "baichuan" && !f.has("max_position_embeddings")) model.position = PositionKind::alibi;
}

}  // namespace

void read_decoder_config(const json& config, const ConfigType& type, std::string path, bool nested, Issues& issues, ModelConfig& model) {
  const json defaults = parse_limited(config_defaults(type.name), issues);
  const JsonFields f(config, std::move(path), issues, &defaults);
  require_sizes(f, {"hidden_size", "num_hidden_layers", "vocab_size"}, nested);
  if (model.architecture == Architecture::unknown) model.architecture = Architecture::decoder;
  model.norm = type.norm;
  model.norms_per_layer = type.norms_per_layer;
  model.mlp = type.mlp;
  model.position = type.position;
  model.parallel_residual = type.has(Quirk::parallel) || (type.name == "gpt_neox" && f.flag("use_parallel_residual", true));
  model.embedding_norm = type.has(Quirk::embedding_norm);
  model.lm_head_bias = type.has(Quirk::lm_head_bias);
  model.attention_dropout = f.number("attention_dropout", 0, 0, 1);
  read_widths(f, type, model);
  read_rope(f, issues, model);
  read_attention(f, type, model);
  read_experts(f, type, model);
  read_linear_attention(f, model);
  read_state_space(f, type, model);
  if (f.has("hybrid_override_pattern")) {
    if (!place_blocks(model, f.text("hybrid_override_pattern"))) f.reject("hybrid_override_pattern", "unknown_name", f.path() + "hybrid_override_pattern may hold only M, *, - and E.");
  } else {
    model.layers = uniform_layers(f.integer("num_hidden_layers", 0, 0, kMaxLayers));
    place_mixers_of(f, type, model);
  }
  apply_type_rules(f, type, issues, model);
  if (!model.one_block_layers) place_ffns_of(f, type, model);
  if (type.name == "gemma3n_text" || type.name == "gemma4_text") read_gemma_decoder(f, type, model);
  const bool attends = std::any_of(model.layers.begin(), model.layers.end(), [](const LayerSpec& layer) { return layer.mixer <= MixerKind::cross || layer.mixer == MixerKind::lightning || layer.mixer == MixerKind::attention_and_mamba2; });
  if (attends) require_sizes(f, {"num_attention_heads"}, nested);
  const bool widens = std::any_of(model.layers.begin(), model.layers.end(), [](const LayerSpec& layer) { return layer.ffn != FfnKind::none; });
  if (widens && model.intermediate_size == 0 && model.moe.num_experts == 0) {
    f.reject("intermediate_size", "missing_field", f.path() + "intermediate_size is required: without it the size of the MLPs is unknown.");
  }
  check_heads(f, model);
  report_defaults(f, type.name, issues);
}

}  // namespace vram
