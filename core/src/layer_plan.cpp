// Layer orders.
// SPDX-License-Identifier: MIT
#include "layer_plan.h"

#include <algorithm>

namespace vram {

std::vector<LayerSpec> uniform_layers(std::int64_t layers, LayerSpec spec) {
  return std::vector<LayerSpec>(static_cast<std::size_t>(std::max<std::int64_t>(0, layers)), spec);
}

bool chosen_row(std::int64_t index, std::int64_t chosen, std::int64_t total) {
  if (chosen <= 0 || total <= 0) return false;
  if (chosen >= total) return true;
  const std::int64_t period = total / chosen;
  if (total / period == chosen) return (index + 1) % period == 0;
  return (index + 1) * chosen / total > index * chosen / total;
}

void place_mixers(std::vector<LayerSpec>& layers, const std::vector<MixerCount>& counts) {
  std::vector<MixerCount> rows = counts;
  std::sort(rows.begin(), rows.end(), [](const MixerCount& a, const MixerCount& b) { return a.count > b.count; });
  // The commonest mixer is everywhere first; each rarer one then takes its rows from those still untouched.
  std::vector<std::size_t> free(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    free[i] = i;
    if (!rows.empty()) layers[i].mixer = rows[0].mixer;
  }
  for (std::size_t r = rows.size(); r > 1; --r) {
    const MixerCount& row = rows[r - 1];
    const std::int64_t total = static_cast<std::int64_t>(free.size());
    std::vector<std::size_t> rest;
    for (std::int64_t i = 0; i < total; ++i) {
      const std::size_t layer = free[static_cast<std::size_t>(i)];
      if (chosen_row(i, row.count, total)) {
        layers[layer].mixer = row.mixer;
      } else {
        rest.push_back(layer);
      }
    }
    free = std::move(rest);
  }
}

bool place_blocks(ModelConfig& model, std::string_view pattern) {
  model.one_block_layers = true;
  model.layers.clear();
  for (const char c : pattern) {
    switch (c) {
      case 'M': model.layers.push_back({MixerKind::mamba2, FfnKind::none}); break;
      case '*': model.layers.push_back({MixerKind::full, FfnKind::none}); break;
      case '-': model.layers.push_back({MixerKind::none, FfnKind::dense}); break;
      case 'E': model.layers.push_back({MixerKind::none, FfnKind::moe}); break;
      default: return false;
    }
  }
  return true;
}

void insert_cross_layers(ModelConfig& model, std::int64_t count, std::int64_t intermediate_size) {
  model.cross_attention_layers = count;
  model.cross_attention_intermediate_size = intermediate_size;
  const std::int64_t total = model.num_layers() + count;
  std::vector<LayerSpec> layers;
  std::size_t next = 0;
  for (std::int64_t i = 0; i < total; ++i) {
    const bool cross = (i + 1) * count / total > i * count / total;
    if (cross) {
      layers.push_back({MixerKind::cross, FfnKind::cross});
    } else {
      layers.push_back(model.layers[next++]);
    }
  }
  model.layers = std::move(layers);
}

}  // namespace vram
