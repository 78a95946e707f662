// Encoders (BERT, RoBERTa, DistilBERT) and encoder-decoders (T5, Switch, BART, Whisper).
// Weights: formulas 1.3, 1.4. Keys and values of cross-attention live in the encoder's stack, once per decoder layer,
// because they are made from the encoder's tokens.
// SPDX-License-Identifier: MIT
#include <utility>

#include "inventory_builder.h"

namespace vram {

using namespace feature;

namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

void table(InventoryBuilder& builder, std::string_view name, std::int64_t rows, std::int64_t width) {
  builder.weight({.name = name, .role = Role::embedding, .out = rows, .in = width, .lookup = true});
}

/// A dense layer outside attention and MLP: pooler, transform of a masked-language head.
void dense(InventoryBuilder& builder, std::string_view name, std::int64_t width, bool per_sample) {
  builder.weight({.name = name, .role = Role::other, .out = width, .in = width, .bias = width, .per_sample = per_sample});
}

std::int64_t embedding_width(const ModelConfig& model) { return model.embedding_size > 0 ? model.embedding_size : model.hidden_size; }

std::int32_t bert_embedding(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  const std::int64_t width = embedding_width(model);
  builder.begin(BlockKind::embedding, "token embedding");
  builder.weight({.name = "word_embeddings", .role = Role::embedding, .shard = Shard::tensor, .out = model.vocab_size, .in = width, .lookup = true});
  table(builder, "position_embeddings", model.max_position_embeddings + model.position_offset, width);
  table(builder, "token_type_embeddings", model.type_vocab_size, width);
  add_norm(builder, model.norm, width, "embedding_norm");
  add_dropout(builder, real(width));
  if (width != h) {
    builder.weight({.name = "embeddings_project", .role = Role::other, .out = h, .in = width, .bias = h});
    builder.saved({.name = "embeddings_project_input", .per_token = real(width), .any = trains(Role::other)});
  }
  return builder.end();
}

std::int32_t pooler_block(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  builder.begin(BlockKind::classifier, "pooler");
  dense(builder, "pooler", h, true);
  builder.weight({.name = "classifier", .role = Role::other, .out = model.num_classes, .in = h, .bias = model.num_classes, .per_sample = true});
  // The first token of each sequence is a view of all of them, unless dropout makes a tensor of its own.
  const Features view = model.pooler_drops_input ? kHiddenDropout : 0;
  builder.saved({.name = "pooler_input", .per_token = real(h), .none = view});
  if (view != 0) builder.saved({.name = "pooler_input", .per_sample = real(h), .all = view});
  builder.saved({.name = "pooler_output", .per_sample = real(h)});
  return builder.end();
}

std::int32_t masked_head(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  const std::int64_t width = embedding_width(model);
  builder.begin(BlockKind::lm_head, "masked-language head (tied)");
  builder.weight({.name = "transform", .role = Role::other, .out = width, .in = h, .bias = width});
  add_norm(builder, model.norm, width, "transform_norm");
  builder.weight({.name = "lm_head_bias", .role = Role::lm_head, .shard = Shard::tensor, .out = model.vocab_size});
  builder.saved({.name = "transform_input_and_output", .per_token = real(h + width), .shard = Shard::sequence, .any = trains(Role::other)});
  add_linear_inputs(builder, "head_input", real(width), {Role::embedding}, Shard::sequence, false);
  builder.inventory().tied_elements = model.vocab_size * width;
  return builder.end();
}

/// Scores of every token: ELECTRA's discriminator has a dense layer and an activation before them.
std::int32_t token_classifier(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  builder.begin(BlockKind::classifier, "token classifier");
  if (model.token_transform) {
    dense(builder, "dense", h, false);
    builder.saved({.name = "dense_input", .per_token = real(h), .shard = Shard::sequence, .any = trains(Role::other)});
    builder.saved({.name = "activation_input", .per_token = real(h), .shard = Shard::sequence});
  }
  builder.weight({.name = "classifier", .role = Role::other, .out = model.token_classes, .in = h, .bias = model.token_classes});
  builder.saved({.name = "classifier_input", .per_token = real(h), .shard = Shard::sequence, .any = trains(Role::other)});
  builder.saved({.name = "probabilities", .per_token = real(model.token_classes), .width = Width::fp32});
  return builder.end();
}

/// Learned scores by distance, one table per stack (T5).
std::int32_t relative_bias(InventoryBuilder& builder, const ModelConfig& model) {
  builder.begin(BlockKind::embedding, "relative position bias");
  table(builder, "relative_attention_bias", model.relative_attention_num_buckets, model.attention.heads);
  add_dropout(builder, real(model.hidden_size));  // of the embedded tokens
  // Every layer adds the same scores; recomputation keeps them once.
  builder.saved({.name = "score_bias", .per_square = real(model.attention.heads), .shard = Shard::tensor, .none = kKeepsForward});
  return builder.end();
}

std::int32_t audio_stem(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  constexpr std::int64_t kKernel = 3;
  builder.begin(BlockKind::patch_embedding, "audio stem");
  // The first convolution runs on every frame, the second halves their number: two frames make one encoder token.
  builder.weight({.name = "conv1", .role = Role::conv, .out = h, .in = model.num_mel_bins * kKernel, .bias = h, .uses = 2});
  builder.weight({.name = "conv2", .role = Role::conv, .out = h, .in = h * kKernel, .bias = h});
  builder.saved({.name = "mel_frames", .per_token = 2 * real(model.num_mel_bins), .all = kAutocast, .any = trains(Role::conv)});
  builder.saved({.name = "conv1_output", .per_token = 2 * real(h)});
  builder.saved({.name = "conv1_activated", .per_token = 2 * real(h), .any = trains(Role::conv)});
  builder.saved({.name = "conv2_output", .per_token = real(h)});
  return builder.end();
}

std::int32_t shared_embedding(InventoryBuilder& builder, const ModelConfig& model) {
  builder.begin(BlockKind::embedding, "token embedding");
  builder.weight({.name = "shared", .role = Role::embedding, .shard = Shard::tensor, .out = model.vocab_size, .in = model.hidden_size, .lookup = true});
  return builder.end();
}

std::int32_t position_block(InventoryBuilder& builder, const ModelConfig& model, bool normed) {
  builder.begin(BlockKind::embedding, "position embedding");
  table(builder, "embed_positions", model.max_position_embeddings + model.position_offset, model.hidden_size);
  if (normed) add_norm(builder, model.norm, model.hidden_size, "embedding_norm");
  add_dropout(builder, real(model.hidden_size));
  return builder.end();
}

std::int32_t head_block(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  builder.begin(BlockKind::lm_head, model.tie_word_embeddings ? "language head (tied)" : "language head");
  if (model.tie_word_embeddings) {
    builder.inventory().tied_elements = model.vocab_size * h;
  } else {
    builder.weight({.name = "lm_head", .role = Role::lm_head, .shard = Shard::tensor, .out = model.vocab_size, .in = h});
  }
  add_linear_inputs(builder, "head_input", real(h), {model.tie_word_embeddings ? Role::embedding : Role::lm_head}, Shard::sequence, false);
  return builder.end();
}

/// Layers of one stack; those with experts are spread evenly (Switch: every second one).
std::vector<Layer> layers_of(InventoryBuilder& builder, const ModelConfig& model, std::int32_t mixer, std::int64_t count, std::int64_t moe_layers) {
  std::vector<Layer> layers;
  const std::int32_t dense_ffn = moe_layers < count ? mlp_block(builder, model, FfnKind::dense) : -1;
  const std::int32_t moe_ffn = moe_layers > 0 ? moe_block(builder, model) : -1;
  for (std::int64_t i = 0; i < count; ++i) {
    const bool moe = (i + 1) * moe_layers / count > i * moe_layers / count;
    layers.push_back({mixer, moe ? moe_ffn : dense_ffn});
  }
  return layers;
}

}  // namespace

