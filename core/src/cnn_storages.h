// Which memory each operation of a convolutional network writes, how long it lives, and what backward needs of it.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "vram/cnn.h"
#include "vram/inventory.h"

namespace vram {

/// What autograd keeps of an operation, beside small statistics.
struct Keeps {
  bool input = false, second_input = false, output = false;
  bool copy = false;            ///< a copy of the input, because the operation overwrites it and needs it
  double bytes_per_output = 0;  ///< masks and indices
};
[[nodiscard]] Keeps kept_by(const CnnLayer& layer);

/// Follows which operation's memory holds each output, how long it lives and whether backward needs it.
class Storages {
 public:
  explicit Storages(const std::vector<CnnLayer>& layers);

  /// Elements of the storage of operation `i` that backward needs; 0 where another operation owns it.
  [[nodiscard]] double saved_elements(std::size_t i) const;
  /// Whether autocast keeps that storage in fp32: a layer norm reads it.
  [[nodiscard]] bool wide(std::size_t i) const { return wide_[i]; }
  /// Elements alive while operation `i` runs at inference.
  [[nodiscard]] double live_elements(std::size_t i) const;
  /// What is alive at the moments of the backward pass that can be its peak, one image.
  [[nodiscard]] std::vector<LivePoint> backward_points() const;
  /// What recomputation leaves of one image.
  [[nodiscard]] Segments segments() const;

 private:
  void save(std::size_t i);
  [[nodiscard]] Segments by_blocks() const;
  [[nodiscard]] Segments by_crossings() const;
  [[nodiscard]] bool ends_segment(std::size_t i) const;

  const std::vector<CnnLayer>& layers_;
  std::vector<std::size_t> owner_, last_use_;
  std::vector<bool> saved_, wide_;
  std::vector<std::vector<std::size_t>> savers_;  ///< by storage: the operations that need it in backward
};

}  // namespace vram
