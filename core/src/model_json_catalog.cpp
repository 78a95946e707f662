// Catalog rows to ModelConfig.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "cnn_width.h"
#include "json_fields.h"
#include "layer_plan.h"
#include "model_parts.h"
#include "scenario_json.h"
#include "vram/catalog.h"
#include "vram/cnn.h"
#include "vram/inventory.h"
#include "vram/model_json.h"

namespace vram {

using nlohmann::json;

namespace {

std::vector<ExtraParameters> extras(const JsonFields& row, std::string_view field) {
  std::vector<ExtraParameters> out;
  if (const json* object = row.object(field)) {
    for (const auto& [name, count] : object->items()) out.push_back({name, count.is_number() ? count.get<std::int64_t>() : 0});
  }
  return out;
}

/// One matrix for q, k and v, or for gate and up, as these families' code has it; fewer autocast copies and adapters.
bool in_family(std::string_view family, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), family) != names.end();
}

void read_attention(const JsonFields& row, ModelConfig& model) {
  AttentionDims& a = model.attention;
  a.heads = row.width("num_attention_heads");
  a.kv_heads = row.width("num_key_value_heads", a.heads);
  a.head_dim = row.width("head_dim", a.heads > 0 ? model.hidden_size / a.heads : 0);
  a.value_head_dim = row.width("value_head_dim", a.head_dim);
  AttentionDims& s = model.sliding_attention;
  s.heads = row.width("sliding_num_attention_heads");
  s.kv_heads = row.width("sliding_num_key_value_heads");
  s.head_dim = row.width("sliding_head_dim");
  s.value_head_dim = row.width("sliding_value_head_dim");
  model.sliding_window = row.size("sliding_window");
  model.attention_chunk_size = row.size("attention_chunk_size");
  const bool qkv = row.flag("qkv_bias", false);
  const bool qv = row.flag("qv_bias", false);
  model.q_bias = model.v_bias = qkv || qv ? 1 : 0;
  model.k_bias = qkv ? 1 : 0;
  model.o_bias = row.flag("o_bias", false) ? 1 : 0;
  model.attn_output_gate = row.flag("attn_output_gate", false);
  model.attn_head_gate = row.flag("attn_head_gate", false);
  model.full_attention_k_eq_v = row.flag("full_attention_k_eq_v", false);
  model.value_norm = row.text("family") == "Gemma 4";
  model.attn_extra_norm_dims = row.size("attn_extra_norm_dims");
  model.qk_norm = qk_norm_of(row.text("qk_norm"));
  const std::string sinks = row.text("attention_sinks");
  model.sinks_all = sinks == "all";
  model.sinks_sliding = sinks == "sliding";

  LatentAttention& mla = model.latent;
  mla.q_lora_rank = row.width("q_lora_rank");
  mla.kv_lora_rank = row.width("kv_lora_rank");
  mla.qk_rope_head_dim = row.width("qk_rope_head_dim");
  mla.qk_nope_head_dim = row.width("qk_nope_head_dim");
  mla.v_head_dim = row.width("v_head_dim");
  mla.output_gate = row.flag("mla_output_gate", false);
  mla.o_groups = row.width("o_groups");
  mla.o_lora_rank = row.width("o_lora_rank");
  if (const json* indexer = row.object("dsa_indexer")) {
    mla.indexer_heads = indexer->value("num_heads", std::int64_t{0});
    mla.indexer_head_dim = indexer->value("head_dim", std::int64_t{0});
  }
  if (row.has("kv_compression")) mla.cache_window = model.sliding_window;
}

