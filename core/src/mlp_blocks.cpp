// Feed-forward blocks: plain, gated, mixture of experts.
// Weights: formulas 1.1, 1.6. What autograd keeps: formulas 5.1, 5.3, 5.4.
// SPDX-License-Identifier: MIT
#include "inventory_builder.h"

namespace vram {

using namespace feature;

void add_mlp_weights(InventoryBuilder& builder, MlpKind kind, std::int64_t width, std::int64_t inner, bool bias, bool fused_gate_up) {
  const std::int64_t b = bias ? 1 : 0;
  if (kind == MlpKind::gated) {
    builder.weight({.name = "gate_proj", .role = fused_gate_up ? Role::up_proj : Role::gate_proj, .shard = Shard::tensor, .out = inner, .in = width,
                    .bias = b * inner, .quantizable = true});
  }
  builder.weight({.name = "up_proj", .role = Role::up_proj, .shard = Shard::tensor, .out = inner, .in = width, .bias = b * inner, .quantizable = true,
                  .continues = fused_gate_up});
  builder.weight({.name = "down_proj", .role = Role::down_proj, .shard = Shard::tensor, .out = width, .in = inner, .bias = b * width, .quantizable = true});
}

namespace {

/// What the activation keeps beside its result, which the next product keeps.
void add_activation(InventoryBuilder& builder, double inner) {
  const auto kept = [&](std::string_view name, Width width, Features all = 0, Features none = 0) {
    builder.saved({.name = name, .per_token = inner, .width = width, .shard = Shard::tensor, .all = all, .none = none | kRecomputeMlp});
  };
  switch (builder.computation().activation) {
    case Activation::tanh_formula:
      // 0.5 x · (1 + tanh(c (x + 0.044 x³))): autocast runs the power, and what follows it, in fp32.
      kept("activation_input", Width::residual, kEagerGelu);
      kept("tanh", Width::residual, kEagerGelu, kRecomputeActivation);
      kept("one_plus_tanh", Width::residual, kEagerGelu, kRecomputeActivation);
      kept("half_input", Width::compute, kEagerGelu, kRecomputeActivation);
      kept("activation_input", Width::compute, 0, kEagerGelu);
      return;
    case Activation::quick_gelu:
      kept("activation_input", Width::compute);
      kept("sigmoid", Width::compute, kEagerGelu, kRecomputeActivation);
      return;
    case Activation::kernel:
    case Activation::bloom_gelu:
    case Activation::clamped_glu: kept("activation_input", Width::compute); return;
  }
}

/// The input of down_proj, kept where it trains or where its adapter reads it as it is.
void add_down_input(InventoryBuilder& builder, std::string_view name, double inner) {
  const Features recomputed = kRecomputeActivation | kRecomputeMlp;
  builder.saved({.name = name, .per_token = inner, .shard = Shard::tensor, .all = trains(Role::down_proj), .none = recomputed});
  builder.saved({.name = name, .per_token = inner, .shard = Shard::tensor, .all = adapts(Role::down_proj),
                 .none = trains(Role::down_proj) | kAdapterCopy | kAutocast | kLoraDropout | kPackedInputs | recomputed});
  builder.saved({.name = name, .per_token = inner, .width = Width::packed, .shard = Shard::tensor, .all = kPackedInputs, .none = trains(Role::down_proj) | recomputed});
  add_adapter_input(builder, inner, Role::down_proj, Shard::tensor, true);
}

}  // namespace

void add_mlp_saved(InventoryBuilder& builder, MlpKind kind, double inner) {
  if (kind == MlpKind::gated) {
    add_activation(builder, inner);
    builder.saved({.name = "mlp_up", .per_token = inner, .shard = Shard::tensor, .none = kRecomputeMlp});
    const bool wide = builder.computation().activation == Activation::tanh_formula;  // autocast leaves the result in fp32
    builder.saved({.name = "mlp_activated_gate", .per_token = inner, .width = wide ? Width::residual : Width::compute, .shard = Shard::tensor, .all = kSeparateGlu, .none = kRecomputeActivation | kRecomputeMlp});
    add_down_input(builder, "mlp_product", inner);
  } else if (kind == MlpKind::relu) {
    // ReLU keeps its result, which is also the input of down_proj: one storage.
    builder.saved({.name = "mlp_activated", .per_token = inner, .shard = Shard::tensor, .none = kRecomputeMlp});
    if (builder.computation().inner_dropout) {
      builder.saved({.name = "mlp_dropped", .per_token = inner, .shard = Shard::tensor, .all = kHiddenDropout | trains(Role::down_proj), .none = kRecomputeMlp});
    }
    add_adapter_input(builder, inner, Role::down_proj, Shard::tensor, true);
  } else {
    add_activation(builder, inner);
    add_down_input(builder, "mlp_activated", inner);
  }
  if (builder.computation().inner_dropout) {
    builder.saved({.name = "mlp_dropout_mask", .per_token = inner, .width = Width::byte, .shard = Shard::tensor, .all = kHiddenDropout, .none = kRecomputeMlp});
  }
}

namespace {

void add_mlp_transients(InventoryBuilder& builder, MlpKind kind, double width, double inner) {
  const bool gated = kind == MlpKind::gated;
  builder.forward({.name = "residual", .per_token = 2 * width, .width = Width::residual});
  builder.forward({.name = "norm", .per_token = 2 * width, .width = Width::residual, .none = kKeepsForward});
  builder.forward({.name = "mlp_inner", .per_token = (gated ? 3 : 2) * inner, .shard = Shard::tensor, .none = kKeepsForward});
  // Backward beside what is kept: gradients of the product, then of both factors while the product is already free
  // (if it was kept at all), then of the activation's input. The gradient of the residual stream lives throughout.
  builder.backward({.name = "residual_gradient", .per_token = width, .width = Width::residual});
  builder.backward({.name = "mlp_inner_gradient", .per_token = (gated ? 3 : 1) * inner, .shard = Shard::tensor});
  if (gated) {
    builder.backward({.name = "mlp_product_freed", .per_token = -inner, .shard = Shard::tensor, .all = kSeparateGlu,
                      .any = trains(Role::down_proj) | adapts(Role::down_proj), .none = kAdapterCopy | kRecomputeActivation});
  }
}

void add_post_norms(InventoryBuilder& builder, const ModelConfig& model) {
  if (model.norms_per_layer >= 4) add_norm(builder, model.norm, model.hidden_size, "post_mlp_norm");
}

}  // namespace

void add_per_layer_input(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t d = model.per_layer_embedding_size;
  if (d == 0) return;
  const std::int64_t h = model.hidden_size;
  const double width = static_cast<double>(d);
  builder.weight({.name = "per_layer_input_gate", .role = Role::other, .out = d, .in = h, .quantizable = true});
  builder.weight({.name = "per_layer_projection", .role = Role::other, .out = h, .in = d, .quantizable = true});
  builder.saved({.name = "per_layer_gate_input", .per_token = static_cast<double>(h), .shard = Shard::sequence, .any = trains(Role::other)});
  builder.saved({.name = "per_layer_gate", .per_token = width, .shard = Shard::sequence});
  builder.saved({.name = "per_layer_activated", .per_token = width, .shard = Shard::sequence});
  builder.saved({.name = "per_layer_product", .per_token = width, .shard = Shard::sequence, .any = trains(Role::other)});
  add_norm(builder, model.norm, h, "post_per_layer_input_norm");
}

std::int32_t mlp_block(InventoryBuilder& builder, const ModelConfig& model, FfnKind kind) {
  const std::int64_t h = model.hidden_size;
  std::int64_t inner = model.intermediate_size;
  if (kind == FfnKind::dense_first && model.dense_intermediate_size > 0) inner = model.dense_intermediate_size;
  if (kind == FfnKind::dense_extra) inner = model.extra_intermediate_size;
  if (kind == FfnKind::cross && model.cross_attention_intermediate_size > 0) inner = model.cross_attention_intermediate_size;
  const bool bias = model.mlp_bias && kind != FfnKind::cross;

  builder.begin(BlockKind::mlp, kind == FfnKind::dense ? "MLP" : kind == FfnKind::dense_first ? "MLP (dense layers)" : kind == FfnKind::cross ? "MLP (cross-attention layers)" : "MLP (wide layers)");
  if (model.norms_per_layer >= 2 || model.one_block_layers) add_norm(builder, model.norm, h, "post_attention_norm", Shard::sequence, model.parallel_residual);
  add_post_norms(builder, model);
  add_mlp_weights(builder, model.mlp, h, inner, bias, model.fused_gate_up);
  const bool shared = model.parallel_residual && model.norms_per_layer < 2;  // attention reads the same tokens and keeps them
  if (model.mlp == MlpKind::gated && !model.fused_gate_up) {
    add_linear_inputs(builder, "mlp_input", static_cast<double>(h), {Role::gate_proj, Role::up_proj}, Shard::sequence, false, shared);
  } else {
    add_linear_inputs(builder, "mlp_input", static_cast<double>(h), {Role::up_proj}, Shard::sequence, false, shared);
  }
  add_mlp_saved(builder, model.mlp, static_cast<double>(inner));
  add_dropout(builder, static_cast<double>(h));
  if (model.layer_scale) add_layer_scale(builder, h);
  if (kind != FfnKind::cross) add_per_layer_input(builder, model);
  add_mlp_transients(builder, model.mlp, static_cast<double>(h), static_cast<double>(inner));
  return builder.end();
}

std::int32_t moe_block(InventoryBuilder& builder, const ModelConfig& model) {
  const MoeConfig& moe = model.moe;
  const std::int64_t h = model.hidden_size;
  const std::int64_t width = moe.latent_size > 0 ? moe.latent_size : h;
  const std::int64_t inner = moe.moe_intermediate_size;
  const std::int64_t bias = moe.expert_bias ? 1 : 0;
  const bool gated = moe.expert_mlp == MlpKind::gated;

  builder.begin(BlockKind::moe, "mixture of experts");
  if (model.norms_per_layer >= 2 || model.one_block_layers) add_norm(builder, model.norm, h, "post_attention_norm");
  add_post_norms(builder, model);
  builder.weight({.name = "router", .role = Role::router, .out = moe.num_experts, .in = h,
                  .bias = (moe.router_bias ? moe.num_experts : 0) + (moe.router_correction_bias ? moe.num_experts : 0)});
  const auto expert = [&](std::string_view name, Role role, std::int64_t out, std::int64_t in) {
    builder.weight({.name = name, .role = role, .shard = Shard::expert, .out = out, .in = in, .bias = bias * out,
                    .copies = moe.num_experts, .active_copies = moe.num_experts_per_tok, .quantizable = true});
  };
  if (gated) expert("experts.gate_proj", Role::expert_gate_proj, inner, width);
  expert("experts.up_proj", Role::expert_up_proj, inner, width);
  expert("experts.down_proj", Role::expert_down_proj, width, inner);
  if (moe.latent_size > 0) {
    builder.weight({.name = "latent_down", .role = Role::mixer, .out = width, .in = h, .bias = moe.latent_norm ? width : 0, .quantizable = true});
    builder.weight({.name = "latent_up", .role = Role::mixer, .out = h, .in = width, .quantizable = true});
  }
  const double k = static_cast<double>(moe.num_experts_per_tok);
  const double f = static_cast<double>(inner);
  const Features down = trains(Role::expert_down_proj) | adapts(Role::expert_down_proj);
  const Features up = trains(Role::expert_up_proj) | trains(Role::expert_gate_proj) | adapts(Role::expert_up_proj) | adapts(Role::expert_gate_proj);
  const auto kept = [&](std::string_view name, double per_token, Features all = 0, Features any = 0, Features none = 0) {
    builder.saved({.name = name, .per_token = per_token, .width = Width::expert, .shard = Shard::expert, .all = all, .any = any, .none = none});
  };
  if (model.computation.router_fp32) {
    builder.saved({.name = "router_input_fp32", .per_token = static_cast<double>(h), .width = Width::fp32, .shard = Shard::sequence,
                   .all = kEagerNorm | kLowPrecision | trains(Role::router), .none = kAutocast});
  }
  builder.saved({.name = "router_probabilities", .per_token = static_cast<double>(moe.num_experts), .width = Width::fp32, .shard = Shard::sequence, .all = kEagerNorm});
  // Which token goes where: the chosen experts, their order and its inverse.
  builder.saved({.name = "routing_indices", .per_token = 4 * k, .width = Width::int64, .shard = Shard::sequence, .all = kEagerExperts});
  kept("dispatched_tokens", k * static_cast<double>(width), 0, up);
  if (gated) kept("expert_gate", k * f, 0, 0, kRecomputeMlp);
  kept("expert_up", k * f, 0, 0, kRecomputeMlp);
  if (model.computation.activation == Activation::clamped_glu) {
    // Clamp keeps what it reads; gate · sigmoid(gate) · (up + 1) keeps every factor.
    for (const std::string_view name : {"clamped_gate", "gate_sigmoid", "activated_gate", "up_plus_one"}) {
      kept(name, k * f, kEagerGelu, 0, kRecomputeActivation | kRecomputeMlp);
    }
  } else if (gated) {
    kept("expert_activated_gate", k * f, kSeparateGlu, 0, kRecomputeActivation | kRecomputeMlp);
  }
  kept("expert_product", k * f, 0, down, kRecomputeActivation | kRecomputeMlp);
  kept("expert_output", k * static_cast<double>(width), kSeparateGlu);

  if (moe.shared_intermediate_size > 0) {
    add_mlp_weights(builder, gated ? MlpKind::gated : moe.expert_mlp, h, moe.shared_intermediate_size, false);
    add_mlp_saved(builder, gated ? MlpKind::gated : moe.expert_mlp, static_cast<double>(moe.shared_intermediate_size));
    if (moe.shared_expert_gate) {
      builder.weight({.name = "shared_expert_gate", .role = Role::other, .out = 1, .in = h});
      builder.saved({.name = "shared_expert_output", .per_token = static_cast<double>(h), .shard = Shard::sequence, .all = kSeparateGlu});
    }
  }
  if (moe.dense_residual_mlp) {
    add_mlp_weights(builder, model.mlp, h, model.intermediate_size, model.mlp_bias);
    add_mlp_saved(builder, model.mlp, static_cast<double>(model.intermediate_size));
  }
  // Router and shared experts read the same tokens; under autocast each copies them.
  if (moe.shared_intermediate_size > 0 || moe.dense_residual_mlp) {
    add_linear_inputs(builder, "mlp_input", static_cast<double>(h), {Role::router, Role::gate_proj, Role::up_proj}, Shard::sequence, false);
  } else {
    add_linear_inputs(builder, "router_input", static_cast<double>(h), {Role::router}, Shard::sequence, false);
  }
  add_per_layer_input(builder, model);
  if (moe.extra_per_layer > 0) builder.weight({.name = "extra", .role = Role::other, .out = moe.extra_per_layer});

  const double parts = gated ? 3.0 : 2.0;
  const double shared = static_cast<double>(moe.shared_intermediate_size);
  builder.forward({.name = "residual", .per_token = 2 * static_cast<double>(h), .width = Width::residual});
  builder.forward({.name = "norm", .per_token = 2 * static_cast<double>(h), .width = Width::residual, .none = kKeepsForward});
  builder.forward({.name = "expert_tokens", .per_token = k * static_cast<double>(width), .none = kKeepsForward});
  builder.forward({.name = "expert_inner", .per_token = k * parts * f, .shard = Shard::expert, .none = kKeepsForward});
  builder.forward({.name = "shared_inner", .per_token = parts * shared, .shard = Shard::tensor, .none = kKeepsForward});
  builder.backward({.name = "residual_gradient", .per_token = 2 * static_cast<double>(h), .width = Width::residual});
  builder.backward({.name = "expert_inner_gradient", .per_token = k * (static_cast<double>(width) + parts * f), .shard = Shard::expert});
  return builder.end();
}

}  // namespace vram
