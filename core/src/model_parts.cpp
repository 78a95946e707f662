// Words for the parts of a model.
// SPDX-License-Identifier: MIT
#include "model_parts.h"

namespace vram {

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

NormKind norm_kind_of(std::string_view word, bool bias) {
  if (contains(word, "nonparametric")) return NormKind::layer_nonparametric;
  if (contains(word, "layer")) return bias ? NormKind::layer : NormKind::layer_no_bias;
  return NormKind::rms;
}

MlpKind mlp_kind_of(std::string_view word) {
  if (contains(word, "glu") || word == "silu_gated") return MlpKind::gated;
  // relu2 squares the result of ReLU: two tensors are kept, as for GELU.
  return word == "relu" ? MlpKind::relu : MlpKind::gelu;
}

PositionKind position_kind_of(std::string_view word) {
  if (contains(word, "learned")) return PositionKind::learned;
  if (contains(word, "alibi")) return PositionKind::alibi;
  if (contains(word, "relative")) return PositionKind::relative;
  return contains(word, "rope") ? PositionKind::rope : PositionKind::none;
}

QkNorm qk_norm_of(std::string_view word) {
  if (word == "per_head") return QkNorm::per_head;
  if (word == "per_head_layernorm") return QkNorm::per_head_layer;
  if (word == "per_head_separate") return QkNorm::per_head_separate;
  return word == "full" ? QkNorm::full : QkNorm::none;
}

Dtype dtype_of(std::string_view word) {
  if (contains(word, "bfloat16")) return Dtype::bf16;
  if (contains(word, "float8") || contains(word, "fp8")) return Dtype::fp8;
  if (contains(word, "float16") || word == "half") return Dtype::fp16;
  return contains(word, "float32") ? Dtype::fp32 : Dtype::bf16;
}

}  // namespace vram
