// Proportions of model families.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "vram/model.h"

namespace vram {

enum class FamilyKind : unsigned char { decoder, bert, t5, vlm, clip, blip, flamingo, vit };

/// Proportions of one family, taken from its published members.
struct FamilyRow {
  std::string_view name;
  std::string_view computes_like;  ///< name for computation_of
  FamilyKind kind = FamilyKind::decoder;
  std::int64_t vocab_size = 0;
  std::int64_t max_positions = 0;
  bool tied = false;
  NormKind norm = NormKind::rms;
  std::int64_t norms_per_layer = 2;
  MlpKind mlp = MlpKind::gated;
  PositionKind position = PositionKind::rope;
  bool attention_bias = false;
  bool output_bias = false;
  bool mlp_bias = false;
  QkNorm qk_norm = QkNorm::none;
  std::int64_t head_dim = 128;
  std::int64_t kv_heads = 0;  ///< 0 = as many as query heads; else heads come in multiples of it
  double aspect = 124;        ///< hidden_size / layers of small members
  double ratio = 3.5;         ///< intermediate_size / hidden_size; of one expert in a mixture
  std::int64_t experts = 0, experts_per_token = 0, shared_experts = 0;
  std::int64_t moe_every = 1;    ///< 2 = every second layer has experts
  std::int64_t first_dense = 0;  ///< dense layers before the experts begin
  std::int64_t dense_ratio = 1;  ///< width of a dense layer's MLP, in experts
  bool fused_qkv = false, fused_gate_up = false, parallel = false;
  std::int64_t sliding_window = 0, sliding_period = 0;
};

[[nodiscard]] std::span<const FamilyRow> family_rows();

/// A convolutional family and the published networks it holds, smallest first.
struct ConvolutionalRow {
  std::string_view name;
  std::span<const std::string_view> members;
};
[[nodiscard]] std::span<const ConvolutionalRow> convolutional_rows();

}  // namespace vram