void build_bert(Inventory& inventory, const ModelConfig& given) {
  ModelConfig model = given;
  // No token types: DistilBERT, which has no dropout after attention.
  if (model.type_vocab_size == 0) model.computation.attention_output_dropout = false;
  InventoryBuilder builder(inventory, model.computation);
  Stack stack{.kind = StackKind::encoder, .basis = Basis::tokens, .hidden_size = model.hidden_size};
  stack.before.push_back(bert_embedding(builder, model));
  const std::int32_t mixer = attention_block(builder, model, {});
  stack.layers = layers_of(builder, model, mixer, model.num_layers(), 0);
  if (model.pooler) stack.after.push_back(pooler_block(builder, model));
  if (model.token_classes > 0) stack.after.push_back(token_classifier(builder, model));
  if (model.has_lm_head) stack.after.push_back(masked_head(builder, model));
  // No cache: every token is seen at once, none is generated.
  for (Block& block : inventory.blocks) block.cache = {};
  add_stack(inventory, std::move(stack));
  inventory.vocab_size = model.has_lm_head ? model.vocab_size : 0;
}

void build_encoder_decoder(Inventory& inventory, const ModelConfig& model) {
  const bool t5 = model.architecture == Architecture::t5 || model.language_model == Architecture::t5;
  const bool whisper = model.architecture == Architecture::whisper;
  const std::int64_t h = model.hidden_size;
  InventoryBuilder builder(inventory, model.computation);

  Stack encoder{.kind = StackKind::encoder, .basis = Basis::encoder_tokens, .hidden_size = h};
  if (whisper) {
    encoder.before.push_back(audio_stem(builder, model));
  } else {
    encoder.before.push_back(shared_embedding(builder, model));
    encoder.before.push_back(t5 ? relative_bias(builder, model) : position_block(builder, model, true));
  }
  const std::int32_t encoder_mixer = attention_block(builder, model, {});
  inventory.blocks[static_cast<std::size_t>(encoder_mixer)].cache = {};
  encoder.layers = layers_of(builder, model, encoder_mixer, model.encoder_layers, model.encoder_moe_layers);
  builder.begin(BlockKind::norm, "encoder output");
  if (model.final_norm) add_norm(builder, model.norm, h, "norm");
  if (t5) add_dropout(builder, real(h));
  builder.saved({.name = "encoder_output", .per_token = real(h), .shard = Shard::sequence, .any = trains(Role::k_proj) | trains(Role::v_proj), .none = kAutocast});
  encoder.after.push_back(builder.end());
  encoder.after.insert(encoder.after.end(), static_cast<std::size_t>(model.decoder_layers), cross_keys_block(builder, model, h));
  add_stack(inventory, std::move(encoder));

  Stack decoder{.kind = StackKind::decoder, .basis = Basis::tokens, .hidden_size = h};
  if (whisper) decoder.before.push_back(shared_embedding(builder, model));
  decoder.before.push_back(t5 ? relative_bias(builder, model) : position_block(builder, model, !whisper));
  const std::int32_t decoder_mixer = self_and_cross_block(builder, model);
  decoder.layers = layers_of(builder, model, decoder_mixer, model.decoder_layers, model.decoder_moe_layers);
  if (model.final_norm) {
    builder.begin(BlockKind::norm, "final norm");
    add_norm(builder, model.norm, h, "norm");
    if (t5) add_dropout(builder, real(h));
    decoder.after.push_back(builder.end());
  }
  decoder.after.push_back(head_block(builder, model));
  add_stack(inventory, std::move(decoder));

  inventory.vocab_size = model.vocab_size;
  inventory.generates = true;
  inventory.has_encoder = true;
  if (whisper) inventory.encoder_length = model.max_source_positions;
  inventory.num_layers = model.encoder_layers + model.decoder_layers;
}

}  // namespace vram
