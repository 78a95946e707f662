// Configs of vision towers, CLIP, and models that join a tower to a language model.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
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

bool classifies(const JsonFields& f) {
  for (const std::string& name : f.texts("architectures", 16)) {
    if (name.find("ForImageClassification") != std::string::npos) return true;
  }
  return false;
}

/// A number of pixels, or a pair of equal ones.
std::int64_t side_of(const JsonFields& f, std::string_view field) {
  const json* value = f.value(field);
  if (value == nullptr || !value->is_array()) return f.width(field);
  const std::vector<std::int64_t> sides = f.sizes(field, 2);
  if (sides.size() == 2 && sides[0] == sides[1] && sides[0] <= kMaxWidth) return sides[0];
  if (!sides.empty()) f.reject(field, "not_square", f.path() + std::string(field) + " is not square; only square images and patches are known.");
  return 0;
}

}  // namespace

void read_tower_sizes(const JsonFields& f, VisionTower& t) {
  t.hidden_size = f.width("hidden_size");
  t.num_layers = f.integer("num_hidden_layers", 0, 0, kMaxLayers);
  t.num_heads = f.width("num_attention_heads");
  t.head_dim = f.width("head_dim");
  const double ratio = f.number("mlp_ratio", 4.0, 0.0, 1000.0);
  t.intermediate_size = f.width("intermediate_size", static_cast<std::int64_t>(static_cast<double>(t.hidden_size) * ratio));
  t.patch_size = side_of(f, "patch_size");
  t.channels = f.width("num_channels", 3);
  t.image_size = side_of(f, "image_size");
  if (t.num_heads > 0 && t.head_dim == 0 && t.hidden_size % t.num_heads != 0) {
    f.reject("num_attention_heads", "heads_do_not_divide", f.path() + "num_attention_heads does not divide hidden_size.");
  }
}

namespace {

void no_biases(VisionTower& t) { t.q_bias = t.k_bias = t.v_bias = t.o_bias = 0; }

std::int64_t mlp_count(std::int64_t h, std::int64_t inner) { return 2 * h * inner + inner + h; }

}  // namespace

void read_clip_tower(const JsonFields& f, VisionTower& t) {
  read_tower_sizes(f, t);
  t.class_token = true;
  t.patch_bias = false;
  t.pre_norm = true;
  t.post_norms = 1;
  const std::string activation = f.text("hidden_act");
  if (activation.empty() || activation == "quick_gelu") t.computation = computation_of("clip");
}

