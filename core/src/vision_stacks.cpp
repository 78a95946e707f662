// Vision transformers: towers of image-language models, CLIP, Swin, and what joins a tower to a language model.
// Weights: formulas 1.7. What autograd keeps: formulas 5.8.
// SPDX-License-Identifier: MIT
#include <cmath>
#include <algorithm>
#include <string>
#include <utility>

#include "inventory_builder.h"

namespace vram {

using namespace feature;

namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

/// A tower that takes images of any size is shown one of this many pixels per side until the scenario says otherwise.
constexpr std::int64_t kDefaultImageSize = 448;
constexpr std::int64_t kMostPatches = 65536;

/// The transformer part of a tower in the words of a decoder, so that both share their blocks.
ModelConfig layers_of(const VisionTower& tower) {
  ModelConfig model;
  model.hidden_size = tower.hidden_size;
  model.intermediate_size = tower.intermediate_size;
  model.attention = {tower.num_heads, tower.num_heads, tower.head_dim > 0 ? tower.head_dim : tower.hidden_size / std::max<std::int64_t>(1, tower.num_heads), 0};
  model.norm = tower.norm;
  model.norms_per_layer = tower.norms_per_layer;
  model.mlp = tower.mlp;
  model.mlp_bias = tower.mlp_bias;
  model.q_bias = tower.q_bias;
  model.k_bias = tower.k_bias;
  model.v_bias = tower.v_bias;
  model.o_bias = tower.o_bias;
  model.qk_norm = tower.qk_norm;
  model.layer_scale = tower.layer_scale;
  model.computation = tower.computation;
  return model;
}

std::int32_t attention_without_cache(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int32_t index = attention_block(builder, model, {});
  builder.inventory().blocks[static_cast<std::size_t>(index)].cache = {};
  return index;
}

void parameter(InventoryBuilder& builder, std::string_view name, std::int64_t elements) {
  builder.weight({.name = name, .role = Role::other, .out = elements, .lookup = true});
}

std::int32_t norm_block(InventoryBuilder& builder, NormKind kind, std::int64_t width, std::string label) {
  builder.begin(BlockKind::norm, std::move(label));
  add_norm(builder, kind, width, "norm");
  return builder.end();
}

std::int64_t patches_of(const VisionTower& tower) {
  if (tower.patch_size <= 0) return 0;
  const std::int64_t side = (tower.image_size > 0 ? tower.image_size : kDefaultImageSize) / tower.patch_size;
  return side * side;
}

std::int32_t patch_embedding(InventoryBuilder& builder, const VisionTower& tower) {
  const std::int64_t h = tower.hidden_size;
  const std::int64_t pixels = tower.channels * tower.patch_size * tower.patch_size * tower.temporal_patch_size;
  builder.begin(BlockKind::patch_embedding, "patch embedding");
  builder.weight({.name = "patch_embedding", .role = Role::conv, .out = h, .in = pixels, .bias = tower.patch_bias ? h : 0});
  if (tower.class_token) parameter(builder, "class_token", h);
  if (tower.mask_token) parameter(builder, "mask_token", h);
  parameter(builder, "register_tokens", tower.register_tokens * h);
  if (tower.learned_positions) {
    const std::int64_t from_image = (tower.image_size > 0 ? patches_of(tower) : 0) + (tower.class_token && tower.class_position ? 1 : 0);
    parameter(builder, "position_embedding", (tower.num_positions >= 0 ? tower.num_positions : from_image) * h);
  }
  if (tower.pre_norm) add_norm(builder, tower.norm, h, "pre_norm");
  // The image itself is an input of the step; autocast makes a copy.
  builder.saved({.name = "pixels", .per_token = real(pixels), .all = kAutocast, .any = trains(Role::conv)});
  return builder.end();
}

std::int32_t classifier_block(InventoryBuilder& builder, std::int64_t width, std::int64_t classes, bool view) {
  builder.begin(BlockKind::classifier, "classifier");
  builder.weight({.name = "classifier", .role = Role::other, .out = classes, .in = width, .bias = classes, .per_sample = true});
  // The input is the first token or the mean of all; a view of the first keeps them all, autocast copies what it reads.
  builder.saved({.name = "classifier_input", .per_token = view ? real(width) : 0.0, .per_sample = view ? 0.0 : real(width), .none = kAutocast});
  builder.saved({.name = "classifier_input", .per_sample = real(width), .all = kAutocast});
  builder.saved({.name = "probabilities", .per_sample = real(classes), .width = Width::fp32});
  return builder.end();
}

}  // namespace

