// Configs of Flamingo's kind: gated cross-attention layers between those of a decoder (IDEFICS), perceiver resamplers.
// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>
#include <utility>

#include "layer_plan.h"
#include "model_json_edge.h"
#include "scenario_json.h"

namespace vram {

using nlohmann::json;

namespace {

/// What both resamplers' configs name alike.
void read_resampler(const JsonFields& r, Projector& p) {
  p.kind = ProjectorKind::perceiver;
  p.num_layers = r.integer("resampler_depth", 0, 0, kMaxLayers);
  p.num_heads = r.width("resampler_n_heads");
  p.num_kv_heads = r.width("num_key_value_heads", p.num_heads);
  p.head_dim = r.width("resampler_head_dim");
  p.num_query_tokens = r.width("resampler_n_latents");
}

/// A cross-attention layer ahead of every `interval`-th layer.
void insert_gated_layers(ModelConfig& model, std::int64_t interval) {
  const std::int64_t count = model.num_layers() / interval;
  std::vector<LayerSpec> layers;
  for (std::int64_t i = 0; i < model.num_layers(); ++i) {
    if (i % interval == 0 && i / interval < count) layers.push_back({MixerKind::cross, FfnKind::cross});
    layers.push_back(model.layers[static_cast<std::size_t>(i)]);
  }
  model.layers = std::move(layers);
  model.cross_attention_layers = count;
  model.cross_attention_intermediate_size = model.intermediate_size;
}

}  // namespace

void read_idefics_config(const json& config, Issues& issues, ModelConfig& model) {
  const json nothing = json::object();
  const json defaults = parse_limited(config_defaults("idefics"), issues);
  const JsonFields f(config, "", issues, &defaults);
  model.architecture = Architecture::vlm;
  read_decoder_config(config, *find_config_type("idefics"), "", false, issues, model);
  model.vocab_size += f.width("additional_vocab_size");  // their rows are matrices of their own, in both tables

  const json* vision = f.object("vision_config");
  const json vision_defaults = parse_limited(config_defaults("idefics_vision"), issues);
  const JsonFields v(vision != nullptr ? *vision : nothing, "vision_config.", issues, &vision_defaults);
  read_clip_tower(v, model.vision);
  require_sizes(v, {"hidden_size", "num_hidden_layers", "num_attention_heads", "patch_size"}, true);
  report_defaults(v, "idefics_vision", issues);

  const std::int64_t interval = f.integer("cross_layer_interval", 1, 1, kMaxLayers);
  insert_gated_layers(model, interval);
  model.cross_gate_elements = f.text("alpha_type") == "vector" ? 2 * model.hidden_size : 2;
  model.cross_qk_norm = f.flag("qk_layer_norms", false);
  model.cross_keys_cached = false;
  model.cross_source_width = model.vision.hidden_size;
  const std::int64_t side = model.vision.patch_size > 0 ? model.vision.image_size / model.vision.patch_size : 0;
  model.image_tokens = side * side + 1;
  if (!f.flag("use_resampler", false)) return;

  const json* perceiver = f.object("perceiver_config");
  const json perceiver_defaults = parse_limited(config_defaults("idefics_perceiver"), issues);
  const JsonFields r(perceiver != nullptr ? *perceiver : nothing, "perceiver_config.", issues, &perceiver_defaults);
  Projector& p = model.projector;
  read_resampler(r, p);
  p.hidden_size = model.vision.hidden_size;
  p.intermediate_size = 4 * p.hidden_size;
  p.norm = NormKind::layer;
  p.mlp = MlpKind::relu;
  p.qk_norm = r.flag("qk_layer_norms_perceiver", false);
  model.image_tokens = p.num_query_tokens;
  report_defaults(r, "idefics_perceiver", issues);
}

void read_idefics2_projector(const JsonFields& f, Issues& issues, ModelConfig& model) {
  const json nothing = json::object();
  const json* object = f.object("perceiver_config");
  const json defaults = parse_limited(config_defaults("idefics2_perceiver"), issues);
  const JsonFields r(object != nullptr ? *object : nothing, "perceiver_config.", issues, &defaults);
  const std::int64_t text = model.hidden_size;
  Projector& p = model.projector;
  read_resampler(r, p);
  p.hidden_size = text;
  p.intermediate_size = 4 * text;
  p.norm = NormKind::rms;
  p.mlp = MlpKind::gated;
  p.extra_params.push_back({"modality projection", 2 * model.vision.hidden_size * model.intermediate_size + model.intermediate_size * text});
  model.image_tokens = p.num_query_tokens;
}

}  // namespace vram