namespace {

/// `head`: attention pooling on top, as SigLIP has it on its own and not inside a language model.
void read_siglip_tower(const JsonFields& f, bool head, VisionTower& t) {
  read_tower_sizes(f, t);
  t.post_norms = 1;
  const std::int64_t h = t.hidden_size;
  if (head && f.flag("vision_use_head", true)) t.extra_params.push_back({"attention pooling head", h + 4 * h * h + 4 * h + 2 * h + mlp_count(h, t.intermediate_size)});
}

void read_pixtral_tower(const JsonFields& f, VisionTower& t) {
  read_tower_sizes(f, t);
  t.image_size = 0;  // rotary positions: any size
  t.learned_positions = false;
  t.patch_bias = false;
  t.pre_norm = true;
  t.norm = NormKind::rms;
  t.mlp = MlpKind::gated;
  t.mlp_bias = false;
  no_biases(t);
}

void read_qwen2_vl_tower(const JsonFields& f, VisionTower& t) {
  read_tower_sizes(f, t);
  if (f.has("embed_dim")) {  // Qwen2-VL: hidden_size is the width of the language model
    t.hidden_size = f.width("embed_dim");
    t.intermediate_size = static_cast<std::int64_t>(static_cast<double>(t.hidden_size) * f.number("mlp_ratio", 4.0, 0.0, 1000.0));
  } else {
    t.norm = NormKind::rms;
    t.mlp = MlpKind::gated;
  }
  t.temporal_patch_size = f.width("temporal_patch_size", 2);
  t.merge = f.size("spatial_merge_size", 2);
  t.patch_bias = false;
  t.learned_positions = false;
}

void read_qwen3_vl_tower(const JsonFields& f, VisionTower& t) {
  read_tower_sizes(f, t);
  t.temporal_patch_size = f.width("temporal_patch_size", 2);
  t.merge = f.size("spatial_merge_size", 2);
  t.num_positions = f.size("num_position_embeddings", 2304);
}

void read_intern_tower(const JsonFields& f, VisionTower& t) {
  read_tower_sizes(f, t);
  t.class_token = true;
  t.layer_scale = true;
  t.norm = f.has("norm_type") ? norm_kind_of(f.text("norm_type"), true) : NormKind::layer;
  t.qk_norm = f.flag("qk_normalization", f.flag("use_qk_norm", false)) ? QkNorm::full : QkNorm::none;
  const bool qkv = f.flag("qkv_bias", f.flag("attention_bias", true));
  t.q_bias = t.k_bias = t.v_bias = qkv ? 1 : 0;
  t.merge = 2;
}

void read_mllama_tower(const JsonFields& f, VisionTower& t) {
  read_clip_tower(f, t);
  no_biases(t);
  t.global_layers = f.integer("num_global_layers", 8, 0, kMaxLayers);
  const std::int64_t h = t.hidden_size;
  const std::int64_t tiles = f.integer("max_num_tiles", 4, 1, 64);
  std::int64_t ratios = 1;  // aspect ratios that fit the tiles, and one for none
  for (std::int64_t rows = 1; rows <= tiles; ++rows) ratios += tiles / rows;
  const std::int64_t side = t.patch_size > 0 ? t.image_size / t.patch_size : 0;
  const std::int64_t tokens = std::min<std::int64_t>(side * side + 1, kMaxWidth / 64);
  t.extra_params.push_back({"tile position embedding", ratios * tiles * tokens * h});
  t.extra_params.push_back({"tile embeddings", 2 * (ratios * tiles * h + 1)});
  t.extra_params.push_back({"position gate", 1});
}

void read_llama4_tower(const JsonFields& f, VisionTower& t) {
  read_clip_tower(f, t);
  t.merge = 2;
}

void read_blip2_tower(const JsonFields& f, VisionTower& t) {
  read_tower_sizes(f, t);
  t.class_token = true;
  t.post_norms = 1;
  if (!f.flag("qkv_bias", true)) t.q_bias = t.k_bias = t.v_bias = 0;
}

/// Reads one tower by its own model_type; `outer` decides where it says none.
void read_tower(const json& config, std::string_view outer, Issues& issues, VisionTower& t) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kByOuter = {{
      {"llava", "clip_vision_model"}, {"llava_next", "clip_vision_model"}, {"pixtral", "pixtral"}, {"mistral3", "pixtral"},
      {"qwen2_vl", "qwen2_vl_vision"}, {"qwen2_5_vl", "qwen2_5_vl_vision"}, {"qwen3_vl", "qwen3_vl_vision"}, {"internvl_chat", "internvl_vision"},
      {"internvl", "internvl_vision"}, {"mllama", "mllama_vision_model"}, {"paligemma", "siglip_vision_model"}, {"gemma3", "siglip_vision_model"},
      {"llama4", "llama4_vision_model"}, {"blip", "blip_vision_model"}, {"blip-2", "blip_2_vision_model"}, {"idefics2", "idefics2_vision"}}};
  std::string kind;
  for (const auto& [name, tower] : kByOuter) {
    if (name == outer) kind = tower;
  }
  if (kind.empty()) kind = outer == "smolvlm" ? "smolvlm_vision" : outer == "idefics3" ? "idefics3_vision" : "clip_vision_model";
  const auto own = config.find("model_type");
  const std::string said = own != config.end() && own->is_string() ? own->get<std::string>() : "";
  const bool chooses = outer == "llava" || outer == "llava_next" || outer == "unknown" || outer == "mistral3" || outer == "pixtral";
  if (chooses && (said == "clip_vision_model" || said == "siglip_vision_model" || said == "pixtral")) kind = said;
  const json defaults = parse_limited(config_defaults(kind), issues);
  const JsonFields f(config, "vision_config.", issues, &defaults);
  if (kind == "pixtral") read_pixtral_tower(f, t);
  else if (kind.find("siglip") != std::string::npos || kind.find("idefics") != std::string::npos || kind.find("smolvlm") != std::string::npos) read_siglip_tower(f, false, t);
  else if (kind == "qwen2_vl_vision" || kind == "qwen2_5_vl_vision") read_qwen2_vl_tower(f, t);
  else if (kind == "qwen3_vl_vision") read_qwen3_vl_tower(f, t);
  else if (kind == "internvl_vision") read_intern_tower(f, t);
  else if (kind == "mllama_vision_model") read_mllama_tower(f, t);
  else if (kind == "llama4_vision_model") read_llama4_tower(f, t);
  else if (kind.substr(0, 4) == "blip") read_blip2_tower(f, t);
  else read_clip_tower(f, t);
  require_sizes(f, {"hidden_size", "num_hidden_layers", "num_attention_heads"}, true);
  report_defaults(f, kind, issues);
}