void build_vision_tower(Inventory& inventory, const VisionTower& tower, Role role) {
  if (tower.hidden_size == 0) return add_extra(inventory, tower.extra_params, StackKind::vision, Basis::patches);
  InventoryBuilder builder(inventory, tower.computation);
  builder.set_role(role);
  const ModelConfig model = layers_of(tower);
  Stack stack{.kind = StackKind::vision, .basis = Basis::patches, .hidden_size = tower.hidden_size};
  stack.before.push_back(patch_embedding(builder, tower));
  const Layer layer{attention_without_cache(builder, model), mlp_block(builder, model, FfnKind::dense)};
  stack.layers.assign(static_cast<std::size_t>(tower.num_layers + tower.global_layers), layer);
  if (tower.global_layers > 0) {
    builder.begin(BlockKind::extra, "gates of the global layers");
    parameter(builder, "gates", 2 * tower.global_layers);
    stack.after.push_back(builder.end());
  }
  if (tower.post_norms > 0) {
    stack.after.insert(stack.after.end(), static_cast<std::size_t>(tower.post_norms), norm_block(builder, tower.norm, tower.hidden_size, "final norm"));
  }
  if (tower.head_classes > 0) stack.after.push_back(classifier_block(builder, tower.hidden_size, tower.head_classes, true));
  add_stack(inventory, std::move(stack));
  add_extra(inventory, tower.extra_params, StackKind::vision, Basis::patches);

  const std::int64_t patches = patches_of(tower);
  inventory.patches_only = role == Role::count;
  inventory.patch_size = tower.patch_size;
  inventory.image_size = tower.image_size;
  inventory.frames_per_image = std::max<std::int64_t>(1, tower.temporal_patch_size);
  inventory.patch_extra = (tower.class_token ? 1 : 0) + tower.register_tokens;
  inventory.fixed_patches = patches + inventory.patch_extra;
  inventory.image_elements = real(patches * tower.patch_size * tower.patch_size * tower.channels);
  if (inventory.image_tokens == 0) {
    inventory.patch_merge = std::max<std::int64_t>(1, tower.merge);
    inventory.image_tokens = patches / (inventory.patch_merge * inventory.patch_merge);
  }
  // The processors of the Qwen2-VL line scale to 12 845 056 pixels (patches of 14) or 16 777 216 (of 16): 65 536 patches.
  inventory.patch_elements = tower.channels * tower.patch_size * tower.patch_size * tower.temporal_patch_size;
  inventory.reads_video = tower.image_size <= 0 && tower.temporal_patch_size > 1;
  // Qwen2-VL and 2.5: 14 frames of that size at most, two an image. Qwen3-VL holds a whole video to 25 165 824 pixels, less than one image.
  inventory.largest_video_images = inventory.reads_video && tower.patch_size == 14 ? 7 : 1;
  inventory.largest_patches = inventory.reads_video ? kMostPatches : inventory.fixed_patches * tower.tiles;
  inventory.largest_image_tokens = inventory.reads_video ? kMostPatches / (inventory.patch_merge * inventory.patch_merge) : inventory.image_tokens * tower.tiles;
  if (inventory.num_layers == 0) inventory.num_layers = tower.num_layers;
  if (inventory.hidden_size == 0) inventory.hidden_size = tower.hidden_size;
}

