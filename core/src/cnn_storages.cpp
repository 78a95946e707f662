// Live ranges of a convolutional network, forward and backward.
// SPDX-License-Identifier: MIT
#include "cnn_storages.h"

#include <algorithm>

namespace vram {

namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

bool in_training(const CnnLayer& layer) { return layer.phase != CnnPhase::inference; }

/// Gradients pass through without new memory.
bool passes_gradient(CnnOp op) { return op == CnnOp::add || op == CnnOp::concat || op == CnnOp::flatten; }

}  // namespace

Keeps kept_by(const CnnLayer& layer) {
  switch (layer.op) {
    case CnnOp::conv:
    case CnnOp::linear:
    case CnnOp::batch_norm:
    case CnnOp::layer_norm:
    case CnnOp::avg_pool: return {.input = true};
    case CnnOp::relu:
    case CnnOp::sigmoid:
    case CnnOp::softmax: return {.output = true};
    case CnnOp::relu6:
    case CnnOp::hardswish:
    case CnnOp::hardsigmoid:
    case CnnOp::silu:
    case CnnOp::gelu:
      if (layer.in_place) return {.copy = true};
      return {.input = true};
    case CnnOp::max_pool: return {.input = true, .bytes_per_output = 8};
    case CnnOp::multiply: return {.input = true, .second_input = true};
    case CnnOp::layer_scale: return {.input = true};
    case CnnOp::attention: return {.input = true, .output = true};
    case CnnOp::dropout: return {.bytes_per_output = 1};
    case CnnOp::add:
    case CnnOp::concat:
    case CnnOp::upsample:
    case CnnOp::stochastic_depth:
    case CnnOp::channel_shuffle:
    case CnnOp::flatten:
    case CnnOp::slice: return {};
  }
  return {};
}

Storages::Storages(const std::vector<CnnLayer>& layers)
    : layers_(layers), owner_(layers.size()), last_use_(layers.size()), saved_(layers.size(), false), wide_(layers.size(), false), savers_(layers.size()) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool shares = (layers[i].in_place || layers[i].is_view()) && !layers[i].inputs.empty() && layers[i].inputs[0] >= 0;
    owner_[i] = shares ? owner_[static_cast<std::size_t>(layers[i].inputs[0])] : i;
    last_use_[owner_[i]] = i;
    for (const int input : layers[i].inputs) {
      if (input >= 0) last_use_[owner_[static_cast<std::size_t>(input)]] = i;
    }
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (in_training(layers[i])) save(i);
  }
}

void Storages::save(std::size_t i) {
  const Keeps keeps = kept_by(layers_[i]);
  const auto keep = [&](std::size_t storage) {
    saved_[storage] = true;
    savers_[storage].push_back(i);
    if (layers_[i].op == CnnOp::layer_norm) wide_[storage] = true;
  };
  if (keeps.output) keep(owner_[i]);
  for (std::size_t input = 0; input < layers_[i].inputs.size(); ++input) {
    const bool needed = input == 0 ? keeps.input : keeps.second_input;
    if (needed && layers_[i].inputs[input] >= 0) keep(owner_[static_cast<std::size_t>(layers_[i].inputs[input])]);
  }
}

double Storages::saved_elements(std::size_t i) const { return owner_[i] == i && saved_[i] ? real(layers_[i].out_elements()) : 0.0; }

double Storages::live_elements(std::size_t i) const {
  double live = real(layers_[i].inputs.empty() || layers_[i].inputs[0] < 0 ? layers_[i].in_elements() : 0);
  for (std::size_t k = 0; k <= i; ++k) {
    if (owner_[k] == k && last_use_[k] >= i && layers_[k].phase != CnnPhase::training) live += real(layers_[k].out_elements());
  }
  return live;
}

namespace {

/// A gradient in memory; several operations may wait for the same one.
struct Gradient {
  double elements = 0;
  int holders = 0;
};

/// Runs the backward pass on sizes alone.
class BackwardPass {
 public:
  explicit BackwardPass(std::size_t operations) : waiting_(operations, -1) {}

  double live_gradients = 0;

  int allocate(double elements) {
    gradients_.push_back({elements, 0});
    live_gradients += elements;
    return static_cast<int>(gradients_.size()) - 1;
  }
  void hold(int gradient) { ++gradients_[static_cast<std::size_t>(gradient)].holders; }
  void release(int gradient) {
    Gradient& g = gradients_[static_cast<std::size_t>(gradient)];
    if (--g.holders <= 0) {
      live_gradients -= g.elements;
      g.elements = 0;
    }
  }
  int& waiting(std::size_t operation) { return waiting_[operation]; }

 private:
  std::vector<int> waiting_;  ///< by operation: the gradient of its output so far, -1 = none yet
  std::vector<Gradient> gradients_;
};

bool below(const LivePoint& a, const LivePoint& b) {
  return a.elements <= b.elements && a.wide_elements <= b.wide_elements && a.bytes <= b.bytes && a.gradients <= b.gradients && a.copies <= b.copies;
}

void note(std::vector<LivePoint>& points, const LivePoint& point) {
  for (const LivePoint& other : points) {
    if (below(point, other)) return;
  }
  std::erase_if(points, [&](const LivePoint& other) { return below(other, point); });
  points.push_back(point);
}

}  // namespace

