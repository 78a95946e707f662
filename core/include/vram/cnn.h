// Convolutional networks: stage tables, and their expansion to the exact list of primitive operations.
// SPDX-License-Identifier: MIT
//
// A table says what the family's paper says (stage, repeats, widths); cnn_layers() writes out every operation the
// framework runs, in order, with its parameters, feature-map sizes and the operations it reads from. Memory and time
// are folds over that list. Operations and in-place flags follow torchvision 0.29 and ultralytics 8.4.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace vram {

/// A primitive operation.
enum class CnnOp : unsigned char {
  conv,
  linear,
  batch_norm,
  layer_norm,
  relu,
  relu6,
  hardswish,
  hardsigmoid,
  silu,
  gelu,
  sigmoid,
  softmax,
  max_pool,
  avg_pool,
  upsample,
  add,
  multiply,
  concat,
  layer_scale,
  attention,
  dropout,
  stochastic_depth,  ///< identity at inference
  channel_shuffle,
  flatten,
  slice,  ///< views: no memory of their own
};

[[nodiscard]] std::string_view name_of(CnnOp op);

/// When an operation runs: auxiliary classifiers only in training, the decoding of boxes only at inference.
enum class CnnPhase : unsigned char { always, training, inference };

/// One operation for a batch of one image. Counts are elements, not bytes.
struct CnnLayer {
  CnnOp op = CnnOp::conv;
  CnnPhase phase = CnnPhase::always;
  /// The output overwrites, and shares the storage of, the first input. (Autograd then keeps a copy of the input of
  /// silu and hardswish, whose derivative needs it; relu, relu6 and sigmoid get by with the output.)
  bool in_place = false;
  bool bias = false;
  int in_channels = 0;  ///< of the first input
  int out_channels = 0;
  int kernel_height = 0;  ///< 0 = adaptive pooling; of attention: the key width of one head
  int kernel_width = 0;
  int stride = 1;
  int padding_height = 0;
  int padding_width = 0;
  int groups = 1;  ///< of attention: the number of heads
  int in_height = 0;
  int in_width = 0;
  int out_height = 0;
  int out_width = 0;
  std::int64_t parameters = 0;
  std::int64_t buffers = 0;  ///< batch norm: mean, variance and one counter
  int block = 0;             ///< which residual block it belongs to, from 1; 0 = stem, head and what joins stages
  std::vector<int> inputs;   ///< indices of the operations read from; -1 is the image

  [[nodiscard]] std::int64_t out_elements() const { return std::int64_t{out_channels} * out_height * out_width; }
  [[nodiscard]] std::int64_t in_elements() const { return std::int64_t{in_channels} * in_height * in_width; }
  [[nodiscard]] bool is_view() const { return op == CnnOp::flatten || op == CnnOp::slice; }
};

/// What one row of a stage table builds.
enum class CnnBlock : unsigned char {
  conv,         ///< convolution with bias
  conv_act,     ///< the same and an activation
  conv_bn,      ///< convolution and batch norm
  conv_bn_act,  ///< convolution, batch norm, activation
  norm_act,     ///< batch norm, activation
  layer_norm,   ///< over channels
  max_pool,
  avg_pool,
  adaptive_pool,  ///< average to `kernel` x `kernel`
  activation,
  flatten,
  dropout,
  linear,             ///< `out` 0 = the number of classes
  fork,               ///< remember this point; the rows up to `branch` or `join` start here
  branch,             ///< keep what was built, start again at the fork
  join,               ///< concatenate the branches
  aside,              ///< as fork, but what follows runs in training only ...
  resume,             ///< ... and here the main path goes on
  basic,              ///< ResNet: two 3x3 convolutions and a shortcut
  bottleneck,         ///< ResNet, ResNeXt, Wide ResNet: 1x1, grouped 3x3 of `width`, 1x1, shortcut
  regnet,             ///< RegNet X and Y: bottleneck of ratio 1 with groups of `width` channels
  inverted_residual,  ///< MobileNet, MNASNet, EfficientNet: widen, depthwise, squeeze and excite, project
  fused_residual,     ///< EfficientNet V2: widen with a full convolution, project
  dense,              ///< DenseNet: each layer adds `out` channels to all before it
  transition,         ///< DenseNet: halve channels and size
  convnext,           ///< ConvNeXt block
  shuffle,            ///< ShuffleNet V2 stage
  c2f,                ///< YOLOv8
  c3k2,               ///< YOLO11; `inner` nests a three-convolution block
  sppf,               ///< YOLO: pooling pyramid
  c2psa,              ///< YOLO11: attention
  upsample,           ///< nearest, twice the size
  concat,             ///< with the rows labelled `with`
  detect_v8,          ///< YOLOv8 head on the rows labelled `with`
  detect,             ///< YOLO11 head
};

