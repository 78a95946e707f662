// Which block stands in which layer, from counts, periods and pattern strings.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "vram/model.h"

namespace vram {

/// How many layers have a mixer.
struct MixerCount {
  MixerKind mixer = MixerKind::full;
  std::int64_t count = 0;
};

/// `layers` rows of the given mixer and feed-forward part.
[[nodiscard]] std::vector<LayerSpec> uniform_layers(std::int64_t layers, LayerSpec spec = {});

/// Whether row `index` is one of `chosen` out of `total`: the last of every period where a whole period gives that
/// count ("five sliding layers, then one global"), else spread evenly.
[[nodiscard]] bool chosen_row(std::int64_t index, std::int64_t chosen, std::int64_t total);

/// Gives the rarer mixer its places among the others.
void place_mixers(std::vector<LayerSpec>& layers, const std::vector<MixerCount>& counts);

/// Nemotron-H block string: M Mamba-2, * attention, - MLP, E experts; one block per layer. False on another character.
[[nodiscard]] bool place_blocks(ModelConfig& model, std::string_view pattern);

/// Inserts `count` cross-attention layers evenly among the others (Llama-3.2-Vision: one after every four).
void insert_cross_layers(ModelConfig& model, std::int64_t count, std::int64_t intermediate_size);

}  // namespace vram