void mlp_projector(Projector& p, std::vector<std::int64_t> dims, bool bias) {
  p.kind = ProjectorKind::mlp;
  p.dims = std::move(dims);
  p.bias = bias;
}

void normed(Projector& p, NormKind kind, std::int64_t width) {
  p.norm = kind;
  p.norm_dim = width;
}

/// What joins tower and language model, by the outer model_type.
void read_projector(const JsonFields& f, const json& vision, std::string_view outer, Issues& issues, ModelConfig& model) {
  const VisionTower& t = model.vision;
  const std::int64_t text = model.hidden_size;
  const std::int64_t merged = t.hidden_size * t.merge * t.merge;
  const JsonFields v(vision, "vision_config.", issues);
  Projector& p = model.projector;
  if (outer == "qwen2_vl" || outer == "qwen2_5_vl") {
    mlp_projector(p, {merged, merged, v.width("out_hidden_size", text)}, true);
    normed(p, t.norm, t.hidden_size);
  } else if (outer == "qwen3_vl") {
    const std::int64_t out = v.width("out_hidden_size", text);
    mlp_projector(p, {merged, merged, out}, true);
    normed(p, NormKind::layer, t.hidden_size);
    const std::vector<std::int64_t> taps = v.sizes("deepstack_visual_indexes", 64);
    const std::int64_t mergers = v.has("deepstack_visual_indexes") ? static_cast<std::int64_t>(taps.size()) : 3;
    p.extra_params.push_back({"deepstack mergers", mergers * (2 * merged + merged * merged + merged + merged * out + out)});
  } else if (outer == "internvl_chat" || outer == "internvl") {
    mlp_projector(p, {merged, text, text}, true);
    normed(p, NormKind::layer, merged);
  } else if (outer == "paligemma") {
    mlp_projector(p, {t.hidden_size, v.width("projection_dim", text)}, true);
  } else if (outer == "gemma3") {
    mlp_projector(p, {t.hidden_size, text}, false);
    normed(p, NormKind::rms, t.hidden_size);
    model.image_tokens = f.size("mm_tokens_per_image", 256);
  } else if (outer == "mistral3") {
    const std::int64_t merge = f.integer("spatial_merge_size", 2, 1, 16);
    mlp_projector(p, {t.hidden_size, text, text}, f.flag("multimodal_projector_bias", false));
    normed(p, NormKind::rms, t.hidden_size);
    p.extra_params.push_back({"patch merger", merge * merge * t.hidden_size * t.hidden_size});
  } else if (outer == "mllama") {
    mlp_projector(p, {v.width("vision_output_dim", 7680), text}, true);
  } else if (outer == "llama4") {
    const std::int64_t wide = v.width("projector_output_dim", 4096);
    mlp_projector(p, {v.width("vision_output_dim", 4096), text}, false);
    p.extra_params.push_back({"pixel-shuffle MLP", merged * v.width("projector_input_dim", 4096) + v.width("projector_input_dim", 4096) * wide});
  } else if (outer == "idefics3" || outer == "smolvlm") {
    const std::int64_t scale = f.integer("scale_factor", 2, 1, 16);
    model.vision.merge = scale;
    mlp_projector(p, {t.hidden_size * scale * scale, text}, false);
  } else if (outer == "idefics2") {
    read_idefics2_projector(f, issues, model);
  } else {
    mlp_projector(p, {t.hidden_size, text, text}, f.flag("multimodal_projector_bias", true));
    if (outer == "llava_next") p.extra_params.push_back({"image newline", text});
  }
}