void read_experts(const JsonFields& row, ModelConfig& model) {
  MoeConfig& moe = model.moe;
  moe.num_experts = row.size("num_experts");
  if (moe.num_experts == 0) return;
  moe.num_experts_per_tok = row.size("num_experts_per_tok");
  moe.moe_intermediate_size = row.width("moe_intermediate_size", model.intermediate_size);
  moe.shared_intermediate_size = row.width("shared_expert_intermediate_size", row.size("num_shared_experts") * moe.moe_intermediate_size);
  moe.latent_size = row.width("moe_latent_size");
  moe.latent_norm = row.flag("moe_latent_norm", false);
  moe.expert_mlp = row.has("expert_mlp") ? mlp_kind_of(row.text("expert_mlp")) : model.mlp;
  moe.expert_bias = row.flag("expert_bias", false);
  moe.router_bias = row.flag("router_bias", false);
  moe.router_correction_bias = row.flag("router_correction_bias", false);
  moe.shared_expert_gate = row.flag("shared_expert_gate", false);
  moe.dense_residual_mlp = row.flag("dense_residual_mlp", false);
  moe.extra_per_layer = row.size("moe_extra_per_layer");
}

void read_mixers(const JsonFields& row, std::string_view family, Issues& issues, ModelConfig& model) {
  if (const json* object = row.object("linear_attention")) {
    const JsonFields la(*object, "linear_attention.", issues);
    model.linear = {.num_key_heads = la.width("num_key_heads"), .num_value_heads = la.width("num_value_heads"), .key_head_dim = la.width("key_head_dim"),
                    .value_head_dim = la.width("value_head_dim"), .conv_kernel = la.width("conv_kernel"), .num_heads = la.width("num_heads"),
                    .head_dim = la.width("head_dim"), .full_rank_gate = la.flag("full_rank_gate", false)};
    model.linear.state_fp32 = family >= "Qwen3.5" && family.starts_with("Qwen3.");
  }
  if (const json* object = row.object("mamba")) {
    const JsonFields m(*object, "mamba.", issues);
    model.mamba = {.d_state = m.width("d_state"), .d_conv = m.width("d_conv"), .expand = m.width("expand"), .dt_rank = m.width("dt_rank"),
                   .num_heads = m.width("num_heads"), .head_dim = m.width("head_dim"), .n_groups = m.width("n_groups"),
                   .conv_bias = m.flag("conv_bias", true), .inner_norms = m.flag("inner_norms", false)};
  }
  if (const json* object = row.object("short_conv")) model.short_conv_kernel = JsonFields(*object, "short_conv.", issues).width("kernel");
  if (const json* object = row.object("per_layer_embedding")) {
    const JsonFields ple(*object, "per_layer_embedding.", issues);
    model.per_layer_embedding_size = ple.width("hidden_size");
    model.per_layer_embedding_vocab = ple.size("vocab_size");
  }
}

/// Marks the last layers of each kind as users of an earlier layer's cache.
void share_caches(const JsonFields& row, Issues& issues, ModelConfig& model, std::string_view field, bool LayerSpec::*flag) {
  const json* object = row.object(field);
  if (object == nullptr) return;
  const JsonFields counts(*object, std::string(field) + ".", issues);
  for (const auto& [name, mixer] : {std::pair{"full", MixerKind::full}, std::pair{"sliding", MixerKind::sliding}}) {
    std::int64_t left = counts.size(name);
    for (auto layer = model.layers.rbegin(); layer != model.layers.rend() && left > 0; ++layer) {
      if (layer->mixer != mixer) continue;
      (*layer).*flag = true;
      --left;
    }
  }
}

void place_ffns(const JsonFields& row, ModelConfig& model) {
  const std::int64_t total = model.num_layers();
  if (model.moe.num_experts > 0) {
    const std::int64_t first = row.size("first_k_dense_replace");
    const std::int64_t moe_layers = row.size("num_moe_layers", total - first);
    for (std::int64_t i = 0; i < total; ++i) {
      const bool moe = first > 0 ? i >= first : chosen_row(i, moe_layers, total);
      model.layers[static_cast<std::size_t>(i)].ffn = moe ? FfnKind::moe : FfnKind::dense_first;
    }
  }
  if (const json* sizes = row.value("layer_intermediate_sizes_extra"); sizes != nullptr && sizes->is_array() && !sizes->empty()) {
    const json& pair = (*sizes)[0];  // [width, layers]: the wide ones stand last
    model.extra_intermediate_size = pair[0].get<std::int64_t>();
    const std::int64_t wide = pair[1].get<std::int64_t>();
    for (std::int64_t i = total - wide; i < total; ++i) model.layers[static_cast<std::size_t>(i)].ffn = FfnKind::dense_extra;
  }
}

