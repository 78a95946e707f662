// Appends primitive operations to a network, one call each, and keeps track of feature-map sizes.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "vram/cnn.h"

namespace vram {

/// Shape of a convolution or pooling window.
struct CnnWindow {
  int height = 1;
  int width = 1;
  int stride = 1;
  int padding_height = 0;
  int padding_width = 0;
  bool ceil = false;

  static CnnWindow square(int kernel, int stride = 1) {
    return {kernel, kernel, stride, kernel / 2, kernel / 2, false};
  }
  static CnnWindow of(const CnnStage& stage);
};

/// Size of a feature map.
struct CnnShape {
  int channels = 0;
  int height = 0;
  int width = 0;
};

/// Every function appends one operation that reads from `from` (an index, -1 for the image) and returns its index.
class CnnBuilder {
 public:
  CnnBuilder(const CnnTable& table, CnnShape image, int num_classes)
      : table_(table), image_(image), num_classes_(num_classes) {}

  int conv(int from, int out, CnnWindow window, int groups = 1, bool bias = false);
  int linear(int from, int out);
  int batch_norm(int from);
  int layer_norm(int from);
  int activation(int from, CnnOp op, bool in_place);
  int max_pool(int from, CnnWindow window) { return pool(from, CnnOp::max_pool, window); }
  int avg_pool(int from, CnnWindow window) { return pool(from, CnnOp::avg_pool, window); }
  int adaptive_pool(int from, int size);
  int upsample(int from);
  int add(int into, int other, bool in_place);
  int multiply(int from, int gate);
  int concat(std::span<const int> from);        ///< along channels
  int concat_width(std::span<const int> from);  ///< along the width
  int layer_scale(int from);
  int attention(int qkv, int out, int heads, int key_width);
  int simple(int from, CnnOp op, bool in_place = false);  ///< dropout, stochastic depth, shuffle, softmax
  int reshape(int from, CnnShape shape);
  int slice(int from, int channels);

  // The usual sequences.
  int conv_bn(int from, int out, CnnWindow window, int groups = 1) {
    return batch_norm(conv(from, out, window, groups));
  }
  int conv_bn_act(int from, int out, CnnWindow window, int groups, CnnOp act) {
    return activation(conv_bn(from, out, window, groups), act, table_.activation_in_place);
  }
  /// Squeeze and excite: the map times a gate computed from its average.
  int squeeze_excite(int from, int squeezed);
  /// The end of a residual block: randomly drops the branch where the table says so, then adds.
  int residual(int branch, int identity);

  [[nodiscard]] CnnShape shape(int index) const;
  [[nodiscard]] const CnnTable& table() const { return table_; }
  [[nodiscard]] int num_classes() const { return num_classes_; }
  [[nodiscard]] bool failed() const { return failed_; }
  void set_phase(CnnPhase phase) { phase_ = phase; }
  void enter_block() { inside_ = true; }  ///< what is appended from here on is one residual block
  void leave_block() {
    inside_ = false;
    ++block_;
  }
  [[nodiscard]] std::vector<CnnLayer> take() { return std::move(layers_); }

 private:
  CnnLayer& append(CnnOp op, int from, CnnShape out);
  int last() const { return static_cast<int>(layers_.size()) - 1; }
  int pool(int from, CnnOp op, CnnWindow window);
  int windowed(CnnOp op, int from, int out, CnnWindow window);

  const CnnTable& table_;
  CnnShape image_;
  int num_classes_;
  int block_ = 0;  ///< residual blocks so far; the first one keeps its branch in stochastic depth
  bool inside_ = false;
  CnnPhase phase_ = CnnPhase::always;
  bool failed_ = false;
  std::vector<CnnLayer> layers_;
};

/// Builders of whole stages; each returns the index of its output.
int build_residual_stage(CnnBuilder& net, const CnnStage& stage, int from);  // basic, bottleneck, regnet, inverted, ...
int build_dense_stage(CnnBuilder& net, const CnnStage& stage, int from);     // dense, transition
int build_shuffle_stage(CnnBuilder& net, const CnnStage& stage, int from);
int build_yolo_stage(CnnBuilder& net, const CnnStage& stage, int from);  // c2f, c3k2, sppf, c2psa
int build_detect(CnnBuilder& net, std::span<const int> levels, bool depthwise);

}  // namespace vram
