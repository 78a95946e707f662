// Walks a stage table and writes out the network; totals over the result.
// SPDX-License-Identifier: MIT
#include "vram/cnn.h"

#include "cnn_builder.h"
#include "slug.h"

namespace vram {
namespace {

constexpr std::array<std::string_view, 25> kOpNames = {
    "conv",    "linear",           "batch_norm",      "layer_norm",  "relu",
    "relu6",   "hardswish",        "hardsigmoid",     "silu",        "gelu",
    "sigmoid", "softmax",          "max_pool",        "avg_pool",    "upsample",
    "add",     "multiply",         "concat",          "layer_scale", "attention",
    "dropout", "stochastic_depth", "channel_shuffle", "flatten",     "slice"};
static_assert(kOpNames.size() == static_cast<std::size_t>(CnnOp::slice) + 1);

/// Where a row of the table starts from, and what the rows before it left behind.
class Walk {
 public:
  explicit Walk(CnnBuilder& net) : net_(net) {}

  void row(const CnnStage& stage) {
    if (!join_row(stage)) current_ = build(stage);
    if (stage.label) labels_[static_cast<std::size_t>(stage.label)] = current_;
  }

 private:
  struct Fork {
    int start;
    std::vector<int> branches;
  };

  /// The rows that move between branches instead of building a stage.
  bool join_row(const CnnStage& stage) {
    switch (stage.block) {
      case CnnBlock::fork:
        forks_.push_back({current_, {}});
        return true;
      case CnnBlock::branch:
        forks_.back().branches.push_back(current_);
        current_ = forks_.back().start;
        return true;
      case CnnBlock::join:
        forks_.back().branches.push_back(current_);
        current_ = net_.concat(forks_.back().branches);
        forks_.pop_back();
        return true;
      case CnnBlock::aside:
        forks_.push_back({current_, {}});
        net_.set_phase(CnnPhase::training);
        return true;
      case CnnBlock::resume:
        current_ = forks_.back().start;
        forks_.pop_back();
        net_.set_phase(CnnPhase::always);
        return true;
      default:
        return false;
    }
  }

  int build(const CnnStage& stage) {
    switch (stage.block) {
      case CnnBlock::basic:
      case CnnBlock::bottleneck:
      case CnnBlock::regnet:
      case CnnBlock::inverted_residual:
      case CnnBlock::fused_residual:
      case CnnBlock::convnext:
        return build_residual_stage(net_, stage, current_);
      case CnnBlock::dense:
      case CnnBlock::transition:
        return build_dense_stage(net_, stage, current_);
      case CnnBlock::shuffle:
        return build_shuffle_stage(net_, stage, current_);
      case CnnBlock::c2f:
      case CnnBlock::c3k2:
      case CnnBlock::sppf:
      case CnnBlock::c2psa:
        return build_yolo_stage(net_, stage, current_);
      case CnnBlock::detect_v8:
        return build_detect(net_, labelled(stage), false);
      case CnnBlock::detect:
        return build_detect(net_, labelled(stage), true);
      case CnnBlock::concat: {
        std::vector<int> maps = labelled(stage);
        maps.insert(maps.begin(), current_);
        return net_.concat(maps);
      }
      default:
        return build_plain(stage);
    }
  }