void read_blip2_projector(const JsonFields& f, Issues& issues, ModelConfig& model) {
  const json* object = f.object("qformer_config");
  const json nothing = json::object();
  const json defaults = parse_limited(config_defaults("blip_2_qformer"), issues);
  const JsonFields q(object != nullptr ? *object : nothing, "qformer_config.", issues, &defaults);
  Projector& p = model.projector;
  p.kind = ProjectorKind::qformer;
  p.hidden_size = q.width("hidden_size", 768);
  p.num_layers = q.integer("num_hidden_layers", 12, 0, kMaxLayers);
  p.num_heads = q.width("num_attention_heads", 12);
  p.intermediate_size = q.width("intermediate_size", 3072);
  p.encoder_hidden_size = model.vision.hidden_size;
  p.cross_attention_frequency = q.integer("cross_attention_frequency", 2, 1, 1000);
  p.num_query_tokens = f.size("num_query_tokens", 32);
  p.out_features = model.hidden_size;
  model.image_tokens = p.num_query_tokens;
}

/// BLIP captioning: a BERT-like decoder that attends to the image in every layer.
void read_blip_text(const json& config, Issues& issues, ModelConfig& model) {
  const json defaults = parse_limited(config_defaults("blip_text_model"), issues);
  const JsonFields f(config, "text_config.", issues, &defaults);
  model.hidden_size = f.width("hidden_size");
  model.intermediate_size = f.width("intermediate_size");
  model.vocab_size = f.size("vocab_size");
  model.max_position_embeddings = f.size("max_position_embeddings");
  model.position = PositionKind::learned;
  model.norm = NormKind::layer;
  model.mlp = MlpKind::gelu;
  model.mlp_bias = true;
  model.q_bias = model.k_bias = model.v_bias = model.o_bias = 1;
  model.attention.heads = model.attention.kv_heads = f.width("num_attention_heads");
  model.tie_word_embeddings = true;
  model.embedding_norm = true;
  model.final_norm = false;
  model.lm_head_bias = true;
  model.layers = uniform_layers(f.integer("num_hidden_layers", 0, 0, kMaxLayers), {.mixer = MixerKind::self_and_cross});
  model.cross_source_width = model.vision.hidden_size;
  const std::int64_t h = model.hidden_size;
  model.extra_params.push_back({"transform of the language head", h * h + h + 2 * h});
  check_heads(f, model);
}

