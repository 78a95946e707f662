// What each Hugging Face model_type implies beyond its config.json: one row per type, and the library's default sizes.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "vram/model.h"

namespace vram {

/// Which reader understands a type's config.
enum class ConfigReader : unsigned char { decoder, bert, t5, bart, whisper, vit, swin, clip, vlm };

/// Peculiarities that a decoder's numbers do not show. One bit each.
enum class Quirk : std::uint32_t {
  none = 0,
  fused_qkv = 1U << 0U,
  fused_gate_up = 1U << 1U,
  parallel = 1U << 2U,             ///< attention and MLP read the same input
  lm_head_bias = 1U << 3U,
  embedding_norm = 1U << 4U,
  no_key_bias = 1U << 5U,
  output_gate = 1U << 6U,          ///< attention output is gated by a second query projection
  sinks = 1U << 7U,
  expert_bias = 1U << 8U,          ///< experts and router have biases
  correction_bias = 1U << 9U,      ///< the router has a score-correction bias
  shared_expert_gate = 1U << 10U,
  position_offset_2 = 1U << 11U,   ///< learned positions start at 2
  four_h = 1U << 12U,              ///< intermediate_size is four times hidden_size where it is not given
  experts_from_ffn = 1U << 13U,    ///< experts have the width intermediate_size
  alternate_sliding = 1U << 14U,   ///< every second layer is windowed
  alternate_local = 1U << 15U,
};
[[nodiscard]] constexpr Quirk operator|(Quirk a, Quirk b) { return static_cast<Quirk>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b)); }

/// One model_type. A bias is "" (none), "1" (always) or the name of the config flag that switches it.
struct ConfigType {
  std::string_view name;
  ConfigReader reader = ConfigReader::decoder;
  NormKind norm = NormKind::rms;
  MlpKind mlp = MlpKind::gated;
  PositionKind position = PositionKind::rope;
  std::string_view qkv_bias, o_bias, mlp_bias;
  QkNorm qk_norm = QkNorm::none;
  std::string_view qk_norm_flag;  ///< qk_norm holds only when this flag is true
  std::int64_t norms_per_layer = 2;
  Quirk quirks = Quirk::none;

  [[nodiscard]] constexpr bool has(Quirk quirk) const { return (static_cast<std::uint32_t>(quirks) & static_cast<std::uint32_t>(quirk)) != 0; }
};

[[nodiscard]] std::span<const ConfigType> config_types();
/// The row of that model_type, or null.
[[nodiscard]] const ConfigType* find_config_type(std::string_view model_type);
/// The known type whose name is least different.
[[nodiscard]] const ConfigType& nearest_config_type(std::string_view model_type);
/// JSON of the values the Transformers library fills in where a config of that type says nothing; "{}" if unknown.
[[nodiscard]] std::string_view config_defaults(std::string_view model_type);

}  // namespace vram
