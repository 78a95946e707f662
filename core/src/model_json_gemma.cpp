// Configs of Gemma-3n and Gemma-4: layers that share keys and values, rows per layer, AltUp, towers for images and sound.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "layer_plan.h"
#include "model_json_edge.h"
#include "scenario_json.h"
#include "vram/units.h"

namespace vram {

using nlohmann::json;

namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

/// Parameters of a part whose blocks are not described, as far as whole numbers go.
void add_lump(const JsonFields& f, std::string_view field, std::vector<ExtraParameters>& parts, std::string name, double count) {
  if (count > kLargestExact) return f.reject(field, "model_too_large", f.path() + std::string(field) + " is too large: its part of the model could not be counted exactly.");
  parts.push_back({std::move(name), static_cast<std::int64_t>(count)});
}

/// One width of the MLP for each layer, at most two different ones.
void read_layer_widths(const JsonFields& f, ModelConfig& model) {
  const json* given = f.value("intermediate_size");
  if (given == nullptr || !given->is_array()) return;
  const std::vector<std::int64_t> widths = f.sizes("intermediate_size", model.layers.size() + 1);
  if (widths.size() != model.layers.size()) {
    return f.reject("intermediate_size", "layer_list_length",
                    f.path() + "intermediate_size has " + std::to_string(given->size()) + " entries for " + std::to_string(model.layers.size()) + " layers.");
  }
  model.intermediate_size = widths.empty() ? 0 : widths.front();
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == model.intermediate_size) continue;
    if (model.extra_intermediate_size == 0) model.extra_intermediate_size = widths[i];
    if (widths[i] != model.extra_intermediate_size) return f.reject("intermediate_size", "out_of_range", f.path() + "intermediate_size holds more than two different widths, which is no known model.");
    model.layers[i].ffn = FfnKind::dense_extra;
  }
  if (std::max(model.intermediate_size, model.extra_intermediate_size) > kMaxWidth) f.reject("intermediate_size", "out_of_range", f.path() + "intermediate_size is wider than " + std::to_string(kMaxWidth) + ".");
}

void share_keys(const JsonFields& f, ModelConfig& model, bool doubles_width) {
  const std::int64_t shared = f.size("num_kv_shared_layers");
  if (shared > 0 && shared >= model.num_layers()) {
    return f.reject("num_kv_shared_layers", "out_of_range", f.path() + "num_kv_shared_layers is " + std::to_string(shared) + ", which leaves no layer with keys of its own.");
  }
  for (std::int64_t i = model.num_layers() - shared; i < model.num_layers(); ++i) {
    LayerSpec& layer = model.layers[static_cast<std::size_t>(i)];
    layer.shares_kv = true;
    if (doubles_width && layer.ffn == FfnKind::dense) layer.ffn = FfnKind::dense_extra;
  }
  if (doubles_width) model.extra_intermediate_size = std::min(2 * model.intermediate_size, kMaxWidth);
}

/// Convolutions over time and frequency, each halving both, ahead of a Conformer (Universal Speech Model).
double subsampling(double first, double second, double bands, double hidden) { return 9 * first + first + 9 * first * second + second + bands * second * hidden; }

/// Both have the same layers: attention with relative positions, two feed-forward blocks, a convolution over time.
double conformer(const JsonFields& a, std::string_view layers, std::string_view heads, std::string_view kernel) {
  const double h = real(a.width("hidden_size"));
  const double head_dim = h / real(std::max<std::int64_t>(1, a.width(heads, 8)));
  return real(a.integer(layers, 12, 0, kMaxLayers)) * (24 * h * h + (9 + real(a.width(kernel, 5))) * h + head_dim);
}

void read_gemma4_tower(const JsonFields& v, VisionTower& t) {
  read_tower_sizes(v, t);
  t.norm = NormKind::rms;
  t.norms_per_layer = 4;
  t.mlp = MlpKind::gated;
  t.mlp_bias = false;
  t.patch_bias = false;
  t.qk_norm = QkNorm::per_head;
  t.q_bias = t.k_bias = t.v_bias = t.o_bias = v.flag("attention_bias", false) ? 1 : 0;
  t.num_positions = 2 * v.size("position_embedding_size", 10240);  // one table for rows of patches, one for columns
  t.merge = v.integer("pooling_kernel_size", 3, 1, 16);
  // The processor scales every image to as many patches as give 280 tokens, in whole tokens per side.
  constexpr std::int64_t kTokensPerSide = 16;
  t.image_size = kTokensPerSide * t.merge * t.patch_size;
  if (v.flag("standardize", false)) t.extra_params.push_back({"standardization", 2 * t.hidden_size});
}

}  // namespace

