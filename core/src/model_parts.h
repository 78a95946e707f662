// Words of catalogs and configs for the parts of a model.
// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "vram/model.h"

namespace vram {

/// "rmsnorm", "layernorm", "layernorm_nonparametric".
[[nodiscard]] NormKind norm_kind_of(std::string_view word, bool bias);
/// Catalog words (swiglu, geglu, gelu, relu, relu2) and activation functions of configs (gelu_new, silu, ...).
[[nodiscard]] MlpKind mlp_kind_of(std::string_view word);
[[nodiscard]] PositionKind position_kind_of(std::string_view word);
[[nodiscard]] QkNorm qk_norm_of(std::string_view word);
/// "bfloat16", "float32", "torch.float16", "float8_e4m3"; anything else is bf16.
[[nodiscard]] Dtype dtype_of(std::string_view word);

}  // namespace vram