namespace {

/// Engines split the patch mergers of the Qwen2-VL line over tensor-parallel ranks; other connectors are whole on each.
void build_mlp_projector(InventoryBuilder& builder, const Projector& projector, Shard shard) {
  builder.begin(BlockKind::projector, "projector");
  if (projector.norm_dim > 0) add_norm(builder, projector.norm, projector.norm_dim, "norm");
  for (std::size_t i = 0; i + 1 < projector.dims.size(); ++i) {
    const std::int64_t in = projector.dims[i];
    const std::int64_t out = projector.dims[i + 1];
    builder.weight({.name = "linear", .role = Role::projector, .shard = shard, .out = out, .in = in, .bias = projector.bias ? out : 0});
    builder.saved({.name = "linear_input", .per_token = real(in), .any = trains(Role::projector)});
    if (i > 0) builder.saved({.name = "activation_input", .per_token = real(in)});
  }
  Stack stack{.kind = StackKind::projector, .basis = Basis::image_tokens,
              .hidden_size = projector.dims.empty() ? 0 : projector.dims.back()};
  stack.before.push_back(builder.end());
  add_stack(builder.inventory(), std::move(stack));
}

/// BLIP-2: learned queries look at the tower's output through cross-attention in every n-th layer.
void build_qformer(InventoryBuilder& builder, const Projector& projector) {
  ModelConfig model;
  model.hidden_size = projector.hidden_size;
  model.intermediate_size = projector.intermediate_size;
  model.attention.heads = projector.num_heads;
  model.norm = NormKind::layer;
  model.mlp = MlpKind::gelu;
  model.mlp_bias = true;
  model.q_bias = model.k_bias = model.v_bias = model.o_bias = 1;
  const std::int64_t h = projector.hidden_size;
  const std::int64_t crossings = projector.num_layers / std::max<std::int64_t>(1, projector.cross_attention_frequency);

  Stack keys{.kind = StackKind::projector, .basis = Basis::patches, .hidden_size = projector.encoder_hidden_size};
  if (crossings > 0) keys.before.assign(static_cast<std::size_t>(crossings), cross_keys_block(builder, model, projector.encoder_hidden_size));
  for (const std::int32_t block : keys.before) builder.inventory().blocks[static_cast<std::size_t>(block)].cache = {};
  add_stack(builder.inventory(), std::move(keys));

  Stack stack{.kind = StackKind::projector, .basis = Basis::image_tokens, .hidden_size = h};
  builder.begin(BlockKind::projector, "query tokens");
  parameter(builder, "query_tokens", projector.num_query_tokens * h);
  add_norm(builder, NormKind::layer, h, "norm");
  stack.before.push_back(builder.end());
  const std::int32_t plain = attention_without_cache(builder, model);
  const std::int32_t crossing = self_and_cross_block(builder, model);
  builder.inventory().blocks[static_cast<std::size_t>(crossing)].cache = {};
  const std::int32_t ffn = mlp_block(builder, model, FfnKind::dense);
  for (std::int64_t i = 0; i < projector.num_layers; ++i) {
    const bool crosses = projector.cross_attention_frequency > 0 && i % projector.cross_attention_frequency == 0 &&
                         i / projector.cross_attention_frequency < crossings;
    stack.layers.push_back({crosses ? crossing : plain, ffn});
    for (std::int64_t extra = 1; extra < projector.ffn_per_layer; ++extra) stack.after.push_back(ffn);  // a second path for text
  }
  builder.begin(BlockKind::projector, "language projection");
  builder.weight({.name = "language_projection", .role = Role::projector, .out = projector.out_features, .in = h, .bias = projector.out_features});
  add_linear_inputs(builder, "projection_input", real(h), {Role::projector}, Shard::sequence, false);
  stack.after.push_back(builder.end());
  add_stack(builder.inventory(), std::move(stack));
}

}  // namespace

