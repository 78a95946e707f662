// Scaled convolutional networks.
// SPDX-License-Identifier: MIT
#include "cnn_width.h"

#include <algorithm>
#include <cmath>

namespace vram {

namespace {

constexpr std::int64_t kImageNetClasses = 1000;
constexpr std::int64_t kCocoClasses = 80;

std::int32_t scaled(std::int32_t channels, double width, int multiple) {
  if (channels <= 0) return channels;
  const double steps = std::floor(channels * width / multiple + 0.5);
  const double largest = std::floor(16'000'000.0 / multiple);
  return static_cast<std::int32_t>(std::clamp(steps, 1.0, largest) * multiple);
}

}  // namespace

ScaledCnn::ScaledCnn(const CnnTable& table, double width) : stages_(table.stages.begin(), table.stages.end()), table_(table) {
  if (width != 1.0) {
    for (CnnStage& stage : stages_) {
      // Grouped convolutions need whole groups; RegNet's group width stays, and its channels are multiples of it.
      const bool regnet = stage.block == CnnBlock::regnet;
      // DenseNet's channels grow by a few in every layer: eights would be too coarse.
      const int least = stage.block == CnnBlock::dense ? 1 : 8;
      const int multiple = regnet ? std::max<int>(1, stage.width) : std::max<int>(least, stage.groups);
      stage.out = scaled(stage.out, width, stage.groups > 8 && !regnet ? 8 : multiple);
      if (!regnet) stage.width = scaled(stage.width, width, multiple);
      stage.squeeze = scaled(stage.squeeze, width, 4);
    }
  }
  table_.stages = stages_;
}

std::int64_t cnn_classes(const CnnTable& table) {
  const bool detects = std::any_of(table.stages.begin(), table.stages.end(),
                                   [](const CnnStage& stage) { return stage.block == CnnBlock::detect || stage.block == CnnBlock::detect_v8; });
  return detects ? kCocoClasses : kImageNetClasses;
}

}  // namespace vram
