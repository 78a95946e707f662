// Solves a family and a size for the dimensions nobody gave. The law: depth = width / aspect, so that the count is a
// cubic in the width; its root is rounded to a grid, and the feed-forward width meets the size from below.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "cnn_width.h"
#include "family_table.h"
#include "inventory_builder.h"
#include "layer_plan.h"
#include "slug.h"
#include "vram/cnn.h"
#include "vram/computation.h"
#include "vram/family.h"
#include "vram/inventory.h"

namespace vram {

namespace {

constexpr double kRemainderShare = 0.004;   // of the size: the feed-forward grid is chosen no coarser than this
constexpr double kConvolutionalRemainder = 0.15;
constexpr double kOddProportion = 16;        // a feed-forward block this much wider or narrower than usual is no answer
constexpr double kDisagreement = 0.02;      // beyond it, given dimensions and the size are said to disagree
constexpr double kClipTower = 303.5e6;      // CLIP ViT-L/14 at 336 pixels, LLaVA's tower
constexpr double kFlamingoTower = 435e6;    // NFNet-F6 (Alayrac et al. 2022, table 6)
constexpr double kFlamingoResampler = 194e6;

double real(std::int64_t value) { return static_cast<double>(value); }
std::int64_t whole(double value) { return static_cast<std::int64_t>(std::floor(value)); }
std::int64_t nearest(double value) { return whole(value + 0.5); }

std::int64_t total_of(const ModelConfig& model) { return count_parameters(build_inventory(model)).total; }

/// Widths come in multiples that grow with the width, so that one percent of size never skips one.
std::int64_t width_grid(double width, bool fine) {
  if (fine && width < 1024) return 16;  // heads have a width of their own, and large vocabularies leave little choice
  return width < 2048 ? 64 : width < 16384 ? 128 : 256;
}

std::int64_t on_grid(double width, bool fine) {
  const std::int64_t grid = width_grid(width, fine);
  return std::max(grid, grid * nearest(width / real(grid)));
}

/// Depth grows a little more slowly than width, as published models' does.
double depth_of(double width, double aspect) { return width / (aspect + width / 1024); }

bool fine_grid(const FamilyRow& row) { return row.kv_heads > 0 || row.experts > 0; }

struct Dims {
  std::int64_t hidden = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0, inner = 0;
};

/// What is fixed before the language part is solved.
struct Parts {
  VisionTower vision;
  std::int64_t lump = 0;        ///< parameters without blocks
  double fixed = 0;             ///< parameters of tower and lump
  double per_width = 0;         ///< further parameters per unit of hidden_size
  double repeat = 1;            ///< layers that the cross-attention layers add, as a factor
};

double gates(MlpKind kind) { return kind == MlpKind::gated ? 3.0 : 2.0; }

/// Design count of a model of continuous width: rounding and small parts are left to the last step.
double design_count(const FamilyRow& row, const FamilyRequest& request, const Parts& parts, double h, double layers) {
  const double head_dim = real(row.head_dim);
  const double q = request.num_attention_heads > 0 ? real(request.num_attention_heads) * head_dim : std::max(h, real(std::max<std::int64_t>(1, row.kv_heads)) * head_dim);
  const double kv = row.kv_heads > 0 ? real(row.kv_heads) * head_dim : q;
  const double attention = 2 * h * (q + kv);
  const double inner = request.intermediate_size > 0 ? real(request.intermediate_size) : row.ratio * h;
  double ffn = gates(row.mlp) * h * inner;
  if (row.experts > 0) {
    const double share = 1.0 / real(row.moe_every);
    ffn *= share * real(row.experts + row.shared_experts) + (1.0 - share) * real(row.dense_ratio);
  }
  const double layer = row.kind == FamilyKind::t5 ? 3 * attention + 2 * ffn : row.kind == FamilyKind::blip ? 2 * attention + ffn : attention + ffn;
  const double tables = real(row.vocab_size) * (row.tied ? 1 : 2) + (row.position == PositionKind::learned ? real(row.max_positions) : 0.0);
  return parts.fixed + layers * parts.repeat * layer + (tables + parts.per_width) * h;
}

/// The width at which the design count is the size; by bisection, which is exact in every build.
double design_width(const FamilyRow& row, const FamilyRequest& request, const Parts& parts) {
  double low = 1, high = 1048576;
  for (int step = 0; step < 80; ++step) {
    const double middle = (low + high) / 2;
    const double layers = request.num_hidden_layers > 0 ? real(request.num_hidden_layers) : depth_of(middle, row.aspect);
    (design_count(row, request, parts, middle, layers) < request.parameters ? low : high) = middle;
  }
  return low;
}

Dims design_dims(const FamilyRow& row, const FamilyRequest& request, const Parts& parts) {
  Dims dims;
  const double width = request.hidden_size > 0 ? real(request.hidden_size) : design_width(row, request, parts);
  dims.hidden = request.hidden_size > 0 ? request.hidden_size : on_grid(width, fine_grid(row));
  if (request.num_hidden_layers > 0) {
    dims.layers = request.num_hidden_layers;
  } else if (request.hidden_size > 0) {
    const double none = design_count(row, request, parts, width, 0);
    dims.layers = std::clamp<std::int64_t>(nearest((request.parameters - none) / (design_count(row, request, parts, width, 1) - none)), 1, 100'000);
  } else {
    // Where every second layer has experts, layers come in pairs.
    dims.layers = row.moe_every * std::max<std::int64_t>(1, nearest(depth_of(width, row.aspect) / real(row.moe_every)));
  }
  dims.head_dim = row.head_dim;
  const std::int64_t unit = std::max<std::int64_t>(1, row.kv_heads);
  const double basis = row.kv_heads > 1 ? width : real(dims.hidden);
  dims.heads = request.num_attention_heads > 0 ? request.num_attention_heads : std::max(unit, unit * nearest(basis / real(unit * dims.head_dim)));
  dims.kv_heads = request.num_key_value_heads > 0 ? request.num_key_value_heads : row.kv_heads > 0 ? row.kv_heads : dims.heads;
  dims.inner = request.intermediate_size;
  return dims;
}

void place_experts(const FamilyRow& row, const Dims& dims, ModelConfig& model) {
  if (row.experts == 0) return;
  MoeConfig& moe = model.moe;
  moe.num_experts = row.experts;
  moe.num_experts_per_tok = row.experts_per_token;
  moe.moe_intermediate_size = dims.inner;
  moe.shared_intermediate_size = row.shared_experts * dims.inner;
  moe.expert_mlp = row.mlp;
  moe.expert_bias = moe.router_bias = row.name == "gpt-oss";
  model.dense_intermediate_size = row.dense_ratio * dims.inner;
  for (std::int64_t i = 0; i < model.num_layers(); ++i) {
    const bool expert = i >= row.first_dense && chosen_row(i, model.num_layers() / row.moe_every, model.num_layers());
    model.layers[static_cast<std::size_t>(i)].ffn = expert || row.moe_every == 1 ? FfnKind::moe : FfnKind::dense_first;
  }
  for (std::int64_t i = 0; i < row.first_dense && i + 1 < model.num_layers(); ++i) model.layers[static_cast<std::size_t>(i)].ffn = FfnKind::dense_first;
}

/// The model with exactly these dimensions.
ModelConfig compose(const FamilyRow& row, const Parts& parts, const Dims& dims) {
  ModelConfig model;
  model.architecture = Architecture::decoder;
  model.hidden_size = dims.hidden;
  model.intermediate_size = dims.inner;
  model.vocab_size = row.vocab_size;
  model.max_position_embeddings = row.max_positions;
  model.tie_word_embeddings = row.tied;
  model.norm = row.norm;
  model.norms_per_layer = row.norms_per_layer;
  model.mlp = row.mlp;
  model.mlp_bias = row.mlp_bias;
  model.position = row.position;
  model.q_bias = model.k_bias = model.v_bias = row.attention_bias ? 1 : 0;
  model.o_bias = row.output_bias ? 1 : 0;
  model.qk_norm = row.qk_norm;
  model.sinks_all = row.name == "gpt-oss";
  model.fused_qkv = row.fused_qkv;
  model.fused_gate_up = row.fused_gate_up;
  model.parallel_residual = row.parallel;
  model.attention = {dims.heads, dims.kv_heads, dims.head_dim, dims.head_dim};
  model.layers = uniform_layers(dims.layers);
  if (row.sliding_period > 0) {
    model.sliding_window = row.sliding_window;
    for (std::int64_t i = 0; i < dims.layers; ++i) model.layers[static_cast<std::size_t>(i)].mixer = (i + 1) % row.sliding_period == 0 ? MixerKind::full : MixerKind::sliding;
  }
  place_experts(row, dims, model);
  model.vision = parts.vision;
  switch (row.kind) {
    case FamilyKind::bert:
      model.architecture = Architecture::bert;
      model.has_lm_head = false;
      model.pooler = true;
      model.type_vocab_size = 2;
      break;
    case FamilyKind::t5:
      model.architecture = Architecture::t5;
      model.encoder_layers = model.decoder_layers = dims.layers;
      if (row.experts > 0) model.encoder_moe_layers = model.decoder_moe_layers = dims.layers / row.moe_every;
      model.relative_attention_num_buckets = 32;
      model.layers.clear();
      break;
    case FamilyKind::vlm:
      model.architecture = Architecture::vlm;
      model.projector.kind = ProjectorKind::mlp;
      model.projector.dims = {parts.vision.hidden_size, dims.hidden, dims.hidden};
      break;
    case FamilyKind::flamingo:
      model.architecture = Architecture::vlm;
      insert_cross_layers(model, std::max<std::int64_t>(1, dims.layers / 4), dims.inner);
      model.image_tokens = 64;  // latents of the resampler
      model.projector.kind = ProjectorKind::lump;
      model.projector.extra_params.push_back({"perceiver resampler", parts.lump});
      break;
    case FamilyKind::blip:
      model.architecture = Architecture::vlm;
      model.embedding_norm = true;
      model.final_norm = false;
      model.lm_head_bias = true;
      model.cross_source_width = parts.vision.hidden_size;
      for (LayerSpec& layer : model.layers) layer.mixer = MixerKind::self_and_cross;
      break;
    case FamilyKind::clip:
      model.architecture = Architecture::clip;
      model.text = {dims.hidden, dims.layers, dims.heads, dims.inner, row.vocab_size, row.max_positions};
      model.projection_dim = dims.hidden;
      model.layers.clear();
      break;
    case FamilyKind::decoder:
    case FamilyKind::vit: break;
  }
  model.computation = computation_of(row.computes_like);
  return model;
}

/// Finds the feed-forward width whose count comes closest to the size from below. The count is linear in the width, so
/// two counts of the real inventory say everything.
void solve_inner(const FamilyRow& row, const Parts& parts, double parameters, Dims& dims) {
  dims.inner = 1;
  const double least = real(total_of(compose(row, parts, dims)));
  dims.inner = 2;
  const double step = real(total_of(compose(row, parts, dims))) - least;
  std::int64_t grid = 128;
  while (grid > 1 && real(grid) * step > kRemainderShare * parameters) grid /= 2;
  const double wanted = step > 0 ? 1 + (parameters - least) / step : 1;
  // A width far from the family's proportions would hide that the dimensions given do not fit the size.
  const double usual = row.ratio * real(dims.hidden);
  const std::int64_t lowest = std::max<std::int64_t>(1, whole(usual / kOddProportion));
  const std::int64_t highest = whole(usual * kOddProportion) + 1;
  dims.inner = std::clamp(whole(wanted / real(grid)) * grid, lowest, highest);
}

/// With the feed-forward width given, width and depth near the design are tried for the count closest from below.
Dims closest_below(const FamilyRow& row, const FamilyRequest& request, const Parts& parts, const Dims& design) {
  Dims best = design;
  double least = -1;
  const std::int64_t grid = width_grid(real(design.hidden), fine_grid(row));
  const std::int64_t wide = request.hidden_size > 0 ? 0 : 3;
  const std::int64_t deep = request.num_hidden_layers > 0 ? 0 : 2;
  for (std::int64_t i = -wide; i <= wide; ++i) {
    for (std::int64_t j = -deep; j <= deep; ++j) {
      Dims dims = design;
      dims.hidden = std::max<std::int64_t>(1, design.hidden + i * grid);
      dims.layers = std::max<std::int64_t>(1, design.layers + j);
      const double left = request.parameters - real(total_of(compose(row, parts, dims)));
      if (left >= 0 && (least < 0 || left < least)) {
        least = left;
        best = dims;
      }
    }
  }
  return best;
}

VisionTower tower_of(double target, std::int64_t image_size, std::int64_t patch_size, bool clip) {
  constexpr double kAspect = 1024.0 / 24.0 - 1.0;  // ViT-L has 24 layers of 1024
  double low = 1, high = 1048576;
  for (int step = 0; step < 80; ++step) {
    const double middle = (low + high) / 2;
    (12 * middle * middle * depth_of(middle, kAspect) + 2048 * middle < target ? low : high) = middle;
  }
  VisionTower tower;
  tower.hidden_size = on_grid(low, false);
  tower.num_layers = std::max<std::int64_t>(1, nearest(depth_of(low, kAspect)));
  tower.num_heads = tower.hidden_size / 64;
  tower.patch_size = patch_size;
  tower.image_size = image_size;
  tower.class_token = true;
  tower.patch_bias = !clip;
  tower.pre_norm = clip;
  tower.post_norms = 1;
  const auto count = [&tower](std::int64_t inner) {
    tower.intermediate_size = inner;
    Inventory inventory;
    build_vision_tower(inventory, tower, Role::vision);
    return real(count_parameters(inventory).total);
  };
  const double least = count(1);
  const double step = count(2) - least;
  std::int64_t grid = 128;
  while (grid > 1 && real(grid) * step > kRemainderShare * target) grid /= 2;
  tower.intermediate_size = std::max<std::int64_t>(1, whole((1 + (target - least) / step) / real(grid)) * grid);
  return tower;
}

double count_of(const VisionTower& tower) {
  Inventory inventory;
  build_vision_tower(inventory, tower, Role::vision);
  return real(count_parameters(inventory).total);
}

Parts parts_of(const FamilyRow& row, const FamilyRequest& request) {
  Parts parts;
  const double n = request.parameters;
  const auto image = [&request](std::int64_t usual) { return request.image_size > 0 ? request.image_size : usual; };
  switch (row.kind) {
    case FamilyKind::vlm: parts.vision = tower_of(std::min(kClipTower, 0.1 * n), image(336), 14, true); break;
    case FamilyKind::clip: parts.vision = tower_of(0.7 * n, image(336), 14, true); break;
    case FamilyKind::blip: parts.vision = tower_of(0.4 * n, image(384), 16, false); break;
    case FamilyKind::flamingo:
      parts.vision = tower_of(std::min(kFlamingoTower, 0.1 * n), image(320), 16, false);
      parts.lump = whole(std::min(kFlamingoResampler, 0.06 * n));
      parts.repeat = 1.25;
      break;
    case FamilyKind::decoder:
    case FamilyKind::bert:
    case FamilyKind::t5:
    case FamilyKind::vit: return parts;
  }
  parts.fixed = count_of(parts.vision) + real(parts.lump);
  parts.per_width = real(parts.vision.hidden_size);
  return parts;
}

void report_disagreement(double asked, std::int64_t computed, Issues& issues) {
  issues.push_back(warning("size_and_dimensions_disagree", "model.parameters", std::to_string(whole(asked)),
                           "The dimensions given make " + std::to_string(computed) + " parameters, not " + std::to_string(whole(asked)) + ": the dimensions are used."));
}

/// Makes the count the asked one where what is missing is small; says so where it is not.
void meet_size(double asked, ModelResult& result) {
  const std::int64_t computed = total_of(result.model);
  const double left = asked - real(computed);
  if (left < -kDisagreement * asked || left > kDisagreement * asked) return report_disagreement(asked, computed, result.issues);
  if (left >= 1) result.model.extra_params.push_back({"remainder of the asked size", whole(left)});
}

ModelResult solve_transformer(FamilyRow row, const FamilyRequest& request) {
  if (request.vocab_size > 0) row.vocab_size = request.vocab_size;
  if (request.max_position_embeddings > 0) row.max_positions = request.max_position_embeddings;
  if (request.num_key_value_heads > 0) row.kv_heads = request.num_key_value_heads;
  if (request.head_dim > 0) row.head_dim = request.head_dim;
  if (request.num_experts > 0) row.experts = request.num_experts;
  if (request.num_experts_per_tok > 0) row.experts_per_token = request.num_experts_per_tok;
  if (request.head_dim == 0 && request.hidden_size > 0 && request.num_attention_heads > 0) {
    row.head_dim = std::max<std::int64_t>(1, request.hidden_size / request.num_attention_heads);
  }
  ModelResult result;
  if (row.kind == FamilyKind::vit) {
    result.model.architecture = Architecture::vit;
    result.model.vision = tower_of(request.parameters, request.image_size > 0 ? request.image_size : 224, 14, false);
    result.model.computation = computation_of(row.computes_like);
  } else {
    const Parts parts = parts_of(row, request);
    Dims dims = design_dims(row, request, parts);
    if (request.intermediate_size > 0) {
      dims = closest_below(row, request, parts, dims);
    } else {
      solve_inner(row, parts, request.parameters, dims);
    }
    result.model = compose(row, parts, dims);
  }
  meet_size(request.parameters, result);
  return result;
}

double count_scaled(const CnnTable& table, double width, std::int64_t classes) {
  const ScaledCnn scaled(table, width);
  return real(cnn_totals(cnn_layers(scaled.table(), table.input_size, table.input_size, 3, static_cast<int>(classes))).parameters);
}

ModelResult solve_convolutional(const ConvolutionalRow& row, const FamilyRequest& request) {
  ModelResult result;
  ModelConfig& model = result.model;
  const CnnTable* table = nullptr;
  double nearest_ratio = 0;
  std::int64_t classes = 0;
  for (const std::string_view id : row.members) {
    const CnnTable* member = find_cnn(id);
    if (member == nullptr) continue;
    const std::int64_t own = cnn_classes(*member);
    const double count = count_scaled(*member, 1.0, own);
    const double ratio = count > request.parameters ? request.parameters / count : count / request.parameters;
    if (ratio > nearest_ratio) {
      nearest_ratio = ratio;
      table = member;
      classes = own;
    }
  }
  if (table == nullptr) return result;
  double low = 1.0 / 64, high = 1024;  // the narrowest network there at two trillion
  for (int step = 0; step < 28; ++step) {
    const double middle = (low + high) / 2;
    (count_scaled(*table, middle, classes) <= request.parameters ? low : high) = middle;
  }
  model.architecture = Architecture::cnn;
  model.default_dtype = Dtype::fp32;
  model.cnn_id = std::string(table->id);
  model.cnn_width = low;
  model.num_classes = classes;
  model.image_size = request.image_size > 0 ? request.image_size : table->input_size;
  model.computation = computation_of(row.name);
  const std::int64_t computed = total_of(model);
  const double left = request.parameters - real(computed);
  // Channels come in eights and groups: what they leave is larger than in a transformer.
  if (left < 0 || left > kConvolutionalRemainder * request.parameters) {
    report_disagreement(request.parameters, computed, result.issues);
  } else if (left >= 1) {
    model.extra_params.push_back({"remainder of the asked size", whole(left)});
  }
  return result;
}

bool check_size(const FamilyRequest& request, double smallest, Issues& issues) {
  if (std::isfinite(request.parameters) && request.parameters >= smallest && request.parameters <= kLargestFamilySize) return true;
  const std::string value = std::isfinite(request.parameters) ? std::to_string(whole(std::clamp(request.parameters, -1e15, 1e15))) : "not a number";
  issues.push_back(error("out_of_range", "model.parameters", value,
                         "parameters is " + value + "; families are known from " + std::to_string(whole(smallest)) + " to " + std::to_string(whole(kLargestFamilySize)) + " parameters."));
  return false;
}

bool check_dimensions(const FamilyRequest& request, Issues& issues) {
  const std::array<std::pair<const char*, std::int64_t>, 11> given = {{{"hidden_size", request.hidden_size}, {"num_hidden_layers", request.num_hidden_layers},
      {"num_attention_heads", request.num_attention_heads}, {"num_key_value_heads", request.num_key_value_heads}, {"head_dim", request.head_dim},
      {"intermediate_size", request.intermediate_size}, {"vocab_size", request.vocab_size}, {"max_position_embeddings", request.max_position_embeddings},
      {"num_experts", request.num_experts}, {"num_experts_per_tok", request.num_experts_per_tok}, {"image_size", request.image_size}}};
  constexpr std::int64_t kMost = 1 << 20;  // each; keeps every product of them within 64 bits
  for (const auto& [name, value] : given) {
    const std::int64_t most = std::string_view(name) == "num_hidden_layers" || std::string_view(name) == "num_experts" ? 10'000 : std::string_view(name) == "max_position_embeddings" ? kMaxSize : kMost;
    if (value >= 0 && value <= most) continue;
    issues.push_back(error("out_of_range", std::string("model.") + name, std::to_string(value), std::string(name) + " is " + std::to_string(value) + "; it must be between 1 and " + std::to_string(most) + "."));
    return false;
  }
  if (request.num_key_value_heads > 0 && request.num_attention_heads > 0 && request.num_attention_heads % request.num_key_value_heads != 0) {
    issues.push_back(error("heads_do_not_divide", "model.num_key_value_heads", std::to_string(request.num_key_value_heads),
                           "num_key_value_heads is " + std::to_string(request.num_key_value_heads) + ", which does not divide num_attention_heads " + std::to_string(request.num_attention_heads) + "."));
    return false;
  }
  return true;
}

}  // namespace

ModelResult solve_family(const FamilyRequest& request) {
  ModelResult result;
  if (!check_dimensions(request, result.issues)) return result;
  bool known = false;
  for (const FamilyRow& row : family_rows()) {
    if (!same_slug(row.name, request.family)) continue;
    known = true;
    if (check_size(request, kSmallestFamilySize, result.issues)) result = solve_transformer(row, request);
  }
  for (const ConvolutionalRow& row : convolutional_rows()) {
    if (!same_slug(row.name, request.family)) continue;
    known = true;
    if (check_size(request, kSmallestConvolutionalSize, result.issues)) result = solve_convolutional(row, request);
  }
  if (!known) {
    std::string names;
    for (const FamilyInfo& info : families()) names += (names.empty() ? "" : ", ") + std::string(info.name);
    result.issues.push_back(error("unknown_name", "model.family", "\"" + request.family.substr(0, 60) + "\"", "There is no such family; known are " + names + "."));
    return result;
  }
  if (!has_errors(result.issues)) check_model_size(result.model, result.issues);
  result.model.model_type = request.family;
  return result;
}

}  // namespace vram