void read_layers(const JsonFields& row, Issues& issues, ModelConfig& model) {
  static constexpr std::array<std::pair<std::string_view, MixerKind>, 9> kMixers = {{
      {"full", MixerKind::full}, {"sliding", MixerKind::sliding}, {"chunked", MixerKind::chunked}, {"local", MixerKind::local},
      {"linear", MixerKind::gated_deltanet}, {"kda", MixerKind::kda}, {"lightning", MixerKind::lightning}, {"mamba", MixerKind::mamba1},
      {"conv", MixerKind::short_conv}}};
  model.layers = uniform_layers(row.integer("num_hidden_layers", 0, 0, kMaxLayers));
  if (const json* object = row.object("layer_pattern")) {
    const JsonFields pattern(*object, "layer_pattern.", issues);
    if (pattern.has("hybrid_override_pattern")) {
      if (!place_blocks(model, pattern.text("hybrid_override_pattern"))) pattern.reject("hybrid_override_pattern", "unknown_name", "A block of the pattern is unknown.");
      return;
    }
    std::vector<MixerCount> counts;
    for (const auto& [name, mixer] : kMixers) {
      if (pattern.size(name) > 0) counts.push_back({mixer, pattern.size(name)});
    }
    place_mixers(model.layers, counts);
  }
  place_ffns(row, model);
  share_caches(row, issues, model, "kv_shared_layers", &LayerSpec::shares_kv);
  share_caches(row, issues, model, "kv_cache_shared_layers", &LayerSpec::shares_cache);
  if (const json* object = row.object("kv_compression")) {
    // One key per 4 and one per 128 tokens in turn; the first two layers have the window alone (Flash) or one per 128 (Pro).
    const bool plain = object->contains("compress_ratios");
    for (std::size_t i = 0; i < model.layers.size(); ++i) model.layers[i].compression = i < 2 ? (plain ? 0 : 128) : i % 2 == 0 ? kIndexedCompression : 128;
  }
  if (const json* object = row.object("cross_attention")) {
    const JsonFields cross(*object, "cross_attention.", issues);
    insert_cross_layers(model, cross.size("num_layers"), cross.width("intermediate_size"));
  }
}

/// Crops of the largest image, by the processors' defaults: 12 and a thumbnail, 2 × 2 and one, 16 and one, 4.
std::int64_t tiles_of(std::string_view family) {
  if (family.starts_with("InternVL")) return 13;
  if (family.starts_with("LLaVA-NeXT")) return 5;
  if (family.starts_with("Llama 4")) return 17;
  return family.starts_with("Llama 3.2 Vision") ? 4 : 1;
}

