// Parts that several architectures share: norms, linear inputs, stacks.
// SPDX-License-Identifier: MIT
#include "inventory_builder.h"

#include <algorithm>

namespace vram {

using namespace feature;

void add_stack(Inventory& inventory, Stack stack) {
  const auto count = [&inventory](std::int32_t block) {
    if (block >= 0) ++inventory.blocks[static_cast<std::size_t>(block)].repeat;
  };
  for (const std::int32_t block : stack.before) count(block);
  for (const std::int32_t block : stack.after) count(block);
  for (const Layer& layer : stack.layers) {
    count(layer.mixer);
    count(layer.ffn);
    const auto found = std::find(stack.distinct.begin(), stack.distinct.end(), layer);
    if (found == stack.distinct.end()) {
      stack.distinct.push_back(layer);
      stack.distinct_count.push_back(1);
    } else {
      ++stack.distinct_count[static_cast<std::size_t>(found - stack.distinct.begin())];
    }
  }
  inventory.stacks.push_back(std::move(stack));
}

std::int64_t norm_elements(NormKind kind, std::int64_t dim) {
  switch (kind) {
    case NormKind::rms:
    case NormKind::layer_no_bias: return dim;
    case NormKind::layer: return 2 * dim;
    case NormKind::layer_nonparametric: return 0;
  }
  return 0;
}

void add_norm(InventoryBuilder& builder, NormKind kind, std::int64_t dim, std::string_view name, Shard shard, bool input_kept) {
  builder.weight({.name = name, .role = Role::norm, .out = dim, .bias = norm_elements(kind, dim) - dim});
  add_norm_saved(builder, kind, dim, shard, input_kept);
}

void add_norm_saved(InventoryBuilder& builder, NormKind kind, std::int64_t dim, Shard shard, bool input_kept) {
  const bool rms = kind == NormKind::rms;
  const double d = static_cast<double>(dim);
  const Features needed = kInputGradient | trains(Role::norm);
  if (rms) {
    // Written in elementwise PyTorch: pow and mul keep one fp32 copy of the input for its gradient, the last mul keeps
    // the normalised values only when the gain trains. Fused: the input itself, in the width of the residual stream.
    const Width normalised = builder.computation().gain_fp32 ? Width::fp32 : Width::residual;
    builder.saved({.name = "norm_input_fp32", .per_token = d, .width = Width::fp32, .shard = shard, .all = kEagerNorm | kInputGradient});
    if (builder.computation().norm_keeps_narrow) {
      builder.saved({.name = "norm_input", .per_token = d, .width = Width::residual, .shard = shard, .all = kEagerNorm | kInputGradient | kLowPrecision,
                     .none = kAutocast});
    }
    builder.saved({.name = "norm_normalised", .per_token = d, .width = normalised, .shard = shard, .all = kEagerNorm | trains(Role::norm)});
    builder.saved({.name = "norm_input", .per_token = d, .width = Width::residual, .shard = shard, .any = needed, .none = kEagerNorm});
    builder.saved({.name = "norm_rstd", .per_token = 1, .width = Width::fp32, .shard = shard, .any = needed});
  } else {
    builder.saved({.name = "norm_input", .per_token = input_kept ? 0.0 : d, .width = Width::residual, .shard = shard, .any = needed});
    builder.saved({.name = "norm_mean_rstd", .per_token = 2, .width = Width::fp32, .shard = shard, .any = needed});
  }
}

void add_adapter_input(InventoryBuilder& builder, double dim, Role role, Shard shard, bool narrow_input, Features all, Features none) {
  // Adapters of another dtype cast the input for themselves; under autocast the cast goes back to the compute dtype.
  all |= adapts(role);
  builder.saved({.name = "adapter_input", .per_token = dim, .width = Width::adapter, .shard = shard, .all = kAdapterCopy | all,
                 .none = kAutocast | kLoraDropout | none});
  if (narrow_input) {
    builder.saved({.name = "adapter_input", .per_token = dim, .shard = shard, .all = kAutocast | all, .none = kLoraDropout | none});
  }
  builder.saved({.name = "adapter_dropped_input", .per_token = dim, .width = Width::adapter, .shard = shard,
                 .all = kLoraDropout | all, .none = kAutocast | none});
  builder.saved({.name = "adapter_dropped_input", .per_token = dim, .shard = shard, .all = kLoraDropout | kAutocast | all, .none = none});
  builder.saved({.name = "adapter_dropout_mask", .per_token = dim, .width = Width::byte, .shard = shard, .all = kLoraDropout | all, .none = none});
}

void add_dropout(InventoryBuilder& builder, double width) {
  builder.saved({.name = "dropout_mask", .per_token = width, .width = Width::byte, .shard = Shard::sequence, .all = kHiddenDropout});
}

void add_linear_inputs(InventoryBuilder& builder, std::string_view name, double dim, std::initializer_list<Role> readers,
                       Shard shard, bool narrow_input, bool kept_elsewhere) {
  Features any = 0;
  for (const Role role : readers) any |= trains(role);
  // One shared storage for every weight that trains; adapters share it when they compute in the same dtype.
  const Features recomputed = narrow_input ? Features{0} : kRecomputeNorm;
  const double own = kept_elsewhere ? 0.0 : dim;
  builder.saved({.name = name, .per_token = own, .shard = shard, .any = any, .none = recomputed | (narrow_input ? 0 : kAutocast)});
  Features adapters = 0;
  for (const Role role : readers) adapters |= adapts(role);
  builder.saved({.name = name, .per_token = own, .shard = shard, .any = adapters,
                 .none = any | kAdapterCopy | kLoraDropout | kAutocast | kPackedInputs | recomputed});
  builder.saved({.name = name, .per_token = own, .width = Width::packed, .shard = shard, .all = kPackedInputs, .none = any | recomputed});
  Features fused = 0;
  Features before = 0;
  for (const Role role : readers) {
    // Autocast does not cache activations: every linear makes and keeps its own low-precision copy.
    if (!narrow_input) {
      builder.saved({.name = name, .per_token = dim, .shard = shard, .all = kAutocast, .any = trains(role), .none = recomputed | fused});
      builder.saved({.name = name, .per_token = dim, .shard = shard, .all = kAutocast | adapts(role), .none = recomputed | kLoraDropout});
    }
    // One adapter for q, k and v of one matrix: the first that is adapted keeps the input for all.
    add_adapter_input(builder, dim, role, shard, narrow_input, 0, before != 0 ? kGroupedQkv : 0);
    if (before != 0) add_adapter_input(builder, dim, role, shard, narrow_input, kGroupedQkv, before);
    if (role != *readers.begin()) {
      const Features one_matrix = role == Role::k_proj || role == Role::v_proj ? kGroupedQkv : 0;
      builder.saved({.name = name, .per_token = dim, .width = Width::packed_again, .shard = shard, .all = kPackedInputs, .none = any | recomputed | one_matrix});
    }
    if (role == Role::q_proj) fused = kFusedQkv;  // k and v read what q read
    if (role == Role::q_proj || role == Role::k_proj) before |= adapts(role);
  }
}

void add_layer_scale(InventoryBuilder& builder, std::int64_t width) {
  builder.weight({.name = "layer_scale", .role = Role::norm, .out = width});
  builder.saved({.name = "layer_scale_input", .per_token = static_cast<double>(width), .shard = Shard::sequence, .any = trains(Role::norm)});
}

}  // namespace vram