void build_projector(Inventory& inventory, const ModelConfig& model) {
  const Projector& projector = model.projector;
  InventoryBuilder builder(inventory);
  builder.set_role(Role::projector);
  if (projector.kind == ProjectorKind::mlp) build_mlp_projector(builder, projector, model.vision.temporal_patch_size > 1 ? Shard::tensor : Shard::replicated);
  if (projector.kind == ProjectorKind::qformer) build_qformer(builder, projector);
  if (projector.kind == ProjectorKind::perceiver) build_perceiver(builder, projector);
  add_extra(inventory, projector.extra_params, StackKind::projector, Basis::image_tokens);
}

namespace {

/// Stage `s` of a hierarchical tower has a quarter of the tokens of the stage before: everything per token is scaled.
struct Stage {
  std::int64_t width, heads, window;
  double share;
  bool last;  ///< its gradients stand beside everything that is kept; those of the others come when much of it is gone
};

std::int32_t swin_attention(InventoryBuilder& builder, const SwinConfig& swin, const Stage& stage) {
  const std::int64_t d = stage.width;
  builder.begin(BlockKind::attention, "window attention " + std::to_string(d));
  const auto linear = [&](std::string_view name, Role role) {
    builder.weight({.name = name, .role = role, .shard = Shard::tensor, .out = d, .in = d, .bias = d, .uses = stage.share, .quantizable = true});
  };
  builder.weight({.name = "norm", .role = Role::norm, .out = d, .bias = d, .uses = stage.share});
  linear("q_proj", Role::q_proj);
  linear("k_proj", Role::k_proj);
  linear("v_proj", Role::v_proj);
  linear("o_proj", Role::o_proj);
  if (swin.version == 2) {  // continuous position bias: a small MLP from offsets to heads, and a temperature per head
    constexpr std::int64_t kHidden = 512;
    parameter(builder, "position_mlp", 2 * kHidden + kHidden + kHidden * stage.heads + stage.heads);
  } else {
    const std::int64_t offsets = (2 * stage.window - 1) * (2 * stage.window - 1);
    parameter(builder, "relative_position_bias", offsets * stage.heads);
  }
  const double width = real(d) * stage.share;
  builder.saved({.name = "norm_input", .per_token = width, .width = Width::residual});
  builder.saved({.name = "norm_mean_rstd", .per_token = 2 * stage.share, .width = Width::fp32});
  builder.saved({.name = "qkv_input", .per_token = width, .any = trains(Role::q_proj)});
  builder.saved({.name = "query_key_value", .per_token = 3 * width});
  // Torchvision and timm multiply windows out and read q, k and v from one matrix. Transformers has three matrices, and SDPA
  // with a mask for the shifted half of the layers, its rows padded to eight; or an eager softmax in fp32.
  const double area = real(stage.window * stage.window);
  const double heads = stage.share * real(stage.heads);
  builder.saved({.name = "window_scores_fp32", .per_token = heads * area, .width = Width::fp32, .all = kAutocast | kFusedQkv});
  builder.saved({.name = "window_scores", .per_token = heads * area, .all = kFusedQkv});
  builder.saved({.name = "window_scores_fp32", .per_token = heads * area, .width = Width::fp32, .all = kEagerAttention | kLowPrecision, .none = kFusedQkv});
  builder.saved({.name = "window_scores", .per_token = heads * area, .all = kEagerAttention, .none = kFusedQkv});
  builder.saved({.name = "shifted_window_mask", .per_token = heads * std::ceil(area / 8) * 8 / 2, .none = kEagerAttention | kFusedQkv});
  builder.saved({.name = "attention_logsumexp", .per_token = heads, .width = Width::fp32, .none = kEagerAttention | kFusedQkv});
  builder.saved({.name = "qkv_input", .per_token = 2 * width, .all = kAutocast | trains(Role::q_proj), .none = kFusedQkv});
  builder.saved({.name = "o_proj_input", .per_token = width, .any = trains(Role::o_proj)});
  builder.forward({.name = "attention_inner", .per_token = 5 * width, .none = kKeepsForward});
  builder.backward({.name = "attention_inner_gradient", .per_token = 5 * width, .none = stage.last ? 0 : kKeepsForward});
  builder.block().window = stage.window * stage.window;
  builder.block().pair_flops = 4 * real(d) * stage.share;
  builder.block().kv_heads = stage.heads;
  builder.block().input_per_token = width;
  if (stage.share < 1.0) builder.block().input_width = Width::compute;  // what a merge's projection wrote
  return builder.end();
}

std::int32_t swin_mlp(InventoryBuilder& builder, const Stage& stage) {
  const std::int64_t d = stage.width;
  builder.begin(BlockKind::mlp, "MLP " + std::to_string(d));
  builder.weight({.name = "norm", .role = Role::norm, .out = d, .bias = d, .uses = stage.share});
  builder.weight({.name = "up_proj", .role = Role::up_proj, .shard = Shard::tensor, .out = 4 * d, .in = d, .bias = 4 * d, .uses = stage.share, .quantizable = true});
  builder.weight({.name = "down_proj", .role = Role::down_proj, .shard = Shard::tensor, .out = d, .in = 4 * d, .bias = d, .uses = stage.share, .quantizable = true});
  const double width = real(d) * stage.share;
  builder.saved({.name = "norm_input", .per_token = width, .width = Width::residual});
  builder.saved({.name = "norm_mean_rstd", .per_token = 2 * stage.share, .width = Width::fp32});
  builder.saved({.name = "mlp_input", .per_token = width, .any = trains(Role::up_proj)});
  builder.saved({.name = "mlp_up", .per_token = 4 * width});
  builder.saved({.name = "mlp_activated", .per_token = 4 * width, .any = trains(Role::down_proj)});
  builder.forward({.name = "mlp_inner", .per_token = 9 * width, .none = kKeepsForward});
  builder.backward({.name = "mlp_inner_gradient", .per_token = 5 * width, .none = stage.last ? 0 : kKeepsForward});
  return builder.end();
}

/// Four neighbouring tokens become one of twice the width.
std::int32_t swin_merge(InventoryBuilder& builder, const SwinConfig& swin, const Stage& stage) {
  const std::int64_t d = stage.width;
  const std::int64_t norm_width = swin.version == 2 ? 2 * d : 4 * d;
  builder.begin(BlockKind::projector, "patch merging " + std::to_string(d));
  builder.weight({.name = "norm", .role = Role::norm, .out = norm_width, .bias = norm_width, .uses = stage.share / 4});
  builder.weight({.name = "reduction", .role = Role::other, .out = 2 * d, .in = 4 * d, .uses = stage.share / 4});
  builder.saved({.name = "norm_input", .per_token = real(norm_width) * stage.share / 4, .width = Width::residual});
  builder.saved({.name = "reduction_input", .per_token = real(d) * stage.share, .any = trains(Role::other)});
  return builder.end();
}

}  // namespace