/// One row of a table. What a field means, where it has a meaning, is said at CnnBlock.
struct CnnStage {
  CnnBlock block = CnnBlock::conv;
  CnnOp activation = CnnOp::concat;  ///< concat stands for "as the table says"
  bool ceil = false;                 ///< pooling sizes round up
  bool in_place = false;             ///< dropout and activation
  bool shortcut = false;             ///< c2f, c3k2
  bool inner = false;                ///< c3k2
  std::int16_t repeat = 1;           ///< only the first of them has the stride
  std::int32_t out = 0;
  std::int16_t kernel = 1;
  std::int16_t kernel_width = 0;  ///< 0 = square
  std::int16_t stride = 1;
  std::int16_t padding = -1;  ///< -1 = half the kernel, rounded down
  std::int16_t groups = 1;
  std::int32_t width = 0;
  std::int16_t expand = 0;           ///< widening factor, where `width` does not say it
  std::int32_t squeeze = 0;          ///< channels between squeeze and excite
  std::int16_t squeeze_divisor = 0;  ///< the same as a fraction of the block's input
  std::int16_t label = 0;
  std::array<std::int16_t, 3> with{};
};

/// One network. Rows come from core/data/cnn.json at build time.
struct CnnTable {
  std::string_view id;  ///< as in the model catalog
  int input_size = 224;
  int image_multiple = 1;  ///< images are enlarged to a multiple of this
  CnnOp activation = CnnOp::relu;
  bool activation_in_place = true;
  CnnOp squeeze_activation = CnnOp::relu;
  CnnOp squeeze_gate = CnnOp::sigmoid;
  bool squeeze_in_place = false;  ///< the activation between squeeze and excite
  bool add_in_place = false;      ///< the shortcut is added into the branch
  bool stochastic_depth = false;  ///< residual branches are dropped at random, all but the first
  std::span<const CnnStage> stages;
};

[[nodiscard]] std::span<const CnnTable> cnn_tables();

/// The table of that catalog id (letter case and punctuation do not matter, the part before '/' may be left out).
[[nodiscard]] const CnnTable* find_cnn(std::string_view id);

/// Every operation of the network for one image. Empty when the image is too small for the network, or when a size is
/// not positive. Where only a training branch does not fit (Inception v3 below 299 pixels), its maps have size 0.
[[nodiscard]] std::vector<CnnLayer> cnn_layers(const CnnTable& table, int image_height, int image_width, int channels,
                                               int num_classes);

/// Side of the smallest square image the network takes.
[[nodiscard]] int cnn_smallest_image(const CnnTable& table);

/// Multiply-accumulates of one operation: convolutions, linear maps and the two products of attention; else 0.
[[nodiscard]] std::int64_t cnn_macs(const CnnLayer& layer);

struct CnnTotals {
  std::int64_t parameters = 0;
  std::int64_t buffers = 0;
  std::int64_t macs = 0;         ///< of one image at inference
  std::int64_t activations = 0;  ///< outputs of convolutions and linear maps at inference, in elements
};
[[nodiscard]] CnnTotals cnn_totals(std::span<const CnnLayer> layers);

}  // namespace vram
