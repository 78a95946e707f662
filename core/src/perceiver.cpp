// Perceiver resampler: learned latent tokens look at a tower's output and at themselves (Flamingo, IDEFICS 1 and 2).
// Keys and values of the tower's tokens live in a stack of those tokens, once per layer, as in BLIP-2's Q-Former.
// Weights: IdeficsPerceiverResampler and Idefics2PerceiverResampler of transformers 5.23.
// SPDX-License-Identifier: MIT
#include <utility>

#include "inventory_builder.h"

namespace vram {

void build_perceiver(InventoryBuilder& builder, const Projector& projector) {
  ModelConfig model;
  model.hidden_size = projector.hidden_size;
  model.intermediate_size = projector.intermediate_size;
  model.attention = {projector.num_heads, projector.num_kv_heads, projector.head_dim, projector.head_dim};
  model.norm = projector.norm;
  model.mlp = projector.mlp;
  model.qk_norm = projector.qk_norm ? QkNorm::per_head_layer : QkNorm::none;
  model.cross_keys_cached = false;
  const std::int64_t width = projector.hidden_size;
  const auto depth = static_cast<std::size_t>(projector.num_layers);

  Stack source{.kind = StackKind::projector, .basis = Basis::patches, .hidden_size = width};
  builder.begin(BlockKind::norm, "norm of the resampled tokens");
  add_norm(builder, model.norm, width, "context_norm");
  const std::int32_t norm = builder.end();
  const std::int32_t keys = cross_keys_block(builder, model, width);
  source.before.assign(depth, norm);
  source.before.insert(source.before.end(), depth, keys);
  add_stack(builder.inventory(), std::move(source));

  Stack stack{.kind = StackKind::projector, .basis = Basis::image_tokens, .hidden_size = width};
  builder.begin(BlockKind::projector, "latent tokens");
  builder.weight({.name = "latents", .role = Role::other, .out = projector.num_query_tokens * width, .lookup = true});
  stack.before.push_back(builder.end());
  builder.begin(BlockKind::attention, "perceiver attention");
  add_attention(builder, model, {.mixer = MixerKind::cross});
  // The latents are keys as well, through the same matrices.
  builder.saved({.name = "latent_keys_and_values", .per_token = static_cast<double>(2 * projector.num_kv_heads * projector.head_dim)});
  const std::int32_t attention = builder.end();
  const std::int32_t ffn = mlp_block(builder, model, FfnKind::dense);
  stack.layers.assign(depth, {attention, ffn});
  builder.begin(BlockKind::norm, "final norm");
  add_norm(builder, model.norm, width, "norm");
  stack.after.push_back(builder.end());
  add_stack(builder.inventory(), std::move(stack));
}

}  // namespace vram