void build_swin(Inventory& inventory, const ModelConfig& model) {
  const SwinConfig& swin = model.swin;
  InventoryBuilder builder(inventory);
  Stack stack{.kind = StackKind::vision, .basis = Basis::patches, .hidden_size = swin.hidden_size};
  const std::int64_t pixels = 3 * swin.patch_size * swin.patch_size;
  builder.begin(BlockKind::patch_embedding, "patch embedding");
  builder.weight({.name = "patch_embedding", .role = Role::conv, .out = swin.hidden_size, .in = pixels, .bias = swin.hidden_size});
  builder.saved({.name = "pixels", .per_token = real(pixels), .all = kAutocast, .any = trains(Role::conv)});
  add_norm(builder, NormKind::layer, swin.hidden_size, "norm");
  stack.before.push_back(builder.end());

  Stage stage{swin.hidden_size, 0, swin.window_size, 1.0, false};
  for (std::size_t s = 0; s < swin.depths.size() && s < swin.heads.size(); ++s) {
    stage.heads = swin.heads[s];
    stage.last = s + 1 == swin.depths.size();
    const Layer layer{swin_attention(builder, swin, stage), swin_mlp(builder, stage)};
    stack.layers.insert(stack.layers.end(), static_cast<std::size_t>(swin.depths[s]), layer);
    if (s + 1 == swin.depths.size()) break;
    stack.layers.push_back({swin_merge(builder, swin, stage), -1});
    stage.width *= 2;
    stage.share /= 4;
  }
  builder.begin(BlockKind::norm, "final norm");
  builder.weight({.name = "norm", .role = Role::norm, .out = stage.width, .bias = stage.width, .uses = stage.share});
  builder.saved({.name = "norm_input", .per_token = real(stage.width) * stage.share, .width = Width::residual});
  stack.after.push_back(builder.end());
  if (swin.num_classes > 0) stack.after.push_back(classifier_block(builder, stage.width, swin.num_classes, false));
  inventory.num_layers = static_cast<std::int64_t>(stack.layers.size());
  add_stack(inventory, std::move(stack));
  const std::int64_t side = model.image_size / std::max<std::int64_t>(1, swin.patch_size);
  inventory.hidden_size = swin.hidden_size;
  inventory.fixed_patches = side * side;
  inventory.patches_only = true;
  inventory.patch_size = swin.patch_size;
  inventory.image_elements = 3.0 * real(model.image_size) * real(model.image_size);
}