void read_gemma_decoder(const JsonFields& f, const ConfigType& type, ModelConfig& model) {
  const bool nano = type.name == "gemma3n_text";
  model.per_layer_embedding_size = f.width("hidden_size_per_layer_input", 256);
  model.per_layer_embedding_vocab = model.per_layer_embedding_size > 0 ? f.size("vocab_size_per_layer_input", 262144) : 0;
  model.value_norm = true;
  model.computation.softcap_logits = f.number("final_logit_softcapping", nano ? 30 : 0, 0, 1e6) > 0;
  if (nano) {
    read_layer_widths(f, model);
    share_keys(f, model, false);
    model.altup = {.streams = f.integer("altup_num_inputs", 4, 1, 64), .laurel_rank = f.width("laurel_rank", 64)};
    return;
  }
  model.layer_scalar = true;
  if (!model.layers.empty() && model.layers.back().mixer == MixerKind::sliding) model.layers.back().mixer = MixerKind::full;
  model.full_attention_k_eq_v = f.flag("attention_k_eq_v", false);
  AttentionDims& global = model.attention;
  model.sliding_attention = {.kv_heads = global.kv_heads, .head_dim = global.head_dim, .value_head_dim = global.head_dim};
  global.head_dim = global.value_head_dim = f.width("global_head_dim", 512);
  if (model.full_attention_k_eq_v) global.kv_heads = f.width("num_global_key_value_heads", global.kv_heads);
  check_heads(f, model);
  if (f.flag("enable_moe_block", false) && model.moe.num_experts > 0) {
    model.moe.dense_residual_mlp = true;
    // Three more norms, the router's scale of its input and one of each expert.
    model.moe.extra_per_layer = 4 * model.hidden_size + model.moe.num_experts;
  } else {
    model.moe = {};
    for (LayerSpec& layer : model.layers) layer.ffn = FfnKind::dense;
  }
  share_keys(f, model, f.flag("use_double_wide_mlp", false));
}

void read_gemma_towers(const JsonFields& f, std::string_view model_type, Issues& issues, ModelConfig& model) {
  const bool nano = model_type == "gemma3n";
  const json nothing = json::object();
  const json* vision = f.object("vision_config");
  const json* audio = f.object("audio_config");
  const json vision_defaults = parse_limited(config_defaults(nano ? "gemma3n_vision" : "gemma4_vision"), issues);
  const json audio_defaults = parse_limited(config_defaults(nano ? "gemma3n_audio" : "gemma4_audio"), issues);
  const JsonFields v(vision != nullptr ? *vision : nothing, "vision_config.", issues, &vision_defaults);
  const JsonFields a(audio != nullptr ? *audio : nothing, "audio_config.", issues, &audio_defaults);
  const double text = real(model.hidden_size);
  Projector& p = model.projector;
  p.kind = ProjectorKind::mlp;
  p.bias = false;
  std::string lumps;
  if (nano) {
    constexpr double kMobileNetV5 = 294'126'912;  // timm's mobilenetv5_300m_enc, the one there is
    const std::int64_t width = v.width("hidden_size");
    p.dims = {width, model.hidden_size};
    p.norm = NormKind::rms;
    p.norm_dim = width;
    model.vision.extra_params.push_back({"MobileNetV5 tower", static_cast<std::int64_t>(kMobileNetV5)});
    add_lump(v, "vocab_size", p.extra_params, "rows of image tokens", (real(v.size("vocab_size", 128)) + 1) * real(width));
    model.image_tokens = f.size("vision_soft_tokens_per_image", 256);
    lumps = "vision_config";
    if (const std::string kind = v.text("architecture"); !kind.empty() && kind != "mobilenetv5_300m_enc") {
      v.reject("architecture", "unknown_name", "vision_config.architecture names " + kind.substr(0, 100) + "; only mobilenetv5_300m_enc is known.");
    }
  } else {
    read_gemma4_tower(v, model.vision);
    require_sizes(v, {"hidden_size", "num_hidden_layers", "num_attention_heads"}, true);
    p.dims = {model.vision.hidden_size, model.hidden_size};
  }
  report_defaults(v, nano ? "gemma3n_vision" : "gemma4_vision", issues);
  if (audio != nullptr) {
    const double h = real(a.width("hidden_size"));
    const std::vector<std::int64_t> given = a.sizes(nano ? "sscp_conv_channel_size" : "subsampling_conv_channels", 2);
    const double first = given.size() == 2 ? real(given[0]) : 128;
    const double second = given.size() == 2 ? real(given[1]) : 32;
    double tower = 0;
    double joint = 0;
    if (nano) {
      const double rows = real(a.size("vocab_size", 128));
      tower = subsampling(first, second, real(a.width("input_feat_size", 128) / 4), h) + conformer(a, "conf_num_hidden_layers", "conf_num_attention_heads", "conf_conv_kernel_size");
      joint = rows * h + 2 * h + h * text;
    } else {
      const double out = real(a.width("output_proj_dims", 1536));
      tower = subsampling(first, second, std::max(1.0, real(static_cast<std::int64_t>(first) / 4)), h) + conformer(a, "num_hidden_layers", "num_attention_heads", "conv_kernel_size") + h * out + out;
      joint = out * text;
    }
    add_lump(a, "hidden_size", model.vision.extra_params, "audio tower", tower);
    add_lump(a, "hidden_size", p.extra_params, "audio projection", joint);
    report_defaults(a, nano ? "gemma3n_audio" : "gemma4_audio", issues);
    lumps += lumps.empty() ? "audio_config" : " and audio_config";
  }
  if (!lumps.empty()) {
    issues.push_back(warning("tower_counted_only", lumps, "", "The parts of " + lumps + " are counted by their parameters alone: what they keep and how long they take is not."));
  }
}

}  // namespace vram
