// Softmax attention: multi-head, grouped-query, windowed, shared-KV and latent (MLA).
// Weights: formulas 1.1, 1.5. What autograd keeps: formulas 5.1, 5.3 (fused), 5.4 (eager).
// SPDX-License-Identifier: MIT
#include <utility>

#include "inventory_builder.h"

namespace vram {

using namespace feature;

namespace {

AttentionDims dims_of(const ModelConfig& model, MixerKind kind) {
  AttentionDims dims = model.attention;
  if (dims.kv_heads == 0) dims.kv_heads = dims.heads;
  if (dims.head_dim == 0 && dims.heads > 0) dims.head_dim = model.hidden_size / dims.heads;
  if (dims.value_head_dim == 0) dims.value_head_dim = dims.head_dim;
  if (kind == MixerKind::sliding) {
    const AttentionDims& own = model.sliding_attention;
    if (own.heads > 0) dims.heads = own.heads;
    if (own.kv_heads > 0) dims.kv_heads = own.kv_heads;
    if (own.head_dim > 0) dims.head_dim = dims.value_head_dim = own.head_dim;
    if (own.value_head_dim > 0) dims.value_head_dim = own.value_head_dim;
  }
  return dims;
}

/// What the attention core keeps of `heads` query heads of width `qk` and `v`.
void add_query_side(InventoryBuilder& builder, double heads, double qk, double v, bool has_sinks = false, bool cross = false) {
  const bool widened = builder.computation().query_key_fp32;
  builder.saved({.name = "query", .per_token = heads * qk, .shard = Shard::tensor, .none = widened ? kEagerAttention : 0});
  if (widened) builder.saved({.name = "query_fp32", .per_token = heads * qk, .width = Width::fp32, .shard = Shard::tensor, .all = kEagerAttention});
  if (builder.computation().softcap) {
    builder.saved({.name = "scores_tanh", .per_pair = heads, .shard = Shard::tensor, .all = kEagerAttention, .none = kRecomputeAttention});
  }
  builder.saved({.name = "attention_output", .per_token = heads * v, .shard = Shard::tensor, .none = kEagerAttention, .attention_result = true});
  builder.saved({.name = "attention_logsumexp", .per_token = heads, .width = Width::fp32, .shard = Shard::tensor, .none = kEagerAttention,
                 .attention_result = true});
  // The softmax keeps its result. Where it runs in fp32 and the rest does not, the product with the values keeps another copy.
  const bool asks_fp32 = builder.computation().softmax_fp32;
  const Features upcast = asks_fp32 ? kEagerFp32Scores | kLowPrecision : kAutocast;
  const Features never_upcast = asks_fp32 ? kLowPrecision : kAutocast;
  const double sinks = has_sinks ? heads : 0.0;  // one more column of scores
  const auto scores = [&](std::string_view name, Width width, Features all, Features none) {
    builder.saved({.name = name, .per_token = sinks, .per_pair = cross ? 0.0 : heads, .per_cross = cross ? heads : 0.0, .width = width, .shard = Shard::tensor, .all = kEagerAttention | all,
                   .none = none | kRecomputeAttention});
  };
  scores("scores_fp32", Width::fp32, upcast, 0);
  scores("scores", Width::compute, 0, kAttentionDropout);
  scores("scores", Width::compute, kAttentionDropout, never_upcast);
  scores("scores_dropout_mask", Width::byte, kAttentionDropout, 0);
  scores("scores_dropped", Width::compute, kAttentionDropout, 0);
  if (builder.computation().bias_on_scores && !cross) {
    builder.saved({.name = "score_bias", .per_square = heads, .shard = Shard::tensor, .none = kEagerAttention});
  }
  if (builder.computation().output_copied) {
    builder.saved({.name = "o_proj_input", .per_token = heads * v, .shard = Shard::tensor, .all = kLowPrecision | trains(Role::o_proj), .none = kEagerAttention});
  }
  if (has_sinks) builder.saved({.name = "largest_score", .per_token = heads, .width = Width::int64, .shard = Shard::tensor, .all = kEagerAttention});
  // The output of the core is the input of o_proj. Fused attention keeps it anyway; eager only where o_proj needs it.
  builder.saved({.name = "o_proj_input", .per_token = heads * v, .shard = Shard::tensor, .all = kEagerAttention | trains(Role::o_proj)});
  builder.saved({.name = "o_proj_input", .per_token = heads * v, .shard = Shard::tensor, .all = kEagerAttention | adapts(Role::o_proj),
                 .none = trains(Role::o_proj) | kAdapterCopy | kAutocast | kLoraDropout | kPackedInputs});
  builder.saved({.name = "o_proj_input", .per_token = heads * v, .shard = Shard::tensor, .all = kSequenceFirst | trains(Role::o_proj),
                 .none = kEagerAttention | kLowPrecision});
  builder.saved({.name = "o_proj_input", .per_token = heads * v, .shard = Shard::tensor, .all = kHeadExchange | trains(Role::o_proj), .none = kEagerAttention});
  builder.saved({.name = "o_proj_input", .per_token = heads * v, .width = Width::packed, .shard = Shard::tensor, .all = kEagerAttention | kPackedInputs, .none = trains(Role::o_proj)});
  builder.saved({.name = "o_proj_input", .per_token = heads * v, .width = Width::packed_again, .shard = Shard::tensor, .all = kPackedInputs,
                 .none = kEagerAttention | trains(Role::o_proj)});
  add_adapter_input(builder, heads * v, Role::o_proj, Shard::tensor, true);
}

/// What it keeps of keys and values; layers that reuse those of an earlier layer keep only their expanded copies.
void add_key_side(InventoryBuilder& builder, double heads, double kv_heads, double qk, double v, bool shares_kv, bool windowed = false) {
  const Computation& code = builder.computation();
  if (!shares_kv) {
    const double value = code.value_holds_qkv ? heads * qk + kv_heads * (qk + v) : kv_heads * v;
    builder.saved({.name = "key", .per_token = kv_heads * qk, .shard = Shard::kv, .none = kRepeatKv});
    builder.saved({.name = "value", .per_token = value, .shard = Shard::kv, .none = kRepeatKv});
  }
  const bool widened = code.query_key_fp32;
  builder.saved({.name = "key_repeated", .per_token = heads * qk, .shard = Shard::tensor, .all = kRepeatKv, .none = widened ? kEagerAttention : 0});
  if (widened) builder.saved({.name = "key_fp32", .per_token = heads * qk, .width = Width::fp32, .shard = Shard::tensor, .all = kEagerAttention});
  // Where nothing is repeated, SDPA still sees the view.
  const double repeated_value = code.value_holds_qkv && heads == kv_heads ? heads * qk + kv_heads * (qk + v) : heads * v;
  builder.saved({.name = "value_repeated", .per_token = heads * v, .shard = Shard::tensor, .all = kEagerAttention});
  builder.saved({.name = "value_repeated", .per_token = repeated_value, .shard = Shard::tensor, .all = kRepeatKv, .none = kEagerAttention});
  if (!shares_kv && heads == kv_heads && !code.value_holds_qkv) {
    builder.saved({.name = "query_key_value_view", .per_token = heads * qk + kv_heads * qk, .shard = Shard::tensor, .all = kGroupedQkv, .none = kEagerAttention});
  }
  if (code.mask_for_sdpa) {
    builder.saved({.name = "mask", .per_pair = 1, .none = kEagerAttention});
  } else if (windowed) {
    builder.saved({.name = "window_mask", .per_pair = 1, .all = kWindowMask});
  }
}

/// Adapters of a grouped matrix compute the adapted rows only, unless all are: the scatter to the whole keeps those rows.
void add_scattered_adapters(InventoryBuilder& builder, double q_width, double k_width, double v_width) {
  const auto rows = [&](double width, Role own, Role first, Role second) {
    const Features all = kGroupedQkv | adapts(own);
    builder.saved({.name = "adapter_rows", .per_token = width, .shard = Shard::tensor, .all = all, .none = adapts(first)});
    builder.saved({.name = "adapter_rows", .per_token = width, .shard = Shard::tensor, .all = all | adapts(first), .none = adapts(second)});
  };
  rows(q_width, Role::q_proj, Role::k_proj, Role::v_proj);
  rows(k_width, Role::k_proj, Role::q_proj, Role::v_proj);
  rows(v_width, Role::v_proj, Role::q_proj, Role::k_proj);
}

/// Transients shared by every attention block.
void add_attention_transients(InventoryBuilder& builder, double h, double heads, double kv_heads, double qk, double v) {
  // Training without recomputation keeps most of these anyway, and counts them there.
  builder.forward({.name = "residual", .per_token = h, .width = Width::residual});
  builder.forward({.name = "norm", .per_token = h, .width = Width::residual, .none = kKeepsForward});
  builder.forward({.name = "query_key_value", .per_token = heads * qk + kv_heads * (qk + v), .shard = Shard::tensor, .none = kKeepsForward});
  builder.forward({.name = "attention_output", .per_token = heads * v, .shard = Shard::tensor, .none = kKeepsForward});
  builder.forward({.name = "scores_fp32", .per_pair = 2 * heads, .width = Width::fp32, .shard = Shard::tensor, .all = kEagerAttention, .none = kKeepsForward});
  builder.backward({.name = "residual_gradient", .per_token = 2 * h, .width = Width::residual});
  builder.backward({.name = "query_key_value_gradient", .per_token = heads * qk + kv_heads * (qk + v), .shard = Shard::tensor});
  builder.backward({.name = "attention_output_gradient", .per_token = heads * v, .shard = Shard::tensor});
  // Softmax: its gradient beside that of its result, while the narrow copy for the second product is already free.
  const Features upcast = builder.computation().softmax_fp32 ? kLowPrecision : kAutocast;
  builder.backward({.name = "scores_gradient", .per_pair = 2 * heads, .width = Width::fp32, .shard = Shard::tensor, .all = kEagerAttention | upcast});
  builder.backward({.name = "scores_freed", .per_pair = -heads, .shard = Shard::tensor, .all = kEagerAttention | upcast});
  builder.backward({.name = "scores_gradient", .per_pair = heads, .shard = Shard::tensor, .all = kEagerAttention, .none = upcast});
}

/// Norms of `query_heads` and `key_heads` (0 where another block holds them) before the scores.
void add_qk_norm(InventoryBuilder& builder, QkNorm kind, std::int64_t head_dim, std::int64_t query_heads, std::int64_t key_heads) {
  const std::int64_t sides = (query_heads > 0 ? 1 : 0) + (key_heads > 0 ? 1 : 0);
  std::int64_t elements = 0;
  switch (kind) {
    case QkNorm::none: return;
    case QkNorm::per_head: elements = sides * head_dim; break;
    case QkNorm::per_head_layer: elements = 2 * sides * head_dim; break;
    case QkNorm::per_head_separate:
    case QkNorm::full: elements = (query_heads + key_heads) * head_dim; break;
  }
  builder.weight({.name = "q_norm,k_norm", .role = Role::norm, .out = elements});
  const double width = static_cast<double>((query_heads + key_heads) * head_dim);
  const double rows = kind == QkNorm::full ? static_cast<double>(sides) : static_cast<double>(query_heads + key_heads);
  builder.saved({.name = "qk_norm_rstd", .per_token = rows, .width = Width::fp32, .shard = Shard::tensor});
  builder.saved({.name = "qk_norm_input_fp32", .per_token = width, .width = Width::fp32, .shard = Shard::tensor, .all = kEagerNorm});
  const Width normalised = builder.computation().gain_fp32 ? Width::fp32 : Width::compute;
  builder.saved({.name = "qk_norm_normalised", .per_token = width, .width = normalised, .shard = Shard::tensor, .all = kEagerNorm | trains(Role::norm)});
  builder.saved({.name = "qk_norm_input", .per_token = width, .shard = Shard::tensor, .none = kEagerNorm});
}

void add_keys_and_values(InventoryBuilder& builder, const ModelConfig& model, const AttentionDims& dims, std::int64_t width, bool keys_are_values) {
  const std::int64_t k_width = dims.kv_heads * dims.head_dim;
  const std::int64_t v_width = dims.kv_heads * dims.value_head_dim;
  builder.weight({.name = "k_proj", .role = model.fused_qkv ? Role::q_proj : Role::k_proj, .shard = Shard::kv, .out = k_width, .in = width,
                  .bias = model.k_bias * k_width, .quantizable = true, .continues = model.fused_qkv});
  if (keys_are_values) return;
  builder.weight({.name = "v_proj", .role = model.fused_qkv ? Role::q_proj : Role::v_proj, .shard = Shard::kv, .out = v_width, .in = width,
                  .bias = model.v_bias * v_width, .quantizable = true, .continues = model.fused_qkv});
}

/// Llama-3.2-Vision and IDEFICS: cross-attention layers of their own, with gates, and norms of q and k whatever the other
/// layers do.
bool gated_cross_attention(const ModelConfig& model) { return model.cross_attention_layers > 0; }
QkNorm cross_qk_norm(const ModelConfig& model) {
  if (!gated_cross_attention(model)) return model.qk_norm;
  return model.cross_qk_norm ? QkNorm::per_head : QkNorm::none;
}

}  // namespace

void add_attention(InventoryBuilder& builder, const ModelConfig& model, const LayerSpec& layer) {
  const MixerKind kind = layer.mixer;
  const AttentionDims dims = dims_of(model, kind);
  const bool cross = kind == MixerKind::cross;
  const bool own_keys = !cross && !layer.shares_kv;
  const bool keys_are_values = model.full_attention_k_eq_v && kind != MixerKind::sliding;
  const std::int64_t h = model.hidden_size;
  const std::int64_t q_width = dims.heads * dims.head_dim;
  const std::int64_t gate = model.attn_output_gate ? 2 : 1;

  add_norm(builder, model.norm, h, "input_norm");
  if (model.norms_per_layer >= 4) add_norm(builder, model.norm, h, "post_attention_norm");
  builder.weight({.name = "q_proj", .role = Role::q_proj, .shard = Shard::tensor, .out = gate * q_width, .in = h,
                  .bias = model.q_bias * gate * q_width, .quantizable = true});
  if (own_keys) add_keys_and_values(builder, model, dims, h, keys_are_values);
  builder.weight({.name = "o_proj", .role = Role::o_proj, .shard = Shard::tensor, .out = h, .in = dims.heads * dims.value_head_dim,
                  .bias = model.o_bias * h, .quantizable = true});
  const bool gated = cross && gated_cross_attention(model);
  add_qk_norm(builder, cross ? cross_qk_norm(model) : model.qk_norm, dims.head_dim, dims.heads, own_keys ? dims.kv_heads : 0);
  const bool has_sinks = model.sinks_all || (model.sinks_sliding && kind == MixerKind::sliding);
  if (has_sinks) {
    builder.weight({.name = "attention_sinks", .role = Role::other, .shard = Shard::tensor, .out = dims.heads});
  }
  if (model.attn_head_gate) {
    builder.weight({.name = "head_gate", .role = Role::other, .shard = Shard::tensor, .out = dims.heads, .in = h});
  }
  if (model.attn_extra_norm_dims > 0) {
    builder.weight({.name = "extra_norms", .role = Role::norm, .out = model.attn_extra_norm_dims});
  }
  if (model.layer_scalar) builder.weight({.name = "layer_scalar", .role = Role::other, .out = 1});
  if (model.layer_scale) add_layer_scale(builder, h);
  if (gated) builder.weight({.name = "cross_attention_gates", .role = Role::other, .out = model.cross_gate_elements});

  if (model.fused_qkv || cross) {
    add_linear_inputs(builder, "qkv_input", static_cast<double>(h), {Role::q_proj}, Shard::sequence, false);
  } else {
    add_linear_inputs(builder, "qkv_input", static_cast<double>(h), {Role::q_proj, Role::k_proj, Role::v_proj}, Shard::sequence, false);
  }
  const double heads = static_cast<double>(dims.heads);
  const double kv_heads = static_cast<double>(dims.kv_heads);
  const double qk = static_cast<double>(dims.head_dim);
  const double v = static_cast<double>(dims.value_head_dim);
  add_query_side(builder, heads, qk, v, has_sinks, cross);
  if (!cross) add_key_side(builder, heads, kv_heads, qk, v, layer.shares_kv, kind == MixerKind::sliding);
  if (own_keys && model.value_norm) {
    builder.saved({.name = "value_norm_input_fp32", .per_token = kv_heads * v, .width = Width::fp32, .shard = Shard::kv, .all = kEagerNorm});
    builder.saved({.name = "value_norm_input", .per_token = kv_heads * v, .shard = Shard::kv, .none = kEagerNorm});
  }
  if (own_keys) add_scattered_adapters(builder, heads * qk, kv_heads * qk, kv_heads * v);
  if (model.attn_output_gate) {
    builder.saved({.name = "output_gate", .per_token = 2 * heads * v, .shard = Shard::tensor});
  }
  if (model.computation.attention_output_dropout) add_dropout(builder, static_cast<double>(h));
  add_attention_transients(builder, static_cast<double>(h), heads, cross ? 0 : kv_heads, qk, v);

  Block& block = builder.block();
  block.pair_flops += 2 * heads * (qk + v);
  if (cross) return;  // keys, values and their cache belong to cross_keys_block
  block.kv_heads = dims.kv_heads;
  block.window = kind == MixerKind::sliding || kind == MixerKind::local ? model.sliding_window
                 : kind == MixerKind::chunked                          ? model.attention_chunk_size
                                                                       : 0;
  if (!own_keys || layer.shares_cache) return;
  block.cache.kv_heads = dims.kv_heads;
  // Keys that also serve as values are rotated and scaled, values are not: the cache holds both (Gemma-4).
  block.cache.elements_per_token = static_cast<double>(dims.kv_heads * (dims.head_dim + dims.value_head_dim));
  block.cache.value_elements = static_cast<double>(dims.kv_heads * dims.value_head_dim);
  block.cache.kind = block.window > 0 ? CacheKind::windowed : CacheKind::growing;
  block.cache.window = block.window;
}

std::int32_t attention_block(InventoryBuilder& builder, const ModelConfig& model, const LayerSpec& layer) {
  static constexpr std::string_view kLabels[] = {"attention", "attention (sliding)", "attention (chunked)", "attention (local)", "cross-attention"};
  std::string label(kLabels[static_cast<std::size_t>(layer.mixer)]);
  if (layer.shares_kv || layer.shares_cache) label += ", shared KV";
  builder.begin(BlockKind::attention, std::move(label));
  add_attention(builder, model, layer);
  if (model.altup.streams > 0) add_alternating_updates(builder, model);
  return builder.end();
}

std::int32_t attention_and_mamba2_block(InventoryBuilder& builder, const ModelConfig& model) {
  builder.begin(BlockKind::attention, "attention beside Mamba-2");
  add_attention(builder, model, {.mixer = MixerKind::full});
  // Each path scales the normalised input for itself, so each keeps its own copy.
  add_linear_inputs(builder, "mixer_input", static_cast<double>(model.hidden_size), {Role::mixer}, Shard::sequence, false);
  add_mamba2(builder, model);
  return builder.end();
}

std::int32_t self_and_cross_block(InventoryBuilder& builder, const ModelConfig& model) {
  builder.begin(BlockKind::attention, "self- and cross-attention");
  add_attention(builder, model, {.mixer = MixerKind::full});
  add_attention(builder, model, {.mixer = MixerKind::cross});
  return builder.end();
}

std::int32_t cross_keys_block(InventoryBuilder& builder, const ModelConfig& model, std::int64_t source_width) {
  const AttentionDims dims = dims_of(model, MixerKind::cross);
  builder.begin(BlockKind::attention, "cross-attention keys and values");
  add_keys_and_values(builder, model, dims, source_width, false);
  add_qk_norm(builder, cross_qk_norm(model), dims.head_dim, 0, dims.kv_heads);
  const double heads = static_cast<double>(dims.heads);
  const double kv_heads = static_cast<double>(dims.kv_heads);
  const double qk = static_cast<double>(dims.head_dim);
  const double v = static_cast<double>(dims.value_head_dim);
  add_key_side(builder, heads, kv_heads, qk, v, false);
  // Every layer reads the same source, which the final norm before it keeps; autocast and adapters copy it each time.
  for (const Role role : {Role::k_proj, Role::v_proj}) {
    const double width = static_cast<double>(source_width);
    builder.saved({.name = "source", .per_token = width, .all = kAutocast, .any = trains(role) | adapts(role), .none = kLoraDropout});
    add_adapter_input(builder, width, role, Shard::sequence, false);
  }
  builder.forward({.name = "key_value", .per_token = kv_heads * (qk + v), .shard = Shard::kv, .none = kKeepsForward});
  builder.backward({.name = "key_value_gradient", .per_token = kv_heads * (qk + v), .shard = Shard::kv});
  Block& block = builder.block();
  block.kv_heads = dims.kv_heads;
  if (!model.cross_keys_cached) return builder.end();
  block.cache.kind = CacheKind::encoder;
  block.cache.kv_heads = dims.kv_heads;
  block.cache.elements_per_token = kv_heads * (qk + v);
  return builder.end();
}

namespace {

/// Sparse-attention indexer: a small attention that picks which keys the large one reads (DeepSeek-V3.2 and later).
void add_indexer(InventoryBuilder& builder, const ModelConfig& model) {
  const LatentAttention& mla = model.latent;
  if (mla.indexer_heads == 0) return;
  const std::int64_t h = model.hidden_size;
  const std::int64_t q_in = mla.q_lora_rank > 0 ? mla.q_lora_rank : h;
  builder.weight({.name = "indexer_q", .role = Role::other, .out = mla.indexer_heads * mla.indexer_head_dim, .in = q_in, .quantizable = true});
  builder.weight({.name = "indexer_k", .role = Role::other, .out = mla.indexer_head_dim, .in = h, .bias = 2 * mla.indexer_head_dim});
  builder.weight({.name = "indexer_weights", .role = Role::other, .out = mla.indexer_heads, .in = h});
}

}  // namespace

std::int32_t latent_attention_block(InventoryBuilder& builder, const ModelConfig& model) {
  const LatentAttention& mla = model.latent;
  const std::int64_t h = model.hidden_size;
  const std::int64_t heads = model.attention.heads;
  const std::int64_t qk = mla.qk_nope_head_dim + mla.qk_rope_head_dim;
  builder.begin(BlockKind::latent_attention, "latent attention");
  Block& block = builder.block();
  block.kv_heads = heads;
  add_norm(builder, model.norm, h, "input_norm");
  if (mla.q_lora_rank > 0) {
    builder.weight({.name = "q_a_proj", .role = Role::mixer, .out = mla.q_lora_rank, .in = h, .quantizable = true});
    add_norm(builder, NormKind::rms, mla.q_lora_rank, "q_a_norm", Shard::sequence);
    builder.weight({.name = "q_b_proj", .role = Role::q_proj, .shard = Shard::tensor, .out = heads * qk, .in = mla.q_lora_rank, .quantizable = true});
    add_linear_inputs(builder, "q_b_input", static_cast<double>(mla.q_lora_rank), {Role::q_proj}, Shard::sequence, false);
    add_linear_inputs(builder, "qkv_input", static_cast<double>(h), {Role::mixer}, Shard::sequence, false);
  } else {
    builder.weight({.name = "q_proj", .role = Role::q_proj, .shard = Shard::tensor, .out = heads * qk, .in = h, .quantizable = true});
    add_linear_inputs(builder, "qkv_input", static_cast<double>(h), {Role::q_proj, Role::mixer}, Shard::sequence, false);
  }
  builder.weight({.name = "kv_a_proj", .role = Role::mixer, .out = mla.kv_lora_rank + mla.qk_rope_head_dim, .in = h, .quantizable = true});
  add_norm(builder, NormKind::rms, mla.kv_lora_rank, "kv_a_norm", Shard::sequence);
  builder.weight({.name = "kv_b_proj", .role = Role::v_proj, .shard = Shard::tensor, .out = heads * (mla.qk_nope_head_dim + mla.v_head_dim),
                  .in = mla.kv_lora_rank, .quantizable = true});
  add_linear_inputs(builder, "kv_b_input", static_cast<double>(mla.kv_lora_rank), {Role::v_proj}, Shard::sequence, false);
  builder.weight({.name = "o_proj", .role = Role::o_proj, .shard = Shard::tensor, .out = h, .in = heads * mla.v_head_dim, .quantizable = true});
  if (mla.output_gate) {
    builder.weight({.name = "output_gate", .role = Role::other, .shard = Shard::tensor, .out = heads * mla.v_head_dim, .in = h, .quantizable = true});
  }
  add_indexer(builder, model);
  const double a = static_cast<double>(heads);
  const double d = static_cast<double>(qk);
  const double v = static_cast<double>(mla.v_head_dim);
  add_query_side(builder, a, d, v);
  builder.saved({.name = "key", .per_token = a * d, .shard = Shard::tensor});
  // The values are a slice of what kv_b_proj wrote, so attention kernels keep all of it; eager products copy the slice.
  const double kv_b = a * (static_cast<double>(mla.qk_nope_head_dim) + v);
  builder.saved({.name = "value_and_key_slice", .per_token = kv_b, .shard = Shard::tensor, .none = kEagerAttention});
  builder.saved({.name = "value", .per_token = a * v, .shard = Shard::tensor, .all = kEagerAttention});
  add_attention_transients(builder, static_cast<double>(h), a, a, d, v);
  block.pair_flops = 2 * a * (d + v);
  block.cache.kind = CacheKind::growing;
  block.cache.elements_per_token = static_cast<double>(mla.kv_lora_rank + mla.qk_rope_head_dim + mla.indexer_head_dim);
  block.cache.kv_heads = 1;  // every tensor-parallel rank keeps the whole latent
  return builder.end();
}

/// Attention of DeepSeek-V4 over the last tokens and over keys that each stand for several earlier ones. A layer that
/// pools four tokens has an indexer, pools overlapping groups, and keeps the indexer's keys at the same spacing.
std::int32_t compressed_attention_block(InventoryBuilder& builder, const ModelConfig& model, const LayerSpec& layer) {
  const LatentAttention& mla = model.latent;
  const std::int64_t h = model.hidden_size;
  const std::int64_t heads = model.attention.heads;
  const std::int64_t d = model.attention.head_dim;
  const std::int64_t ratio = layer.compression;
  const bool indexed = ratio == kIndexedCompression;
  builder.begin(BlockKind::latent_attention, ratio == 0 ? "attention over a window" : indexed ? "compressed sparse attention" : "heavily compressed attention");
  add_norm(builder, model.norm, h, "input_norm");
  builder.weight({.name = "q_a_proj", .role = Role::mixer, .out = mla.q_lora_rank, .in = h, .quantizable = true});
  add_norm(builder, NormKind::rms, mla.q_lora_rank, "q_a_norm", Shard::sequence);
  builder.weight({.name = "q_b_proj", .role = Role::q_proj, .shard = Shard::tensor, .out = heads * d, .in = mla.q_lora_rank, .quantizable = true});
  builder.weight({.name = "kv_proj", .role = Role::mixer, .out = d, .in = h, .bias = d, .quantizable = true});
  builder.weight({.name = "o_a_proj", .role = Role::mixer, .shard = Shard::tensor, .out = mla.o_lora_rank, .in = heads * d, .quantizable = true});
  builder.weight({.name = "o_b_proj", .role = Role::o_proj, .shard = Shard::tensor, .out = h, .in = mla.o_groups * mla.o_lora_rank, .quantizable = true});
  const std::int64_t overlap = indexed ? 2 : 1;
  const auto pool = [&](const char* name, std::int64_t width) {  // keys and their scores of a pooled group, offsets by place
    builder.weight({.name = name, .role = Role::other, .out = 2 * overlap * width, .in = h, .bias = ratio * overlap * width + width});
  };
  if (ratio > 0) pool("compressor", d);
  if (indexed) {
    add_indexer(builder, model);
    pool("indexer_compressor", mla.indexer_head_dim);
  }
  add_linear_inputs(builder, "qkv_input", static_cast<double>(h), {Role::mixer}, Shard::sequence, false);
  add_linear_inputs(builder, "q_b_input", static_cast<double>(mla.q_lora_rank), {Role::q_proj}, Shard::sequence, false);
  add_linear_inputs(builder, "o_b_input", static_cast<double>(mla.o_groups * mla.o_lora_rank), {Role::o_proj}, Shard::tensor, true);
  const double a = static_cast<double>(heads);
  const double width = static_cast<double>(d);
  add_query_side(builder, a, width, width);
  add_key_side(builder, a, 1, width, 0, false);
  add_attention_transients(builder, static_cast<double>(h), a, 1, width, width);
  Block& block = builder.block();
  block.cache.compression = ratio;
  if (ratio == 0) {
    block.pair_flops = 4 * a * width;
    block.window = block.cache.window = mla.cache_window;
    block.cache.kind = CacheKind::windowed;
    block.cache.elements_per_token = width;
    return builder.end();
  }
  const double share = 1.0 / static_cast<double>(ratio);
  const double pooled = width + (indexed ? static_cast<double>(mla.indexer_head_dim) : 0.0);
  block.pair_flops = 4 * a * width * share;
  block.cache.kind = CacheKind::growing;
  block.cache.elements_per_token = pooled * share;
  // The window in 16 bit; in fp32 keys and scores of the group that is being pooled.
  block.cache.constant_elements = static_cast<double>(mla.cache_window) * width / 2 + static_cast<double>(2 * overlap * overlap * ratio) * pooled;
  return builder.end();
}

}  // namespace vram
