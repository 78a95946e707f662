// Stages of the classification families, from their block definitions.
// SPDX-License-Identifier: MIT
#include <array>

#include "cnn_builder.h"

namespace vram {
namespace {

/// One block of a stage: what differs between the first of a stage and the others is the stride and the input width.
struct BlockInput {
  int from;
  int in;
  int out;
  int stride;
  [[nodiscard]] bool keeps_shape() const { return stride == 1 && in == out; }
};

/// The shortcut: the input itself, or a strided 1x1 convolution of it.
int shortcut(CnnBuilder& net, const BlockInput& b) {
  return b.keeps_shape() ? b.from : net.conv_bn(b.from, b.out, CnnWindow::square(1, b.stride));
}

int basic(CnnBuilder& net, const CnnStage&, const BlockInput& b) {
  const CnnOp act = net.table().activation;
  int x = net.conv_bn_act(b.from, b.out, CnnWindow::square(3, b.stride), 1, act);
  x = net.conv_bn(x, b.out, CnnWindow::square(3));
  return net.activation(net.residual(x, shortcut(net, b)), act, true);
}

int bottleneck(CnnBuilder& net, const CnnStage& stage, const BlockInput& b) {
  const CnnOp act = net.table().activation;
  int x = net.conv_bn_act(b.from, stage.width, CnnWindow::square(1), 1, act);
  x = net.conv_bn_act(x, stage.width, CnnWindow::square(3, b.stride), stage.groups, act);
  x = net.conv_bn(x, b.out, CnnWindow::square(1));
  return net.activation(net.residual(x, shortcut(net, b)), act, true);
}

int regnet(CnnBuilder& net, const CnnStage& stage, const BlockInput& b) {
  const CnnOp act = net.table().activation;
  const int identity = shortcut(net, b);
  int x = net.conv_bn_act(b.from, b.out, CnnWindow::square(1), 1, act);
  x = net.conv_bn_act(x, b.out, CnnWindow::square(3, b.stride), b.out / stage.width, act);
  if (stage.squeeze_divisor) x = net.squeeze_excite(x, b.in / stage.squeeze_divisor);
  x = net.conv_bn(x, b.out, CnnWindow::square(1));
  return net.activation(net.residual(x, identity), act, true);
}

int inverted_residual(CnnBuilder& net, const CnnStage& stage, const BlockInput& b) {
  const CnnOp act = stage.activation == CnnOp::concat ? net.table().activation : stage.activation;
  const int hidden = stage.width ? stage.width : b.in * stage.expand;
  const int squeezed = stage.squeeze_divisor ? b.in / stage.squeeze_divisor : stage.squeeze;
  int x = b.from;
  if (hidden != b.in) x = net.conv_bn_act(x, hidden, CnnWindow::square(1), 1, act);
  x = net.conv_bn_act(x, hidden, CnnWindow::square(stage.kernel, b.stride), hidden, act);
  if (squeezed) x = net.squeeze_excite(x, squeezed);
  x = net.conv_bn(x, b.out, CnnWindow::square(1));
  return b.keeps_shape() ? net.residual(x, b.from) : x;
}

int fused_residual(CnnBuilder& net, const CnnStage& stage, const BlockInput& b) {
  const CnnOp act = net.table().activation;
  const CnnWindow window = CnnWindow::square(stage.kernel, b.stride);
  int x;
  if (stage.expand == 1) {
    x = net.conv_bn_act(b.from, b.out, window, 1, act);
  } else {
    x = net.conv_bn_act(b.from, b.in * stage.expand, window, 1, act);
    x = net.conv_bn(x, b.out, CnnWindow::square(1));
  }
  return b.keeps_shape() ? net.residual(x, b.from) : x;
}

int convnext(CnnBuilder& net, const CnnStage&, const BlockInput& b) {
  int x = net.conv(b.from, b.out, CnnWindow::square(7), b.out, true);
  x = net.linear(net.layer_norm(x), 4 * b.out);
  x = net.linear(net.activation(x, CnnOp::gelu, false), b.out);
  return net.residual(net.layer_scale(x), b.from);
}

using Block = int (*)(CnnBuilder&, const CnnStage&, const BlockInput&);

Block block_of(CnnBlock kind) {
  switch (kind) {
    case CnnBlock::basic:
      return basic;
    case CnnBlock::bottleneck:
      return bottleneck;
    case CnnBlock::regnet:
      return regnet;
    case CnnBlock::inverted_residual:
      return inverted_residual;
    case CnnBlock::fused_residual:
      return fused_residual;
    default:
      return convnext;
  }
}

/// One layer of a dense block: all maps so far, a 1x1 bottleneck of four times the growth, a 3x3 of the growth.
int dense_layer(CnnBuilder& net, std::span<const int> maps, int growth) {
  const CnnOp act = net.table().activation;
  int x = net.activation(net.batch_norm(net.concat(maps)), act, true);
  x = net.conv(x, 4 * growth, CnnWindow::square(1));
  x = net.activation(net.batch_norm(x), act, true);
  return net.conv(x, growth, CnnWindow::square(3));
}

int shuffled(CnnBuilder& net, int left, int right) {
  const std::array<int, 2> halves = {left, right};
  return net.simple(net.concat(halves), CnnOp::channel_shuffle);
}

/// The main branch of a ShuffleNet V2 unit: 1x1, depthwise 3x3, 1x1.
int shuffle_branch(CnnBuilder& net, int from, int width, int stride) {
  const CnnOp act = net.table().activation;
  int x = net.conv_bn_act(from, width, CnnWindow::square(1), 1, act);
  x = net.conv_bn(x, width, CnnWindow::square(3, stride), width);
  return net.conv_bn_act(x, width, CnnWindow::square(1), 1, act);
}

}  // namespace

int build_residual_stage(CnnBuilder& net, const CnnStage& stage, int from) {
  const Block block = block_of(stage.block);
  for (int i = 0; i < stage.repeat; ++i) {
    const int in = net.shape(from).channels;
    net.enter_block();
    from = block(net, stage, {from, in, stage.out ? stage.out : in, i == 0 ? stage.stride : 1});
    net.leave_block();
  }
  return from;
}

int build_dense_stage(CnnBuilder& net, const CnnStage& stage, int from) {
  if (stage.block == CnnBlock::transition) {
    const int x = net.activation(net.batch_norm(from), net.table().activation, true);
    const int half = net.conv(x, net.shape(x).channels / 2, CnnWindow::square(1));
    return net.avg_pool(half, {2, 2, 2, 0, 0, false});
  }
  std::vector<int> maps = {from};
  for (int i = 0; i < stage.repeat; ++i) maps.push_back(dense_layer(net, maps, stage.out));
  return net.concat(maps);
}

int build_shuffle_stage(CnnBuilder& net, const CnnStage& stage, int from) {
  const int width = stage.out / 2;
  const int in = net.shape(from).channels;
  int left = net.conv_bn(from, in, CnnWindow::square(3, 2), in);
  left = net.conv_bn_act(left, width, CnnWindow::square(1), 1, net.table().activation);
  from = shuffled(net, left, shuffle_branch(net, from, width, 2));
  for (int i = 1; i < stage.repeat; ++i) {
    left = net.slice(from, width);
    from = shuffled(net, left, shuffle_branch(net, net.slice(from, width), width, 1));
  }
  return from;
}

}  // namespace vram
