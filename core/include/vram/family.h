// Models that exist only as "a family and a size": the dimensions nobody gave are solved for.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "vram/model_json.h"

namespace vram {

/// What is known of the model. A dimension of 0 is solved for.
struct FamilyRequest {
  std::string family;      ///< a name of families(); letter case and punctuation do not matter
  double parameters = 0;   ///< how many in all, as a count (7e9)
  std::int64_t hidden_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t num_key_value_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t intermediate_size = 0;  ///< of one expert in a mixture
  std::int64_t vocab_size = 0;
  std::int64_t max_position_embeddings = 0;
  std::int64_t num_experts = 0;
  std::int64_t num_experts_per_tok = 0;
  std::int64_t image_size = 0;
};

/// Sizes that can be asked for.
inline constexpr double kSmallestFamilySize = 0.1e9;
inline constexpr double kSmallestConvolutionalSize = 0.1e6;
inline constexpr double kLargestFamilySize = 2e12;

/// One family, for menus.
struct FamilyInfo {
  std::string_view name;    ///< "llama"
  std::string_view like;    ///< published models it takes its proportions from
  bool convolutional = false;
  bool multimodal = false;
  bool mixture = false;
};
[[nodiscard]] std::span<const FamilyInfo> families();

/// The model of that family and size.
///
/// Width and depth follow a smooth law of the size (depth grows with width) and are rounded to a grid; the width of the
/// feed-forward blocks then meets the size from below, and a block named "remainder of the asked size" holds what is
/// left, at most 0.5 %. So the total is the asked one exactly, and width, depth and heads never move more than one grid
/// step when the size moves by one percent. Given dimensions are taken as they are; where they and the size disagree by
/// more than 2 %, a warning shows both numbers and the dimensions win.
/// Convolutional families take the nearest published network and scale its channels.
[[nodiscard]] ModelResult solve_family(const FamilyRequest& request);

}  // namespace vram