void read_vision(const JsonFields& row, std::string_view family, Issues& issues, ModelConfig& model) {
  const json* object = row.object("vision");
  if (object == nullptr) return;
  const JsonFields v(*object, "vision.", issues);
  VisionTower& t = model.vision;
  t.hidden_size = v.width("hidden_size");
  t.num_layers = v.integer("num_hidden_layers", 0, 0, kMaxLayers);
  t.num_heads = v.width("num_attention_heads");
  t.head_dim = v.width("head_dim");
  t.intermediate_size = v.width("intermediate_size");
  t.patch_size = v.width("patch_size");
  t.temporal_patch_size = v.width("temporal_patch_size", 1);
  t.channels = v.width("num_channels", 3);
  t.image_size = v.width("image_size");
  t.num_positions = v.has("num_positions") ? v.size("num_positions") : -1;
  t.register_tokens = v.size("num_register_tokens");
  t.global_layers = v.size("global_layers");
  const json* post = v.value("post_norm");
  t.post_norms = post == nullptr ? 0 : post->is_number() ? post->get<std::int64_t>() : (post->is_boolean() && post->get<bool>() ? 1 : 0);
  t.head_classes = v.size("head_classes");
  t.norms_per_layer = v.size("norms_per_layer", 2);
  t.merge = v.size("spatial_merge_size", 1);
  t.tiles = tiles_of(family);
  t.class_token = v.flag("class_token", false);
  t.class_position = v.flag("class_position", true);
  t.mask_token = v.flag("mask_token", false);
  t.patch_bias = v.flag("patch_bias", true);
  t.pre_norm = v.flag("pre_norm", false);
  t.layer_scale = v.flag("layer_scale", false);
  t.mlp_bias = v.flag("mlp_bias", true);
  t.learned_positions = !v.has("position_embedding") || v.text("position_embedding") == "learned";
  t.norm = v.has("norm") ? norm_kind_of(v.text("norm"), v.flag("norm_bias", true)) : NormKind::layer;
  t.qk_norm = qk_norm_of(v.text("qk_norm"));
  t.mlp = v.has("mlp") ? mlp_kind_of(v.text("mlp")) : MlpKind::gelu;
  const json* bias = v.value("attention_bias");
  const std::string kind = bias != nullptr && bias->is_string() ? bias->get<std::string>() : "";
  const bool all = bias == nullptr || (bias->is_boolean() && bias->get<bool>());
  t.q_bias = t.v_bias = all || kind == "qv" || kind == "qkv_only" ? 1 : 0;
  t.k_bias = all || kind == "qkv_only" ? 1 : 0;
  t.o_bias = all || kind == "qv" || kind == "out_only" ? 1 : 0;
  t.computation = computation_of(v.has("type") ? v.text("type") : "tower");
  t.extra_params = extras(v, "extra_params");
}

void read_projector(const JsonFields& row, Issues& issues, ModelConfig& model) {
  const json* object = row.object("projector");
  if (object == nullptr) return;
  const JsonFields p(*object, "projector.", issues);
  Projector& out = model.projector;
  const std::string type = p.text("type");
  out.kind = type == "mlp" ? ProjectorKind::mlp : type == "qformer" ? ProjectorKind::qformer : ProjectorKind::lump;
  out.dims = p.sizes("dims", 16);
  out.bias = p.flag("bias", true);
  out.norm_dim = p.has("norm") ? p.width("norm_dim") : 0;
  out.norm = norm_kind_of(p.text("norm"), true);
  out.hidden_size = p.width("hidden_size");
  out.num_layers = p.integer("num_hidden_layers", 0, 0, kMaxLayers);
  out.num_heads = p.width("num_attention_heads");
  out.intermediate_size = p.width("intermediate_size");
  out.encoder_hidden_size = p.width("encoder_hidden_size");
  out.cross_attention_frequency = p.size("cross_attention_frequency");
  out.num_query_tokens = p.size("num_query_tokens");
  out.out_features = p.width("out_features");
  out.ffn_per_layer = p.size("ffn_per_layer", 1);
  out.extra_params = extras(p, "extra_params");
  for (ExtraParameters& part : extras(p, "parts")) out.extra_params.push_back(std::move(part));  // a resampler
}

void read_towers(const JsonFields& row, std::string_view family, Issues& issues, ModelConfig& model) {
  read_vision(row, family, issues, model);
  read_projector(row, issues, model);
  if (const json* object = row.object("text")) {
    const JsonFields t(*object, "text.", issues);
    model.text = {t.width("hidden_size"), t.integer("num_hidden_layers", 0, 0, kMaxLayers), t.width("num_attention_heads"),
                  t.width("intermediate_size"), t.size("vocab_size"), t.size("max_position_embeddings")};
  }
  model.projection_dim = row.width("projection_dim");
  model.image_tokens = row.size("image_tokens");
  model.image_size = row.width("input_size");
  model.num_classes = row.size("num_classes");
  if (model.vision.image_size == 0 && model.architecture == Architecture::vit) model.vision.image_size = model.image_size;
  model.swin = {.hidden_size = model.hidden_size, .window_size = row.width("window_size"), .patch_size = row.width("patch_size", 4),
                .version = row.size("version", 1), .num_classes = model.num_classes, .depths = row.sizes("stage_depths", 8),
                .heads = row.sizes("stage_heads", 8)};
  if (const json* object = row.object("audio")) {
    const JsonFields audio(*object, "audio.", issues);
    model.num_mel_bins = audio.size("num_mel_bins");
    model.max_source_positions = audio.size("max_source_positions");
  }
}