void build_clip(Inventory& inventory, const ModelConfig& model) {
  build_vision_tower(inventory, model.vision, Role::count);
  const TextTower& text = model.text;
  ModelConfig layers;
  layers.hidden_size = text.hidden_size;
  layers.intermediate_size = text.intermediate_size;
  layers.attention.heads = text.num_heads;
  layers.norm = NormKind::layer;
  layers.mlp = MlpKind::gelu;
  layers.mlp_bias = true;
  layers.q_bias = layers.k_bias = layers.v_bias = layers.o_bias = 1;
  layers.computation = model.computation;

  InventoryBuilder builder(inventory, model.computation);
  Stack stack{.kind = StackKind::text_tower, .basis = Basis::tokens, .hidden_size = text.hidden_size};
  builder.begin(BlockKind::embedding, "token embedding");
  builder.weight({.name = "embed_tokens", .role = Role::embedding, .out = text.vocab_size, .in = text.hidden_size, .lookup = true});
  builder.weight({.name = "embed_positions", .role = Role::embedding, .out = text.max_position_embeddings, .in = text.hidden_size, .lookup = true});
  stack.before.push_back(builder.end());
  const Layer layer{attention_without_cache(builder, layers), mlp_block(builder, layers, FfnKind::dense)};
  stack.layers.assign(static_cast<std::size_t>(text.num_layers), layer);
  stack.after.push_back(norm_block(builder, NormKind::layer, text.hidden_size, "final norm"));
  if (model.projection_dim > 0) {
    builder.begin(BlockKind::projector, "projections");
    builder.weight({.name = "visual_projection", .role = Role::projector, .out = model.projection_dim, .in = model.vision.hidden_size, .per_sample = true});
    builder.weight({.name = "text_projection", .role = Role::projector, .out = model.projection_dim, .in = text.hidden_size, .per_sample = true});
    builder.saved({.name = "projection_inputs", .per_sample = real(model.vision.hidden_size + text.hidden_size)});
    stack.after.push_back(builder.end());
  }
  add_stack(inventory, std::move(stack));
}

}  // namespace vram