void read_language_model(const json& config, std::string_view fallback_type, std::string_view path, bool nested, Issues& issues, ModelConfig& model) {
  const auto said = config.find("model_type");
  std::string name = nested && said != config.end() && said->is_string() ? said->get<std::string>() : std::string(fallback_type);
  if (name == "t5") {
    const json defaults = parse_limited(config_defaults("t5"), issues);
    read_t5_config(JsonFields(config, std::string(path), issues, &defaults), model);
    model.architecture = Architecture::vlm;
    model.language_model = Architecture::t5;
    return;
  }
  const ConfigType* type = find_config_type(name);
  if (type == nullptr || type->reader != ConfigReader::decoder) {
    issues.push_back(warning("unknown_model_type", std::string(path) + "model_type", excerpt(json(name)),
                             "The language model's type " + excerpt(json(name)) + " is not known; the nearest known type is " + std::string(nearest_config_type(name).name) + ". It is read in the manner of Llama."));
    type = find_config_type("llama");
  }
  // The defaults of the type's own text class, where it has one beside the plain type.
  read_decoder_config(config, *type, std::string(path), nested, issues, model);
}

void read_cross_layers(const json& text, Issues& issues, ModelConfig& model) {
  const JsonFields f(text, "text_config.", issues);
  const std::vector<std::int64_t> places = f.sizes("cross_attention_layers", 10'000);
  std::int64_t count = 0;
  for (const std::int64_t place : places) {
    if (place >= model.num_layers()) {
      f.reject("cross_attention_layers", "out_of_range", "text_config.cross_attention_layers names layer " + std::to_string(place) + " of " + std::to_string(model.num_layers()) + ".");
      return;
    }
    model.layers[static_cast<std::size_t>(place)] = {MixerKind::cross, FfnKind::cross};
    ++count;
  }
  model.cross_attention_layers = count;
  model.lm_head_vocab = model.vocab_size;
  model.vocab_size += 8;  // eight special tokens have input embeddings only
}

}  // namespace

void read_vit_config(const JsonFields& f, std::string_view model_type, ModelConfig& model) {
  require_sizes(f, {"hidden_size", "num_hidden_layers", "num_attention_heads"}, false);
  model.architecture = Architecture::vit;
  VisionTower& t = model.vision;
  if (model_type == "clip_vision_model") return read_clip_tower(f, t);
  if (model_type == "siglip_vision_model") return read_siglip_tower(f, true, t);
  read_tower_sizes(f, t);
  t.class_token = true;
  t.computation.softmax_fp32 = model_type == "vit";
  t.post_norms = 1;
  if (!f.flag("qkv_bias", true)) t.q_bias = t.k_bias = t.v_bias = 0;
  const std::int64_t h = t.hidden_size;
  if (model_type == "dinov2") {
    t.layer_scale = true;
    t.mask_token = f.flag("use_mask_token", true);
    if (f.flag("use_swiglu_ffn", false)) {
      t.mlp = MlpKind::gated;
      t.intermediate_size = (t.intermediate_size * 2 / 3 + 7) / 8 * 8;
    }
    if (classifies(f)) t.extra_params.push_back({"classifier", class_count(f) * (2 * h + 1)});
    return;
  }
  if (classifies(f)) {
    t.head_classes = class_count(f);
  } else {
    t.extra_params.push_back({"pooler", h * h + h});
  }
}

void read_swin_config(const JsonFields& f, ModelConfig& model) {
  model.architecture = Architecture::swin;
  SwinConfig& s = model.swin;
  s.hidden_size = f.width("embed_dim", 96);
  s.window_size = f.width("window_size", 7);
  s.patch_size = f.width("patch_size", 4);
  s.depths = f.sizes("depths", 8);
  s.heads = f.sizes("num_heads", 8);
  s.num_classes = classifies(f) ? class_count(f) : 0;
  model.hidden_size = s.hidden_size;
  model.image_size = f.width("image_size", 224);
  if (s.depths.empty() || s.depths.size() != s.heads.size()) f.reject("depths", "missing_field", "depths and num_heads are required: one number for each stage.");
}

