// Stages and heads of the YOLOv8 and YOLO11 detectors.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "cnn_builder.h"

namespace vram {
namespace {

constexpr int kBoxBins = 16;  ///< bins of the distribution over each of the four box sides

int conv(CnnBuilder& net, int from, int out, int kernel, int groups = 1) {
  return net.conv_bn_act(from, out, CnnWindow::square(kernel), groups, net.table().activation);
}

/// Two convolutions and, where asked for, a shortcut around them.
int pair(CnnBuilder& net, int from, int hidden, bool shortcut) {
  const int out = net.shape(from).channels;
  const int x = conv(net, conv(net, from, hidden, 3), out, 3);
  return shortcut ? net.add(x, from, false) : x;
}

/// The nested block of C3k2: two pairs on one half, nothing on the other, joined by a 1x1.
int c3k(CnnBuilder& net, int from, bool shortcut) {
  const int out = net.shape(from).channels;
  int left = conv(net, from, out / 2, 1);
  for (int i = 0; i < 2; ++i) left = pair(net, left, out / 2, shortcut);
  const std::array<int, 2> halves = {left, conv(net, from, out / 2, 1)};
  return conv(net, net.concat(halves), out, 1);
}

/// C2f and C3k2: split in two, send one half through a chain, join everything met on the way.
int split_chain(CnnBuilder& net, const CnnStage& stage, int from) {
  const int half = stage.width;
  const int both = conv(net, from, 2 * half, 1);
  std::vector<int> maps = {net.slice(both, half), net.slice(both, half)};
  for (int i = 0; i < stage.repeat; ++i) {
    const int x = maps.back();
    if (stage.inner)
      maps.push_back(c3k(net, x, stage.shortcut));
    else
      maps.push_back(pair(net, x, stage.block == CnnBlock::c2f ? half : half / 2, stage.shortcut));
  }
  return conv(net, net.concat(maps), stage.out, 1);
}

int sppf(CnnBuilder& net, const CnnStage& stage, int from) {
  std::array<int, 4> maps{};
  maps[0] = conv(net, from, net.shape(from).channels / 2, 1);
  for (std::size_t i = 1; i < maps.size(); ++i) maps[i] = net.max_pool(maps[i - 1], CnnWindow::square(stage.kernel));
  return conv(net, net.concat(maps), stage.out, 1);
}

/// Attention over all positions, keys half as wide as values, plus a depthwise convolution of the values.
int position_attention(CnnBuilder& net, int from) {
  const int width = net.shape(from).channels;
  const int heads = std::max(width / 64, 1);
  const int key_width = width / heads / 2;
  const int qkv = net.conv_bn(from, width + 2 * key_width * heads, CnnWindow::square(1));
  const int mixed = net.attention(qkv, width, heads, key_width);
  const int positions = net.conv_bn(net.slice(qkv, width), width, CnnWindow::square(3), width);
  return net.conv_bn(net.add(mixed, positions, false), width, CnnWindow::square(1));
}

int c2psa(CnnBuilder& net, const CnnStage& stage, int from) {
  const int out = net.shape(from).channels;
  const int both = conv(net, from, out, 1);
  const int left = net.slice(both, out / 2);
  int x = net.slice(both, out / 2);
  for (int i = 0; i < stage.repeat; ++i) {
    x = net.add(position_attention(net, x), x, false);
    const int wide = conv(net, x, out, 1);
    x = net.add(net.conv_bn(wide, out / 2, CnnWindow::square(1)), x, false);
  }
  const std::array<int, 2> halves = {left, x};
  return conv(net, net.concat(halves), out, 1);
}

/// One level's box branch (four sides of kBoxBins each), as a row of positions.
int flat(CnnBuilder& net, int from) {
  const CnnShape s = net.shape(from);
  return net.reshape(from, {s.channels, 1, s.height * s.width});
}

int box_branch(CnnBuilder& net, int from, int width) {
  const int x = conv(net, conv(net, from, width, 3), width, 3);
  return flat(net, net.conv(x, 4 * kBoxBins, CnnWindow::square(1), 1, true));
}

int class_branch(CnnBuilder& net, int from, int width, bool depthwise) {
  const int in = net.shape(from).channels;
  int x = from;
  if (depthwise) {
    x = conv(net, conv(net, x, in, 3, in), width, 1);
    x = conv(net, conv(net, x, width, 3, width), width, 1);
  } else {
    x = conv(net, conv(net, x, width, 3), width, 3);
  }
  return flat(net, net.conv(x, net.num_classes(), CnnWindow::square(1), 1, true));
}

}  // namespace

int build_yolo_stage(CnnBuilder& net, const CnnStage& stage, int from) {
  switch (stage.block) {
    case CnnBlock::sppf:
      return sppf(net, stage, from);
    case CnnBlock::c2psa:
      return c2psa(net, stage, from);
    default:
      return split_chain(net, stage, from);
  }
}

int build_detect(CnnBuilder& net, std::span<const int> levels, bool depthwise) {
  const int first = net.shape(levels[0]).channels;
  const int box_width = std::max({16, first / 4, 4 * kBoxBins});
  const int class_width = std::max(first, std::min(net.num_classes(), 100));
  std::vector<int> boxes, classes;
  for (const int level : levels) boxes.push_back(box_branch(net, level, box_width));
  const int all_boxes = net.concat_width(boxes);
  for (const int level : levels) classes.push_back(class_branch(net, level, class_width, depthwise));
  const int all_classes = net.concat_width(classes);
  net.set_phase(CnnPhase::inference);
  const int bins = net.reshape(all_boxes, {kBoxBins, 4, net.shape(all_boxes).width});
  const int sides = net.conv(net.simple(bins, CnnOp::softmax), 1, CnnWindow::square(1));
  const CnnShape s = net.shape(sides);
  const std::array<int, 2> answer = {net.reshape(sides, {s.height, 1, s.width}), all_classes};
  const int index = net.concat(answer);
  net.set_phase(CnnPhase::always);
  return index;
}

}  // namespace vram