  int build_plain(const CnnStage& stage) {
    const CnnWindow window = CnnWindow::of(stage);
    const CnnOp act = stage.activation == CnnOp::concat ? net_.table().activation : stage.activation;
    const bool in_place = net_.table().activation_in_place;
    const int out = stage.out ? stage.out : net_.num_classes();
    switch (stage.block) {
      case CnnBlock::conv:
        return net_.conv(current_, out, window, stage.groups, true);
      case CnnBlock::conv_act:
        return net_.activation(net_.conv(current_, out, window, stage.groups, true), act, in_place);
      case CnnBlock::conv_bn:
        return net_.conv_bn(current_, out, window, stage.groups);
      case CnnBlock::conv_bn_act:
        return net_.conv_bn_act(current_, out, window, stage.groups, act);
      case CnnBlock::norm_act:
        return net_.activation(net_.batch_norm(current_), act, in_place);
      case CnnBlock::layer_norm:
        return net_.layer_norm(current_);
      case CnnBlock::max_pool:
        return net_.max_pool(current_, window);
      case CnnBlock::avg_pool:
        return net_.avg_pool(current_, window);
      case CnnBlock::adaptive_pool:
        return net_.adaptive_pool(current_, stage.kernel);
      case CnnBlock::activation:
        return net_.activation(current_, act, stage.in_place);
      case CnnBlock::dropout:
        return net_.simple(current_, CnnOp::dropout, stage.in_place);
      case CnnBlock::linear:
        return net_.linear(current_, out);
      case CnnBlock::upsample:
        return net_.upsample(current_);
      default: {
        const CnnShape s = net_.shape(current_);
        return net_.reshape(current_, {s.channels * s.height * s.width, 1, 1});
      }
    }
  }

  [[nodiscard]] std::vector<int> labelled(const CnnStage& stage) const {
    std::vector<int> found;
    for (const std::int16_t label : stage.with) {
      if (label) found.push_back(labels_[static_cast<std::size_t>(label)]);
    }
    return found;
  }

  CnnBuilder& net_;
  int current_ = -1;
  std::array<int, 32> labels_{};  // check-data.mjs and embed-cnn.mjs hold labels below 32
  std::vector<Fork> forks_;
};

int rounded_up(int side, int multiple) { return (side + multiple - 1) / multiple * multiple; }

}  // namespace

std::string_view name_of(CnnOp op) { return kOpNames[static_cast<std::size_t>(op)]; }

const CnnTable* find_cnn(std::string_view id) {
  for (const CnnTable& table : cnn_tables()) {
    if (same_slug(table.id, id) || same_slug(table.id.substr(table.id.find('/') + 1), id)) return &table;
  }
  return nullptr;
}

std::vector<CnnLayer> cnn_layers(const CnnTable& table, int image_height, int image_width, int channels,
                                 int num_classes) {
  constexpr int kLargestImage = 1 << 16;
  if (image_height < 1 || image_width < 1 || channels < 1 || num_classes < 1) return {};
  if (image_height > kLargestImage || image_width > kLargestImage) return {};
  const CnnShape image = {channels, rounded_up(image_height, table.image_multiple),
                          rounded_up(image_width, table.image_multiple)};
  CnnBuilder net(table, image, num_classes);
  Walk walk(net);
  for (const CnnStage& stage : table.stages) {
    walk.row(stage);
    if (net.failed()) return {};
  }
  return net.take();
}

int cnn_smallest_image(const CnnTable& table) {
  int too_small = 0;
  int enough = table.input_size;
  while (enough - too_small > 1) {
    const int middle = (too_small + enough) / 2;
    (cnn_layers(table, middle, middle, 3, 1000).empty() ? too_small : enough) = middle;
  }
  return enough;
}

std::int64_t cnn_macs(const CnnLayer& layer) {
  const std::int64_t positions = std::int64_t{layer.out_height} * layer.out_width;
  switch (layer.op) {
    case CnnOp::conv:
      return layer.out_elements() * (layer.in_channels / layer.groups) * layer.kernel_height * layer.kernel_width;
    case CnnOp::linear:
      return layer.out_elements() * layer.in_channels;
    case CnnOp::attention:
      return positions * positions * (std::int64_t{layer.groups} * layer.kernel_height + layer.out_channels);
    default:
      return 0;
  }
}

CnnTotals cnn_totals(std::span<const CnnLayer> layers) {
  CnnTotals totals;
  for (const CnnLayer& layer : layers) {
    totals.parameters += layer.parameters;
    totals.buffers += layer.buffers;
    if (layer.phase == CnnPhase::training) continue;
    totals.macs += cnn_macs(layer);
    if (layer.op == CnnOp::conv || layer.op == CnnOp::linear) totals.activations += layer.out_elements();
  }
  return totals;
}

}  // namespace vram