Architecture architecture_of(std::string_view formula, bool has_vision) {
  static constexpr std::array<std::pair<std::string_view, Architecture>, 8> kFormulas = {{
      {"decoder", Architecture::decoder}, {"bert", Architecture::bert}, {"t5", Architecture::t5}, {"bart", Architecture::bart},
      {"whisper", Architecture::whisper}, {"vit", Architecture::vit}, {"swin", Architecture::swin}, {"clip", Architecture::clip}}};
  for (const auto& [name, architecture] : kFormulas) {
    if (name == formula) return architecture;
  }
  return formula == "vlm" || has_vision ? Architecture::vlm : Architecture::decoder;
}

void read_row(const JsonFields& row, const CatalogModel& entry, Issues& issues, ModelConfig& model) {
  model.architecture = architecture_of(row.text("formula"), row.has("vision"));
  model.language_model = row.text("language_model_formula") == "t5" ? Architecture::t5 : Architecture::decoder;
  model.default_dtype = dtype_of(row.text("default_dtype"));
  model.hidden_size = row.width("hidden_size");
  model.embedding_size = row.width("embedding_size");
  model.intermediate_size = row.width("intermediate_size");
  model.dense_intermediate_size = row.width("dense_intermediate_size");
  model.vocab_size = row.size("vocab_size");
  model.lm_head_vocab = row.size("lm_head_vocab");
  model.max_position_embeddings = row.size("max_position_embeddings");
  model.position_offset = row.size("position_offset");
  model.type_vocab_size = row.size("type_vocab_size");
  model.tie_word_embeddings = row.flag("tie_word_embeddings", false);
  model.lm_head_bias = row.flag("lm_head_bias", false);
  model.pooler = row.flag("pooler", false);
  model.has_lm_head = model.architecture != Architecture::bert;
  model.embedding_norm = row.flag("embedding_norm", false);
  model.final_norm = row.flag("final_norm", model.architecture != Architecture::bart);
  model.final_norm_on_embedding = row.flag("final_norm_on_embedding", false);
  model.parallel_residual = row.flag("parallel_residual", false);
  model.norm = norm_kind_of(row.text("norm"), row.flag("norm_bias", true));
  model.norms_per_layer = row.size("norms_per_layer", 2);
  model.mlp = mlp_kind_of(row.text("mlp"));
  model.mlp_bias = row.flag("mlp_bias", false);
  const std::string position = row.text("position_embedding");
  model.position = position_kind_of(position);
  model.rope_sections = position == "mrope";
  model.rope_scaling = row.number("rope_scaling_factor", 1, 1, 1024) * row.number("rotary_pct", 1, 0, 1);
  model.rope_local = entry.family == "Gemma 3";
  model.layer_scalar = row.flag("layer_scalar", false);
  model.encoder_layers = row.integer("encoder_layers", 0, 0, kMaxLayers);
  model.decoder_layers = row.integer("decoder_layers", 0, 0, kMaxLayers);
  model.encoder_moe_layers = row.size("encoder_moe_layers");
  model.decoder_moe_layers = row.size("decoder_moe_layers");
  model.relative_attention_num_buckets = row.size("relative_attention_num_buckets");
  static constexpr std::array<std::string_view, 12> kFusedQkv = {"GPT-2", "GPT-NeoX", "Pythia", "Falcon", "BLOOM", "MPT", "Phi-3", "Phi-4",
                                                                "ChatGLM", "StarCoder", "Baichuan2", "DBRX"};
  static constexpr std::array<std::string_view, 4> kFusedGateUp = {"Phi-3", "Phi-4", "ChatGLM", "GLM-4"};
  model.fused_qkv = in_family(entry.family, kFusedQkv);
  model.computation = computation_of(entry.family);
  model.fused_gate_up = in_family(entry.family, kFusedGateUp);
  read_attention(row, model);
  read_experts(row, model);
  read_mixers(row, entry.family, issues, model);
  read_layers(row, issues, model);
  read_towers(row, entry.family, issues, model);
  model.extra_params = extras(row, "extra_params");
}

