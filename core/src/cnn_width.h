// Convolutional networks with all channels scaled.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "vram/cnn.h"

namespace vram {

/// A stage table with its channels multiplied by `width` and rounded to eights (or to whole groups). A width of 1 is
/// the table as it is.
class ScaledCnn {
 public:
  ScaledCnn(const CnnTable& table, double width);
  ScaledCnn(const ScaledCnn&) = delete;  // table_ points into stages_
  ScaledCnn& operator=(const ScaledCnn&) = delete;
  [[nodiscard]] const CnnTable& table() const { return table_; }

 private:
  std::vector<CnnStage> stages_;
  CnnTable table_;
};

/// Classes of the published weights: ImageNet's, or COCO's for detectors.
[[nodiscard]] std::int64_t cnn_classes(const CnnTable& table);

}  // namespace vram
