// Primitive operations of convolutional networks: sizes and parameter counts.
// SPDX-License-Identifier: MIT
#include "cnn_builder.h"

namespace vram {
namespace {

/// Sides beyond this would leave the range of int after a few layers; the box rows of the largest image fit.
constexpr int kLargestSide = 1 << 28;

/// Output side of a window that slides over `size`. With `ceil`, a last window may hang over the end, but must begin
/// inside the input or its left padding.
int windowed_size(int size, int kernel, int stride, int padding, bool ceil) {
  const int room = size + 2 * padding - kernel;
  if (room < 0) return 0;
  int out = (room + (ceil ? stride - 1 : 0)) / stride + 1;
  if (ceil && (out - 1) * stride >= size + padding) --out;
  return out;
}

}  // namespace

CnnWindow CnnWindow::of(const CnnStage& stage) {
  const int width = stage.kernel_width ? stage.kernel_width : stage.kernel;
  const bool same = stage.padding < 0;
  return {stage.kernel, width, stage.stride, same ? stage.kernel / 2 : stage.padding, same ? width / 2 : stage.padding,
          stage.ceil};
}

CnnShape CnnBuilder::shape(int index) const {
  if (index < 0) return image_;
  const CnnLayer& layer = layers_[static_cast<std::size_t>(index)];
  return {layer.out_channels, layer.out_height, layer.out_width};
}

CnnLayer& CnnBuilder::append(CnnOp op, int from, CnnShape out) {
  const CnnShape in = shape(from);
  const bool empty = out.channels < 1 || out.height < 1 || out.width < 1;
  if (empty && phase_ != CnnPhase::training) failed_ = true;  // without its auxiliary classifier a network still runs
  if (out.height > kLargestSide || out.width > kLargestSide) failed_ = true;
  CnnLayer layer;
  layer.op = op;
  layer.phase = phase_;
  layer.in_channels = in.channels;
  layer.in_height = in.height;
  layer.in_width = in.width;
  layer.out_channels = out.channels;
  layer.out_height = out.height;
  layer.out_width = out.width;
  layer.block = inside_ ? block_ + 1 : 0;
  layer.inputs = {from};
  layers_.push_back(std::move(layer));
  return layers_.back();
}

int CnnBuilder::windowed(CnnOp op, int from, int out, CnnWindow window) {
  const CnnShape in = shape(from);
  const int height = windowed_size(in.height, window.height, window.stride, window.padding_height, window.ceil);
  const int width = windowed_size(in.width, window.width, window.stride, window.padding_width, window.ceil);
  CnnLayer& layer = append(op, from, {out, height, width});
  layer.kernel_height = window.height;
  layer.kernel_width = window.width;
  layer.stride = window.stride;
  layer.padding_height = window.padding_height;
  layer.padding_width = window.padding_width;
  return last();
}

int CnnBuilder::conv(int from, int out, CnnWindow window, int groups, bool bias) {
  const int index = windowed(CnnOp::conv, from, out, window);
  CnnLayer& layer = layers_.back();
  layer.groups = groups;
  layer.bias = bias;
  const std::int64_t per_output = std::int64_t{layer.in_channels / groups} * window.height * window.width;
  layer.parameters = (per_output + (bias ? 1 : 0)) * out;
  return index;
}

int CnnBuilder::linear(int from, int out) {
  const CnnShape in = shape(from);
  CnnLayer& layer = append(CnnOp::linear, from, {out, in.height, in.width});
  layer.bias = true;
  layer.parameters = (std::int64_t{in.channels} + 1) * out;
  return last();
}

int CnnBuilder::batch_norm(int from) {
  CnnLayer& layer = append(CnnOp::batch_norm, from, shape(from));
  layer.parameters = 2 * std::int64_t{layer.out_channels};
  layer.buffers = 2 * std::int64_t{layer.out_channels} + 1;
  return last();
}

int CnnBuilder::layer_norm(int from) {
  CnnLayer& layer = append(CnnOp::layer_norm, from, shape(from));
  layer.parameters = 2 * std::int64_t{layer.out_channels};
  return last();
}

int CnnBuilder::activation(int from, CnnOp op, bool in_place) { return simple(from, op, in_place); }

int CnnBuilder::simple(int from, CnnOp op, bool in_place) {
  append(op, from, shape(from)).in_place = in_place;
  return last();
}

int CnnBuilder::pool(int from, CnnOp op, CnnWindow window) { return windowed(op, from, shape(from).channels, window); }

int CnnBuilder::adaptive_pool(int from, int size) {
  append(CnnOp::avg_pool, from, {shape(from).channels, size, size});
  return last();
}

int CnnBuilder::upsample(int from) {
  const CnnShape in = shape(from);
  append(CnnOp::upsample, from, {in.channels, in.height * 2, in.width * 2});
  return last();
}

int CnnBuilder::add(int into, int other, bool in_place) {
  CnnLayer& layer = append(CnnOp::add, into, shape(into));
  layer.in_place = in_place;
  layer.inputs.push_back(other);
  return last();
}

int CnnBuilder::multiply(int from, int gate) {
  append(CnnOp::multiply, from, shape(from)).inputs.push_back(gate);
  return last();
}

int CnnBuilder::concat(std::span<const int> from) {
  CnnShape out = shape(from[0]);
  for (const int index : from.subspan(1)) {
    const CnnShape other = shape(index);
    if (other.height != out.height || other.width != out.width) failed_ = true;
    out.channels += other.channels;
  }
  append(CnnOp::concat, from[0], out).inputs.assign(from.begin(), from.end());
  return last();
}

int CnnBuilder::concat_width(std::span<const int> from) {
  CnnShape out = shape(from[0]);
  for (const int index : from.subspan(1)) {
    const CnnShape other = shape(index);
    if (other.height != out.height || other.channels != out.channels) failed_ = true;
    out.width += other.width;
  }
  append(CnnOp::concat, from[0], out).inputs.assign(from.begin(), from.end());
  return last();
}

int CnnBuilder::layer_scale(int from) {
  CnnLayer& layer = append(CnnOp::layer_scale, from, shape(from));
  layer.parameters = layer.out_channels;
  return last();
}

int CnnBuilder::attention(int qkv, int out, int heads, int key_width) {
  const CnnShape in = shape(qkv);
  CnnLayer& layer = append(CnnOp::attention, qkv, {out, in.height, in.width});
  layer.groups = heads;
  layer.kernel_height = key_width;
  return last();
}

int CnnBuilder::reshape(int from, CnnShape to) {
  append(CnnOp::flatten, from, to);
  return last();
}

int CnnBuilder::slice(int from, int channels) {
  const CnnShape in = shape(from);
  append(CnnOp::slice, from, {channels, in.height, in.width});
  return last();
}

int CnnBuilder::squeeze_excite(int from, int squeezed) {
  const int channels = shape(from).channels;
  int gate = adaptive_pool(from, 1);
  gate = conv(gate, squeezed, CnnWindow::square(1), 1, true);
  gate = activation(gate, table_.squeeze_activation, table_.squeeze_in_place);
  gate = conv(gate, channels, CnnWindow::square(1), 1, true);
  gate = activation(gate, table_.squeeze_gate, false);
  return multiply(from, gate);
}

int CnnBuilder::residual(int branch, int identity) {
  if (table_.stochastic_depth && block_ > 0) branch = simple(branch, CnnOp::stochastic_depth);
  return add(branch, identity, table_.add_in_place);
}

}  // namespace vram