/// Encoder-decoders and encoders have fixed layer rules; the row only says a few of them.
void apply_architecture_rules(ModelConfig& model) {
  const bool biased = model.architecture == Architecture::bert || model.architecture == Architecture::bart || model.architecture == Architecture::whisper;
  if (biased) {
    model.norm = NormKind::layer;
    model.mlp_bias = true;
    model.q_bias = model.v_bias = model.o_bias = 1;
    model.k_bias = model.architecture == Architecture::whisper ? 0 : 1;
    model.tie_word_embeddings = true;
    model.mlp = model.mlp == MlpKind::gated ? MlpKind::gelu : model.mlp;
  }
  const bool encoder_decoder = model.encoder_layers > 0;
  if (encoder_decoder) {
    model.norms_per_layer = 2;
    model.layers.clear();
  }
}

/// Rows without a formula: the published count is the fact, and what the dimensions do not explain is one extra block.
void meet_published_count(const CatalogModel& entry, ModelConfig& model, Issues& issues) {
  const std::int64_t computed = count_parameters(build_inventory(model)).total;
  const std::int64_t missing = entry.published_parameters - computed;
  const bool close = std::abs(static_cast<double>(missing)) <= entry.published_tolerance * static_cast<double>(entry.published_parameters);
  if (entry.published_parameters > 0 && !close && missing > 0) model.extra_params.push_back({"parts without public dimensions", missing});
  const std::string fact = entry.published_parameters > 0 ? "only its total is published" : "not even its total is published";
  issues.push_back(warning("parameter_count_published_only", "model", "\"" + std::string(entry.id) + "\"",
                           "Not every dimension of " + std::string(entry.name) + " is public and " + fact + ": sizes are approximate."));
}

ModelResult convolutional(const CatalogModel& entry) {
  ModelResult result;
  result.model.architecture = Architecture::cnn;
  result.model.default_dtype = Dtype::fp32;
  const CnnTable* table = find_cnn(entry.id);
  result.model.cnn_id = std::string(entry.id);
  if (table == nullptr) return result;
  result.model.image_size = table->input_size;
  result.model.num_classes = cnn_classes(*table);
  return result;
}

}  // namespace

ModelResult model_from_catalog(std::string_view id) {
  ModelResult result;
  const CatalogModel* entry = find_model(id);
  if (entry == nullptr) {
    entry = find_base_of(id);
    if (entry != nullptr) {
      const std::string base(entry->id);
      result.issues.push_back({Severity::suggestion, "taken_as_base", "model", excerpt(json(id)), "The catalog has " + base + ", whose shape such checkpoints share; their weight format is that of the scenario.", base});
    }
  }
  if (entry == nullptr) {
    std::string sentence = "There is no model " + json(id).dump(-1, ' ', false, json::error_handler_t::replace) + " in the catalog";
    const auto near = search_models(id, 3);
    for (std::size_t i = 0; i < near.size(); ++i) sentence += (i == 0 ? "; did you mean " : ", ") + std::string(near[i]->id);
    result.issues.push_back(error("unknown_model", "model", excerpt(json(id)), sentence + "."));
    return result;
  }
  if (entry->kind == ModelKind::cnn) {
    result = convolutional(*entry);
  } else {
    const json row = parse_limited(entry->structure, result.issues);
    read_row(JsonFields(row, "", result.issues), *entry, result.issues, result.model);
    apply_architecture_rules(result.model);
    if (row.value("formula", "") == "none") meet_published_count(*entry, result.model, result.issues);
  }
  result.model.id = std::string(entry->id);
  result.model.name = std::string(entry->name);
  result.model.published_parameters = entry->published_parameters;
  return result;
}

}  // namespace vram
