// Gemma-3n: AltUp (several residual streams, one of which a layer computes) and Laurel (a low-rank path beside attention).
// Weights and what autograd keeps: Gemma3nTextAltUp and Gemma3nTextLaurelBlock of transformers 5.23.
// SPDX-License-Identifier: MIT
#include "inventory_builder.h"

namespace vram {

using namespace feature;

namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

/// How much of each stream goes where: a norm, a small matrix and a tanh in fp32. Predicting and correcting both ask it.
void add_router_saved(InventoryBuilder& builder, const ModelConfig& model) {
  add_norm_saved(builder, model.norm, model.hidden_size);
  builder.saved({.name = "altup_router_input", .per_token = real(model.hidden_size), .shard = Shard::sequence, .any = trains(Role::other)});
  builder.saved({.name = "altup_router_tanh", .per_token = real(model.altup.streams), .width = Width::fp32, .shard = Shard::sequence});
}

}  // namespace

void add_alternating_updates(InventoryBuilder& builder, const ModelConfig& model) {
  const std::int64_t h = model.hidden_size;
  const std::int64_t n = model.altup.streams;
  const std::int64_t rank = model.altup.laurel_rank;
  builder.weight({.name = "correct_output_scale", .role = Role::other, .out = h});
  builder.weight({.name = "correction_coefs", .role = Role::other, .out = n, .in = n});
  builder.weight({.name = "prediction_coefs", .role = Role::other, .out = n * n, .in = n});
  builder.weight({.name = "modality_router", .role = Role::other, .out = n, .in = h});
  builder.weight({.name = "router_norm", .role = Role::norm, .out = h});
  add_router_saved(builder, model);
  add_router_saved(builder, model);
  // The prediction is a product of all streams with n x n coefficients; the correction one of their common error with n.
  builder.saved({.name = "altup_streams", .per_token = real(n * h), .width = Width::residual, .shard = Shard::sequence});
  builder.saved({.name = "altup_innovation", .per_token = real(n * h), .width = Width::residual, .shard = Shard::sequence});
  builder.saved({.name = "altup_coefficients", .per_token = real(n * n + 3 * n), .shard = Shard::sequence});
  builder.saved({.name = "altup_corrected", .per_token = real(h), .width = Width::residual, .shard = Shard::sequence, .any = trains(Role::other)});
  builder.forward({.name = "altup_predictions", .per_token = 2 * real(n * h), .width = Width::residual, .none = kKeepsForward});
  builder.backward({.name = "altup_gradients", .per_token = 2 * real(n * h), .width = Width::residual});

  builder.weight({.name = "laurel_left", .role = Role::other, .out = rank, .in = h, .quantizable = true});
  builder.weight({.name = "laurel_right", .role = Role::other, .out = h, .in = rank, .quantizable = true});
  builder.saved({.name = "laurel_right_input", .per_token = real(rank), .shard = Shard::sequence, .any = trains(Role::other)});
  add_norm(builder, model.norm, h, "post_laurel_norm");
}

void add_stream_projections(InventoryBuilder& builder, const ModelConfig& model, std::string_view name) {
  const std::int64_t h = model.hidden_size;
  const std::int64_t others = model.altup.streams - 1;
  builder.weight({.name = name, .role = Role::other, .out = h, .in = h, .copies = others, .active_copies = others, .quantizable = true});
  // Each is scaled to the magnitude of the first stream: the projection, its square's mean and the quotient are kept.
  builder.saved({.name = "stream_scaling", .per_token = 3 * real(others * h), .shard = Shard::sequence});
}

}  // namespace vram
