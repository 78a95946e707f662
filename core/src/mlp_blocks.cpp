// Feed-forward blocks: plain, gated, mixture of experts.
// Weights: formulas 1.1, 1.6. What autograd keeps: formulas 5.1, 5.3, 5.4.
// SPDX-License-Identifier: MIT
#include "inventory_builder.h"

namespace vram {

using namespace feature;

void add_mlp_weights(InventoryBuilder& builder, MlpKind kind, std::int64_t width, std::int64_t inner, bool bias) {
  const std::int64_t b = bias ? 1 : 0;
  if (kind == MlpKind::gated) {
    builder.weight({.name = "gate_proj", .role = Role::gate_proj, .shard = Shard::tensor, .out = inner, .in = width, .bias = b * inner, .quantizable = true});
  }
  builder.weight({.name = "up_proj", .role = Role::up_proj, .shard = Shard::tensor, .out = inner, .in = width, .bias = b * inner, .quantizable = true});
  builder.weight({.name = "down_proj", .role = Role::down_proj, .shard = Shard::tensor, .out = width, .in = inner, .bias = b * width, .quantizable = true});
}

void add_mlp_saved(InventoryBuilder& builder, MlpKind kind, double inner) {
  const Features down = trains(Role::down_proj) | adapts(Role::down_proj);
  if (kind == MlpKind::gated) {
    builder.saved({.name = "mlp_gate", .per_token = inner, .shard = Shard::tensor, .none = kRecomputeMlp});
    builder.saved({.name = "mlp_up", .per_token = inner, .shard = Shard::tensor, .none = kRecomputeMlp});
    builder.saved({.name = "mlp_activated_gate", .per_token = inner, .shard = Shard::tensor, .all = kSeparateGlu, .none = kRecomputeActivation | kRecomputeMlp});
    builder.saved({.name = "mlp_product", .per_token = inner, .shard = Shard::tensor, .any = down, .none = kRecomputeActivation | kRecomputeMlp});
  } else if (kind == MlpKind::relu) {
    // ReLU keeps its result, which is also the input of down_proj: one storage.
    builder.saved({.name = "mlp_activated", .per_token = inner, .shard = Shard::tensor, .none = kRecomputeMlp});
  } else {
    builder.saved({.name = "mlp_up", .per_token = inner, .shard = Shard::tensor, .none = kRecomputeMlp});
    builder.saved({.name = "mlp_activated", .per_token = inner, .shard = Shard::tensor, .any = down, .none = kRecomputeActivation | kRecomputeMlp});
  }
  builder.saved({.name = "adapter_input", .per_token = inner, .width = Width::adapter, .shard = Shard::tensor,
                 .all = kAdapterCopy | adapts(Role::down_proj), .none = kAutocast});
}

namespace {

void add_mlp_transients(InventoryBuilder& builder, MlpKind kind, double width, double inner) {
  const bool gated = kind == MlpKind::gated;
  builder.forward({.name = "residual_and_norm", .per_token = 4 * width, .width = Width::residual});
  builder.forward({.name = "mlp_inner", .per_token = (gated ? 3 : 2) * inner, .shard = Shard::tensor});
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

std::int32_t mlp_block(InventoryBuilder& builder, const ModelConfig& model, FfnKind kind) {
  const std::int64_t h = model.hidden_size;
  std::int64_t inner = model.intermediate_size;
  if (kind == FfnKind::dense_first && model.dense_intermediate_size > 0) inner = model.dense_intermediate_size;
  if (kind == FfnKind::dense_extra) inner = model.extra_intermediate_size;
  if (kind == FfnKind::cross && model.cross_attention_intermediate_size > 0) inner = model.cross_attention_intermediate_size;
  const bool bias = model.mlp_bias && kind != FfnKind::cross;

  builder.begin(BlockKind::mlp, kind == FfnKind::dense ? "MLP" : kind == FfnKind::dense_first ? "MLP (dense layers)" : kind == FfnKind::cross ? "MLP (cross-attention layers)" : "MLP (wide layers)");
  if (model.norms_per_layer >= 2 || model.one_block_layers) add_norm(builder, model.norm, h, "post_attention_norm");
  add_post_norms(builder, model);
  add_mlp_weights(builder, model.mlp, h, inner, bias);
  if (model.mlp == MlpKind::gated && !model.fused_gate_up) {
    add_linear_inputs(builder, "mlp_input", static_cast<double>(h), {Role::gate_proj, Role::up_proj}, Shard::sequence, false);
  } else {
    add_linear_inputs(builder, "mlp_input", static_cast<double>(h), {Role::up_proj}, Shard::sequence, false);
  }
  add_mlp_saved(builder, model.mlp, static_cast<double>(inner));
  builder.saved({.name = "dropout_mask", .per_token = static_cast<double>(h), .width = Width::byte, .shard = Shard::sequence, .all = kHiddenDropout});
  if (model.layer_scale) add_layer_scale(builder, h);
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
  builder.saved({.name = "router_input", .per_token = static_cast<double>(h), .shard = Shard::sequence, .any = trains(Role::router), .none = kRecomputeNorm | up});
  builder.saved({.name = "router_probabilities", .per_token = static_cast<double>(moe.num_experts), .width = Width::fp32, .shard = Shard::sequence, .all = kEagerNorm});
  builder.saved({.name = "dispatched_tokens", .per_token = k * static_cast<double>(width), .shard = Shard::expert, .any = up});
  if (gated) {
    builder.saved({.name = "expert_gate", .per_token = k * f, .shard = Shard::expert, .none = kRecomputeMlp});
    builder.saved({.name = "expert_activated_gate", .per_token = k * f, .shard = Shard::expert, .all = kSeparateGlu, .none = kRecomputeActivation | kRecomputeMlp});
  }
  builder.saved({.name = "expert_up", .per_token = k * f, .shard = Shard::expert, .none = kRecomputeMlp});
  builder.saved({.name = "expert_product", .per_token = k * f, .shard = Shard::expert, .any = down, .none = kRecomputeActivation | kRecomputeMlp});
  builder.saved({.name = "expert_output", .per_token = k * static_cast<double>(width), .shard = Shard::expert, .all = kSeparateGlu});

  if (moe.shared_intermediate_size > 0) {
    add_mlp_weights(builder, gated ? MlpKind::gated : moe.expert_mlp, h, moe.shared_intermediate_size, false);
    add_mlp_saved(builder, gated ? MlpKind::gated : moe.expert_mlp, static_cast<double>(moe.shared_intermediate_size));
    if (moe.shared_expert_gate) builder.weight({.name = "shared_expert_gate", .role = Role::other, .out = 1, .in = h});
  }
  if (moe.dense_residual_mlp) {
    add_mlp_weights(builder, model.mlp, h, model.intermediate_size, model.mlp_bias);
    add_mlp_saved(builder, model.mlp, static_cast<double>(model.intermediate_size));
  }
  add_linear_inputs(builder, "mlp_input", static_cast<double>(h), {Role::up_proj}, Shard::sequence, false);
  if (moe.extra_per_layer > 0) builder.weight({.name = "extra", .role = Role::other, .out = moe.extra_per_layer});

  const double parts = gated ? 3.0 : 2.0;
  const double shared = static_cast<double>(moe.shared_intermediate_size);
  builder.forward({.name = "residual_and_norm", .per_token = 4 * static_cast<double>(h), .width = Width::residual});
  builder.forward({.name = "expert_inner", .per_token = k * (static_cast<double>(width) + parts * f) + parts * shared, .shard = Shard::expert});
  builder.backward({.name = "residual_gradient", .per_token = 2 * static_cast<double>(h), .width = Width::residual});
  builder.backward({.name = "expert_inner_gradient", .per_token = k * (static_cast<double>(width) + parts * f), .shard = Shard::expert});
  return builder.end();
}

}  // namespace vram
