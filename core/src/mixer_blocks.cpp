// Token mixers without softmax: gated delta net, Kimi delta attention, lightning attention, Mamba 1 and 2, short convolution.
// Weights: formulas 1.9. What autograd keeps follows the fused kernels (flash-linear-attention, mamba-ssm): their inputs
// and outputs, while the states inside a chunk are recomputed; Mamba's scan without its kernels keeps every state (slow_scan).
// State per sequence: formulas 9.
// SPDX-License-Identifier: MIT
#include <algorithm>

#include "inventory_builder.h"

namespace vram {

namespace {

/// Tokens that one step of a chunked linear-attention kernel works on.
constexpr std::int64_t kChunk = 64;

double real(std::int64_t value) { return static_cast<double>(value); }

void linear(InventoryBuilder& builder, std::string_view name, std::int64_t out, std::int64_t in, std::int64_t bias = 0) {
  builder.weight({.name = name, .role = Role::mixer, .shard = Shard::tensor, .out = out, .in = in, .bias = bias, .quantizable = true});
}

/// Depthwise convolution over time: `width` channels, each with its own short filter.
void short_filter(InventoryBuilder& builder, std::int64_t width, std::int64_t kernel, bool bias) {
  builder.weight({.name = "conv1d", .role = Role::other, .shard = Shard::tensor, .out = width, .in = kernel, .bias = bias ? width : 0});
}

void vector(InventoryBuilder& builder, std::string_view name, std::int64_t elements) {
  builder.weight({.name = name, .role = Role::other, .shard = Shard::tensor, .out = elements});
}

void kept(InventoryBuilder& builder, std::string_view name, double per_token, Width width = Width::compute) {
  builder.saved({.name = name, .per_token = per_token, .width = width, .shard = Shard::tensor});
}

void begin(InventoryBuilder& builder, const ModelConfig& model, BlockKind kind, std::string_view label) {
  builder.begin(kind, std::string(label));
  add_norm(builder, model.norm, model.hidden_size, "input_norm");
  add_linear_inputs(builder, "mixer_input", real(model.hidden_size), {Role::mixer}, Shard::sequence, false);
}

/// What the last linear of a mixer keeps of its input.
void out_input(InventoryBuilder& builder, double inner) { add_linear_inputs(builder, "out_proj_input", inner, {Role::mixer}, Shard::tensor, true); }

/// The last linear of a mixer reads `inner` features; `projected` is what the first ones wrote.
std::int32_t end(InventoryBuilder& builder, const ModelConfig& model, double projected, double inner) {
  out_input(builder, inner);
  builder.saved({.name = "dropout_mask", .per_token = real(model.hidden_size), .width = Width::byte, .shard = Shard::sequence,
                 .all = feature::kHiddenDropout});
  builder.forward({.name = "residual_and_norm", .per_token = 2 * real(model.hidden_size), .width = Width::residual});
  builder.forward({.name = "mixer_inner", .per_token = projected + inner, .shard = Shard::tensor});
  builder.backward({.name = "residual_gradient", .per_token = 2 * real(model.hidden_size), .width = Width::residual});
  builder.backward({.name = "mixer_inner_gradient", .per_token = projected + inner, .shard = Shard::tensor});
  return builder.end();
}

/// A state of key × value per head is updated and read once per token (two multiply-adds per element). Written as
/// pairs: every token meets `key_dim` columns of width `heads × value_dim`.
void state(InventoryBuilder& builder, std::int64_t heads, std::int64_t key_dim, std::int64_t value_dim, std::int64_t convolved) {
  Block& block = builder.block();
  block.kv_heads = heads;
  block.window = key_dim;
  block.pair_flops = 4 * real(heads) * real(value_dim);
  block.cache.kind = CacheKind::constant;
  block.cache.kv_heads = heads;
  block.cache.constant_elements = real(heads) * real(key_dim) * real(value_dim) + real(convolved);
  block.cache.convolved_elements = real(convolved);
}

}  // namespace

std::int32_t gated_deltanet_block(InventoryBuilder& builder, const ModelConfig& model) {
  const LinearAttention& la = model.linear;
  const std::int64_t h = model.hidden_size;
  const std::int64_t keys = la.num_key_heads * la.key_head_dim;
  const std::int64_t values = la.num_value_heads * la.value_head_dim;
  const std::int64_t mixed = 2 * keys + values;
  begin(builder, model, BlockKind::linear_attention, "gated delta net");
  linear(builder, "in_proj_qkv", mixed, h);
  builder.weight({.name = "in_proj_z", .role = Role::mixer, .shard = Shard::tensor, .out = values, .in = h, .quantizable = true, .continues = true});
  linear(builder, "in_proj_ba", 2 * la.num_value_heads, h);
  short_filter(builder, mixed, la.conv_kernel, false);
  vector(builder, "dt_bias,A_log", 2 * la.num_value_heads);
  builder.weight({.name = "gated_norm", .role = Role::norm, .out = la.value_head_dim});
  linear(builder, "out_proj", h, values);
  kept(builder, "conv_input", real(mixed));
  kept(builder, "conv_output", real(mixed));
  kept(builder, "normalised_query_key", 2 * real(la.num_value_heads * la.key_head_dim));
  kept(builder, "decay_and_beta", 2 * real(la.num_value_heads), Width::fp32);
  kept(builder, "chunk_matrix", real(la.num_value_heads * kChunk));
  kept(builder, "core_output", real(values));
  kept(builder, "output_gate", real(values));
  state(builder, la.num_value_heads, la.key_head_dim, la.value_head_dim, (la.conv_kernel - 1) * mixed);
  builder.block().cache.state_fp32 = la.state_fp32;
  builder.block().cache.convolution_width = real(mixed);
  return end(builder, model, real(mixed + values), real(values));
}

std::int32_t kda_block(InventoryBuilder& builder, const ModelConfig& model) {
  const LinearAttention& la = model.linear;
  const std::int64_t h = model.hidden_size;
  const std::int64_t width = la.num_heads * la.head_dim;
  begin(builder, model, BlockKind::linear_attention, "Kimi delta attention");
  linear(builder, "qkv_proj", 3 * width, h);
  short_filter(builder, 3 * width, la.conv_kernel, false);
  vector(builder, "A_log", la.num_heads);
  linear(builder, "decay_down", la.head_dim, h);
  linear(builder, "decay_up", width, la.head_dim);
  vector(builder, "dt_bias", width);
  linear(builder, "beta_proj", la.num_heads, h);
  if (la.full_rank_gate) {
    linear(builder, "gate_proj", width, h);
  } else {
    linear(builder, "gate_down", la.head_dim, h);
    linear(builder, "gate_up", width, la.head_dim);
  }
  builder.weight({.name = "gated_norm", .role = Role::norm, .out = la.head_dim});
  linear(builder, "out_proj", h, width);
  kept(builder, "conv_input", 3 * real(width));
  kept(builder, "conv_output", 3 * real(width));
  kept(builder, "normalised_query_key", 2 * real(width));
  kept(builder, "decay", real(width), Width::fp32);
  kept(builder, "low_rank_inputs", 2 * real(la.head_dim));
  kept(builder, "chunk_matrices", 2 * real(la.num_heads * kChunk));
  kept(builder, "core_output", real(width));
  kept(builder, "output_gate", real(width));
  state(builder, la.num_heads, la.head_dim, la.head_dim, (la.conv_kernel - 1) * 3 * width);
  return end(builder, model, 5 * real(width), real(width));
}

std::int32_t lightning_block(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  const std::int64_t heads = model.attention.heads;
  const std::int64_t dim = model.attention.head_dim > 0 ? model.attention.head_dim : h / std::max<std::int64_t>(1, heads);
  const std::int64_t width = heads * dim;
  begin(builder, model, BlockKind::linear_attention, "lightning attention");
  linear(builder, "qkv_proj", 3 * width, h);
  linear(builder, "output_gate", width, h);
  builder.weight({.name = "gated_norm", .role = Role::norm, .out = width});
  linear(builder, "out_proj", h, width);
  kept(builder, "qkv_before_silu", 3 * real(width));
  kept(builder, "query_key_value", 3 * real(width));
  kept(builder, "core_output", real(width));
  kept(builder, "output_gate", 2 * real(width));
  state(builder, heads, dim, dim, 0);
  return end(builder, model, 4 * real(width), real(width));
}

namespace {

/// Mamba's scan written in PyTorch (Transformers, selective_scan_fn without mamba-ssm): decay and input of every state for every
/// token, the state after every token in fp32 and as the product with C reads it, and what the elementwise steps around read.
/// D = channels, N = states of each: 12 D N bytes a token, 14 where the model computes in 16 bit.
/// Measured tensor by tensor: tests/measured/pytorch-moe.json, Mamba-130M and Jamba.
void slow_scan(InventoryBuilder& builder, double inner, double states, double kernel) {
  constexpr Features kNarrow = feature::kLowPrecision | feature::kAutocast;
  constexpr Features kSlow = feature::kSlowScan;
  const double all = inner * states;
  // Decay, input and state; what the gate multiplies.
  builder.saved({.name = "states", .per_token = 3 * all + inner, .width = Width::fp32, .shard = Shard::tensor, .all = kSlow});
  // Inputs of softplus, of the convolution's activation (padded in front) and of x_proj, the activated gate; the first state.
  builder.saved({.name = "scan_inputs", .per_token = 4 * inner, .per_sample = (kernel - 1) * inner + all, .shard = Shard::tensor, .all = kSlow});
  // In 16 bit: states as the product with C reads them, which is all that reads the last; the input in fp32.
  builder.saved({.name = "narrow_states", .per_token = all, .shard = Shard::tensor, .all = kSlow, .any = kNarrow});
  builder.saved({.name = "wide_input", .per_token = inner, .per_sample = -all, .width = Width::fp32, .shard = Shard::tensor, .all = kSlow, .any = kNarrow});
  // Inputs of all states live until the loop ends; without backward, decay and input matrix do as well.
  builder.forward({.name = "state_inputs", .per_token = all, .width = Width::fp32, .shard = Shard::tensor, .all = kSlow});
  builder.forward({.name = "decay_and_input", .per_token = 2 * all, .width = Width::fp32, .shard = Shard::tensor, .all = kSlow, .none = feature::kKeepsForward});
  // Each step's gradient is as wide as all of them: two sums, the step's own, and the new sum.
  builder.backward({.name = "state_gradients", .per_token = 4 * all, .width = Width::fp32, .shard = Shard::tensor, .all = kSlow});
}

}  // namespace

std::int32_t mamba1_block(InventoryBuilder& builder, const ModelConfig& model) {
  const MambaConfig& m = model.mamba;
  const std::int64_t h = model.hidden_size;
  const std::int64_t inner = m.expand * h;
  begin(builder, model, BlockKind::state_space, "Mamba");
  linear(builder, "in_proj", 2 * inner, h);
  short_filter(builder, inner, m.d_conv, m.conv_bias);
  linear(builder, "x_proj", m.dt_rank + 2 * m.d_state, inner);
  linear(builder, "dt_proj", inner, m.dt_rank, inner);
  builder.weight({.name = "A_log", .role = Role::other, .shard = Shard::tensor, .out = inner, .in = m.d_state});
  vector(builder, "D", inner);
  linear(builder, "out_proj", h, inner);
  if (m.inner_norms) {
    builder.weight({.name = "dt_norm,b_norm,c_norm", .role = Role::norm, .out = m.dt_rank + 2 * m.d_state});
    kept(builder, "inner_norm_inputs", real(m.dt_rank + 2 * m.d_state));
  }
  kept(builder, "conv_input_and_gate", 2 * real(inner));
  kept(builder, "conv_output", real(inner));
  kept(builder, "time_step_input", real(m.dt_rank));
  kept(builder, "time_step", real(inner));
  kept(builder, "state_inputs", 2 * real(m.d_state));
  builder.saved({.name = "scan_output", .per_token = real(inner), .shard = Shard::tensor, .none = feature::kSlowScan});
  slow_scan(builder, real(inner), real(m.d_state), real(m.d_conv));
  state(builder, 1, m.d_state, inner, (m.d_conv - 1) * inner);
  builder.block().cache.kv_heads = inner;  // tensor parallelism splits the channels
  return end(builder, model, 2 * real(inner), real(inner));
}

namespace {

struct Mamba2Widths {
  std::int64_t inner, mixed, projected;
};

Mamba2Widths widths_of(const MambaConfig& m) {
  const std::int64_t inner = m.num_heads * m.head_dim;
  const std::int64_t mixed = inner + 2 * m.n_groups * m.d_state;
  return {inner, mixed, inner + mixed + m.num_heads};
}

void add_mamba2_core(InventoryBuilder& builder, const ModelConfig& model) {
  const MambaConfig& m = model.mamba;
  const std::int64_t h = model.hidden_size;
  const Mamba2Widths w = widths_of(m);
  linear(builder, "in_proj", w.projected, h, m.in_bias ? w.projected : 0);
  short_filter(builder, w.mixed, m.d_conv, m.conv_bias);
  vector(builder, "dt_bias,A_log,D", 3 * m.num_heads);
  if (m.gated_norm) builder.weight({.name = "gated_norm", .role = Role::norm, .shard = Shard::tensor, .out = w.inner});
  linear(builder, "out_proj", h, w.inner, m.out_bias ? h : 0);
  kept(builder, "projected", real(w.projected));
  kept(builder, "scan_output", real(w.inner));
  kept(builder, "time_step", real(m.num_heads), Width::fp32);
}

}  // namespace

std::int32_t mamba2_block(InventoryBuilder& builder, const ModelConfig& model) {
  const MambaConfig& m = model.mamba;
  const Mamba2Widths w = widths_of(m);
  begin(builder, model, BlockKind::state_space, "Mamba-2");
  add_mamba2_core(builder, model);
  state(builder, m.num_heads, m.d_state, m.head_dim, (m.d_conv - 1) * w.mixed);
  return end(builder, model, real(w.projected), real(w.inner));
}

void add_mamba2(InventoryBuilder& builder, const ModelConfig& model) {
  const MambaConfig& m = model.mamba;
  const Mamba2Widths w = widths_of(m);
  add_mamba2_core(builder, model);
  out_input(builder, real(w.inner));
  builder.forward({.name = "mixer_inner", .per_token = real(w.projected + w.inner), .shard = Shard::tensor});
  builder.backward({.name = "mixer_inner_gradient", .per_token = real(w.projected + w.inner), .shard = Shard::tensor});
  // The keys and values of attention grow beside a state that does not.
  Block& block = builder.block();
  block.token_flops += 4 * real(w.inner) * real(m.d_state);
  block.cache.convolved_elements = real((m.d_conv - 1) * w.mixed);
  block.cache.constant_elements = real(w.inner) * real(m.d_state) + block.cache.convolved_elements;
}

std::int32_t short_conv_block(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  begin(builder, model, BlockKind::short_conv, "short convolution");
  linear(builder, "in_proj", 3 * h, h);
  short_filter(builder, h, model.short_conv_kernel, false);
  linear(builder, "out_proj", h, h);
  kept(builder, "gates_and_input", 3 * real(h));
  kept(builder, "conv_input", real(h));
  kept(builder, "conv_output", real(h));
  Block& block = builder.block();
  block.cache.kind = CacheKind::constant;
  block.cache.constant_elements = real((model.short_conv_kernel - 1) * h);
  block.cache.kv_heads = h;
  return end(builder, model, 3 * real(h), real(h));
}

}  // namespace vram