void read_clip_config(const json& config, Issues& issues, ModelConfig& model) {
  model.architecture = Architecture::clip;
  const json nothing = json::object();
  const JsonFields f(config, "", issues);
  const json* vision = f.object("vision_config");
  const json* text = f.object("text_config");
  const json vision_defaults = parse_limited(config_defaults("clip_vision_model"), issues);
  const json text_defaults = parse_limited(config_defaults("clip_text_model"), issues);
  const JsonFields v(vision != nullptr ? *vision : nothing, "vision_config.", issues, &vision_defaults);
  const JsonFields t(text != nullptr ? *text : nothing, "text_config.", issues, &text_defaults);
  if (vision == nullptr || text == nullptr) f.reject(vision == nullptr ? "vision_config" : "text_config", "missing_field", "A CLIP config needs vision_config and text_config.");
  read_clip_tower(v, model.vision);
  model.text = {t.width("hidden_size"), t.integer("num_hidden_layers", 0, 0, kMaxLayers), t.width("num_attention_heads"), t.width("intermediate_size"),
                t.size("vocab_size"), t.size("max_position_embeddings")};
  model.projection_dim = f.width("projection_dim", 512);
  model.max_position_embeddings = model.text.max_position_embeddings;
  model.extra_params.push_back({"logit scale", 1});
  report_defaults(v, "clip_vision_model", issues);
  report_defaults(t, "clip_text_model", issues);
}

namespace {

/// Crops of the largest image that the model's processor makes, thumbnail included.
std::int64_t read_tiles(const JsonFields& f, std::string_view model_type) {
  if (model_type == "internvl_chat" || model_type == "internvl") return f.integer("max_dynamic_patch", 12, 1, 256) + (f.flag("use_thumbnail", true) ? 1 : 0);
  if (model_type == "mllama") return 4;
  if (model_type == "llama4" || model_type == "idefics3" || model_type == "smolvlm") return 17;
  return model_type == "llava_next" ? 5 : 1;
}

}  // namespace

void read_vlm_config(const json& config, std::string_view model_type, Issues& issues, ModelConfig& model) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kTexts = {{
      {"qwen2_vl", "qwen2"}, {"qwen2_5_vl", "qwen2"}, {"qwen3_vl", "qwen3"}, {"mllama", "llama"}, {"paligemma", "gemma"}, {"gemma3", "gemma3_text"},
      {"llama4", "llama4_text"}, {"idefics2", "mistral"}, {"blip-2", "opt"}, {"gemma3n", "gemma3n_text"}, {"gemma4", "gemma4_text"}}};
  if (model_type == "idefics") return read_idefics_config(config, issues, model);
  model.architecture = Architecture::vlm;
  const JsonFields f(config, "", issues);
  const json* text = f.object("text_config");
  const json* vision = f.object("vision_config");
  std::string_view text_type = "llama";
  for (const auto& [outer, inner] : kTexts) {
    if (outer == model_type) text_type = inner;
  }
  const bool gemma = model_type == "gemma3n" || model_type == "gemma4";
  if (vision != nullptr && !gemma) {
    read_tower(*vision, model_type, issues, model.vision);
  } else if (vision == nullptr) {
    issues.push_back(warning("no_vision_config", "vision_config", "", "The config has no vision_config: only the language model is estimated."));
    model.architecture = Architecture::decoder;
  }
  if (model_type == "blip") {
    const json nothing = json::object();
    return read_blip_text(text != nullptr ? *text : nothing, issues, model);
  }
  // Older Qwen2-VL configs keep the language model's sizes at the top.
  read_language_model(text != nullptr ? *text : config, text_type, text != nullptr ? "text_config." : "", text != nullptr, issues, model);
  if (f.given("tie_word_embeddings")) model.tie_word_embeddings = f.flag("tie_word_embeddings", model.tie_word_embeddings);
  if (vision == nullptr) return;
  if (gemma) return read_gemma_towers(f, model_type, issues, model);
  if (model_type == "mllama" && text != nullptr) read_cross_layers(*text, issues, model);
  if (model_type == "blip-2") {
    read_blip2_projector(f, issues, model);
  } else {
    read_projector(f, *vision, model_type, issues, model);
  }
  model.vision.tiles = read_tiles(f, model_type);
}

}  // namespace vram
