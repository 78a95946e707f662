// Decoder-only language models: embedding, layers of mixer and feed-forward blocks, final norm, head.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "inventory_builder.h"

namespace vram {

namespace {

std::int32_t mixer_block(InventoryBuilder& builder, const ModelConfig& model, const LayerSpec& layer) {
  switch (layer.mixer) {
    case MixerKind::full:
    case MixerKind::sliding:
    case MixerKind::chunked:
    case MixerKind::local:
      if (model.latent.kv_lora_rank > 0) return latent_attention_block(builder, model);
      if (model.latent.o_lora_rank > 0) return compressed_attention_block(builder, model, layer);
      return attention_block(builder, model, layer);
    case MixerKind::cross: return attention_block(builder, model, layer);
    case MixerKind::self_and_cross: return self_and_cross_block(builder, model);
    case MixerKind::gated_deltanet: return gated_deltanet_block(builder, model);
    case MixerKind::kda: return kda_block(builder, model);
    case MixerKind::lightning: return lightning_block(builder, model);
    case MixerKind::mamba1: return mamba1_block(builder, model);
    case MixerKind::mamba2: return mamba2_block(builder, model);
    case MixerKind::short_conv: return short_conv_block(builder, model);
    case MixerKind::attention_and_mamba2: return attention_and_mamba2_block(builder, model);
    case MixerKind::none: return -1;
  }
  return -1;
}

std::int32_t ffn_block(InventoryBuilder& builder, const ModelConfig& model, const LayerSpec& layer) {
  if (layer.ffn == FfnKind::none) return -1;
  if (layer.ffn == FfnKind::moe) return moe_block(builder, model);
  return mlp_block(builder, model, layer.ffn);
}

std::int32_t embedding_block(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  const std::int64_t width = model.embedding_size > 0 ? model.embedding_size : h;
  builder.begin(BlockKind::embedding, "token embedding");
  builder.weight({.name = "embed_tokens", .role = Role::embedding, .shard = Shard::tensor, .out = model.vocab_size, .in = width, .lookup = true});
  if (width != h) builder.weight({.name = "project_in", .role = Role::other, .out = h, .in = width});
  if (model.position == PositionKind::learned) {
    builder.weight({.name = "embed_positions", .role = Role::embedding, .out = model.max_position_embeddings + model.position_offset, .in = h, .lookup = true});
  }
  if (model.embedding_norm) add_norm(builder, model.norm, h, "embedding_norm");
  if (model.per_layer_embedding_size > 0) {
    const std::int64_t d = model.per_layer_embedding_size;
    const std::int64_t layers = model.num_layers();
    builder.weight({.name = "embed_tokens_per_layer", .role = Role::embedding, .out = model.per_layer_embedding_vocab, .in = layers * d, .lookup = true});
    builder.weight({.name = "per_layer_model_projection", .role = Role::other, .out = layers * d, .in = h, .bias = d});
    // One row per token and layer: the projection, its norm and the sum that the layers read.
    builder.saved({.name = "per_layer_projection_input", .per_token = static_cast<double>(h), .shard = Shard::sequence, .any = trains(Role::other)});
    builder.saved({.name = "per_layer_norm_input_fp32", .per_token = static_cast<double>(layers * d), .width = Width::fp32, .shard = Shard::sequence, .all = feature::kEagerNorm});
    builder.saved({.name = "per_layer_norm_input", .per_token = static_cast<double>(layers * d), .shard = Shard::sequence, .none = feature::kEagerNorm});
    builder.saved({.name = "per_layer_inputs", .per_token = static_cast<double>(layers * d), .shard = Shard::sequence});
  }
  if (model.altup.streams > 0) add_stream_projections(builder, model, "altup_projections");
  add_dropout(builder, static_cast<double>(h));
  return builder.end();
}

std::int32_t final_norm_block(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t width = model.embedding_size > 0 ? model.embedding_size : model.hidden_size;
  builder.begin(BlockKind::norm, "final norm");
  if (model.altup.streams > 0) add_stream_projections(builder, model, "altup_unembed_projections");
  add_norm(builder, model.norm, model.final_norm_on_embedding ? width : model.hidden_size, "final_norm");
  return builder.end();
}

/// Dense layer, activation and norm before the head: of every token, or of one of each sequence where it is classified.
std::int32_t prediction_head_block(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  const double width = static_cast<double>(h);
  builder.begin(BlockKind::classifier, "prediction head");
  builder.weight({.name = "prediction_dense", .role = Role::other, .out = h, .in = h, .per_sample = !model.has_lm_head});
  builder.weight({.name = "prediction_norm", .role = Role::norm, .out = h});
  builder.saved({.name = "prediction_input", .per_token = width, .shard = Shard::sequence});  // one token is a view of all
  const double inner = 3 * width;  // inputs of activation, norm and what follows
  builder.saved({.name = "prediction_inner", .per_token = model.has_lm_head ? inner - width : 0.0, .per_sample = model.has_lm_head ? 0.0 : inner, .shard = Shard::sequence});
  return builder.end();
}

std::int32_t head_block(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  const std::int64_t width = model.embedding_size > 0 ? model.embedding_size : h;
  const std::int64_t vocab = model.lm_head_vocab > 0 ? model.lm_head_vocab : model.vocab_size;
  builder.begin(BlockKind::lm_head, model.tie_word_embeddings ? "language head (tied)" : "language head");
  if (!model.tie_word_embeddings) {
    builder.weight({.name = "lm_head", .role = Role::lm_head, .shard = Shard::tensor, .out = vocab, .in = width});
  } else {
    builder.inventory().tied_elements = vocab * width;
  }
  if (model.lm_head_bias) builder.weight({.name = "lm_head_bias", .role = Role::lm_head, .shard = Shard::tensor, .out = vocab});
  if (width != h) builder.weight({.name = "project_out", .role = Role::other, .out = width, .in = h});
  add_linear_inputs(builder, "head_input", static_cast<double>(width), {model.tie_word_embeddings ? Role::embedding : Role::lm_head},
                    Shard::sequence, false);
  return builder.end();
}

}  // namespace

void build_decoder(Inventory& inventory, const ModelConfig& model) {
  InventoryBuilder builder(inventory, model.computation);
  const auto crosses = std::count_if(model.layers.begin(), model.layers.end(), [](const LayerSpec& layer) {
    return layer.mixer == MixerKind::cross || layer.mixer == MixerKind::self_and_cross;
  });
  if (crosses > 0) {
    const std::int64_t width = model.cross_source_width > 0 ? model.cross_source_width : model.hidden_size;
    Stack keys{.kind = StackKind::projector, .basis = Basis::image_tokens, .hidden_size = width};
    keys.before.assign(static_cast<std::size_t>(crosses), cross_keys_block(builder, model, width));
    add_stack(inventory, std::move(keys));
  }
  Stack stack;
  stack.kind = StackKind::decoder;
  stack.basis = Basis::tokens;
  stack.hidden_size = model.hidden_size * std::max<std::int64_t>(1, model.altup.streams);
  stack.parallel = model.parallel_residual;
  stack.before.push_back(embedding_block(builder, model));

  // One block per distinct mixer and feed-forward kind, however many layers use it.
  std::map<std::tuple<MixerKind, bool, bool, std::int64_t>, std::int32_t> mixers;
  std::map<FfnKind, std::int32_t> ffns;
  for (const LayerSpec& layer : model.layers) {
    const auto mixer_key = std::make_tuple(layer.mixer, layer.shares_kv, layer.shares_cache, layer.compression);
    if (!mixers.contains(mixer_key)) mixers[mixer_key] = mixer_block(builder, model, layer);
    if (!ffns.contains(layer.ffn)) ffns[layer.ffn] = ffn_block(builder, model, layer);
    stack.layers.push_back({mixers[mixer_key], ffns[layer.ffn]});
  }
  if (model.final_norm) stack.after.push_back(final_norm_block(builder, model));
  if (model.prediction_head) stack.after.push_back(prediction_head_block(builder, model));
  if (model.has_lm_head) stack.after.push_back(head_block(builder, model));
  add_stack(inventory, std::move(stack));

  inventory.generates = model.has_lm_head && !model.prediction_head;
  if (model.prediction_head) {  // an encoder in a decoder's words (ModernBERT): every token is seen at once
    for (Block& block : inventory.blocks) block.cache = {};
  }
  inventory.vocab_size = model.has_lm_head ? (model.lm_head_vocab > 0 ? model.lm_head_vocab : model.vocab_size) : 0;
}

}  // namespace vram