std::vector<LivePoint> Storages::backward_points() const {
  std::vector<LivePoint> points;
  BackwardPass pass(layers_.size());
  LivePoint live;
  std::vector<std::size_t> users(layers_.size(), 0);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    users[i] = savers_[i].size();
    if (!in_training(layers_[i])) continue;
    (wide_[i] ? live.wide_elements : live.elements) += saved_elements(i);
    const Keeps keeps = kept_by(layers_[i]);
    if (keeps.copy) live.elements += real(layers_[i].in_elements());
    live.bytes += keeps.bytes_per_output * real(layers_[i].out_elements());
    if (layers_[i].op == CnnOp::conv || layers_[i].op == CnnOp::linear) live.copies += real(layers_[i].parameters);
  }
  const auto moment = [&](double more_elements, double more_copies) {
    LivePoint point = live;
    point.elements += pass.live_gradients + more_elements;
    point.copies += more_copies;
    note(points, point);
  };
  for (std::size_t k = layers_.size(); k-- > 0;) {
    const CnnLayer& layer = layers_[k];
    if (!in_training(layer)) continue;
    int incoming = pass.waiting(k);
    pass.waiting(k) = -1;
    if (incoming < 0) {  // an output of the network
      incoming = pass.allocate(real(layer.out_elements()));
      pass.hold(incoming);
    }
    // The new gradients, beside everything that is kept.
    std::vector<int> outgoing;
    for (const int input : layer.inputs) {
      if (input < 0) {
        outgoing.push_back(-1);
      } else if (passes_gradient(layer.op)) {
        outgoing.push_back(incoming);
      } else {
        outgoing.push_back(pass.allocate(real(layers_[static_cast<std::size_t>(input)].out_elements())));
      }
      if (outgoing.back() >= 0) pass.hold(outgoing.back());
    }
    const bool product = layer.op == CnnOp::multiply || layer.op == CnnOp::layer_scale;
    live.gradients += real(layer.parameters);
    moment(product ? real(layer.in_elements()) : 0.0, 0.0);
    // Then what only this operation needed goes.
    const Keeps keeps = kept_by(layer);
    if (keeps.copy) live.elements -= real(layer.in_elements());
    live.bytes -= keeps.bytes_per_output * real(layer.out_elements());
    const auto drop = [&](std::size_t storage) {
      if (--users[storage] == 0) (wide_[storage] ? live.wide_elements : live.elements) -= saved_elements(storage);
    };
    if (keeps.output) drop(owner_[k]);
    for (std::size_t input = 0; input < layer.inputs.size(); ++input) {
      const bool needed = input == 0 ? keeps.input : keeps.second_input;
      if (needed && layer.inputs[input] >= 0) drop(owner_[static_cast<std::size_t>(layer.inputs[input])]);
    }
    pass.release(incoming);
    if (layer.op == CnnOp::conv || layer.op == CnnOp::linear) {
      live.copies -= real(layer.parameters);
      moment(0.0, real(layer.parameters));  // autocast: the weight's gradient in both widths
    }
    for (std::size_t input = 0; input < layer.inputs.size(); ++input) {
      const int gradient = outgoing[input];
      if (gradient < 0) continue;
      int& waiting = pass.waiting(static_cast<std::size_t>(layer.inputs[input]));
      if (waiting < 0) {
        waiting = gradient;
        continue;
      }
      const int sum = pass.allocate(real(layers_[static_cast<std::size_t>(layer.inputs[input])].out_elements()));
      pass.hold(sum);
      moment(0.0, 0.0);
      pass.release(waiting);
      pass.release(gradient);
      waiting = sum;
    }
  }
  return points;
}

bool Storages::ends_segment(std::size_t i) const {
  std::size_t next = i + 1;
  while (next < layers_.size() && !in_training(layers_[next])) ++next;
  if (next == layers_.size()) return true;
  if (layers_[next].op != CnnOp::conv && layers_[next].op != CnnOp::linear) return false;
  for (std::size_t k = 0; k <= i; ++k) {
    if (owner_[k] == k && in_training(layers_[k]) && k != owner_[i] && last_use_[k] > i) return false;
  }
  return true;
}

Segments Storages::segments() const {
  Segments sum;
  double most = -1;
  Segments segment;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (!in_training(layers_[i])) continue;
    const Keeps keeps = kept_by(layers_[i]);
    (wide_[i] ? segment.wide_elements : segment.elements) += saved_elements(i);
    if (keeps.copy) segment.elements += real(layers_[i].in_elements());
    segment.bytes += keeps.bytes_per_output * real(layers_[i].out_elements());
    if (!ends_segment(i)) continue;
    // Compared in 16 bit; wide maps count twice.
    const double size = 2 * segment.elements + 4 * segment.wide_elements + segment.bytes;
    if (size > most) {
      most = size;
      sum.elements = segment.elements;
      sum.wide_elements = segment.wide_elements;
      sum.bytes = segment.bytes;
    }
    segment = {};
    if (i + 1 < layers_.size()) (wide_[owner_[i]] ? sum.wide_inputs : sum.inputs) += real(layers_[i].out_elements());
  }
  return sum;
}

}  // namespace vram
