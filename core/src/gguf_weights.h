// The bytes of a model as a GGUF file stores it: a type for every tensor, chosen by its role and layer.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "vram/estimate.h"

namespace vram {

struct PlacedBytes {
  double device = 0, host = 0;
  double tables = 0;   ///< of them all, read by index
  double experts = 0;  ///< of them all, routed
  double largest = 0;  ///< the largest matrix of a product
  double largest_on_host = 0;
};

/// Sizes blocks one layer after the other.
class GgufCounter {
 public:
  GgufCounter(const Inventory& inventory, const RunShape& shape);
  /// One occurrence of a block, in layer `layer` of its stack. Call in order of layers: value matrices are counted.
  [[nodiscard]] PlacedBytes block(const Block& block, std::int64_t layer);
  /// The copy of a tied embedding that serves as head.
  [[nodiscard]] double tied_head() const;

 private:
  const Inventory& inventory_;
  const RunShape& shape_;
  int layers_ = 0;
  int value_layers_ = 0;  ///< layers that have a value matrix
  int gqa_ = 1;
  std::int64_t value_layer_before_ = -1;
  int value_layer_ = -1;
};

}  // namespace vram
