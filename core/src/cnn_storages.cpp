// Live ranges of a convolutional network, forward and backward.
// SPDX-License-Identifier: MIT
#include "cnn_storages.h"

#include <algorithm>
#include <vector>

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
  const bool has_blocks = std::any_of(layers_.begin(), layers_.end(), [](const CnnLayer& layer) { return layer.block > 0; });
  return has_blocks ? by_blocks() : by_crossings();
}

namespace {

/// Memory of one image: of a block that is recomputed, or of what is kept up to a point.
struct Amount {
  double elements = 0, wide_elements = 0, bytes = 0;
  /// Compared in 16 bit; wide maps count twice.
  [[nodiscard]] double size() const { return 2 * elements + 4 * wide_elements + bytes; }
  void add(double more, bool wide) { (wide ? wide_elements : elements) += more; }
  Amount operator+(const Amount& other) const { return {elements + other.elements, wide_elements + other.wide_elements, bytes + other.bytes}; }
  Amount operator-(const Amount& other) const { return {elements - other.elements, wide_elements - other.wide_elements, bytes - other.bytes}; }
};

void put(Segments& sum, const Amount& kept, const Amount& at_peak) {
  sum.kept = kept.elements;
  sum.wide_kept = kept.wide_elements;
  sum.kept_bytes = kept.bytes;
  sum.elements = at_peak.elements;
  sum.wide_elements = at_peak.wide_elements;
  sum.bytes = at_peak.bytes;
}

/// Whether autocast leaves the output in fp32: norms over channels and products with a parameter do, matrix products do
/// not, everything else follows its inputs.
std::vector<bool> outputs_in_fp32(const std::vector<CnnLayer>& layers) {
  std::vector<bool> wide(layers.size(), false);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const CnnOp op = layers[i].op;
    const bool product = op == CnnOp::conv || op == CnnOp::linear || op == CnnOp::attention;
    wide[i] = op == CnnOp::layer_norm || op == CnnOp::layer_scale;
    for (const int input : layers[i].inputs) wide[i] = wide[i] || (!product && input >= 0 && wide[static_cast<std::size_t>(input)]);
  }
  return wide;
}

}  // namespace

Segments Storages::by_blocks() const {
  Segments sum;
  const std::vector<bool> stream = outputs_in_fp32(layers_);
  const auto block_of = [&](std::size_t i) { return static_cast<std::size_t>(layers_[i].block); };
  std::vector<bool> crosses(layers_.size(), false);  // storages that a block reads and another part of the network wrote
  std::size_t count = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (!in_training(layers_[i])) continue;
    count = std::max(count, block_of(i));
    for (const int input : layers_[i].inputs) {
      if (input < 0 && block_of(i) == 0 && kept_by(layers_[i]).input) sum.image_copy = real(layers_[i].in_elements());
      if (input < 0) continue;
      const std::size_t storage = owner_[static_cast<std::size_t>(input)];
      if (block_of(i) > 0 && block_of(i) != block_of(storage)) crosses[storage] = true;
    }
  }
  Amount kept;
  std::vector<Amount> blocks(count + 1), before(count + 1);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (!in_training(layers_[i])) continue;
    const std::size_t block = block_of(i);
    if (block > 0 && (i == 0 || block_of(i - 1) != block)) before[block] = kept;
    Amount& here = block == 0 ? kept : blocks[block];
    const Keeps keeps = kept_by(layers_[i]);
    if (keeps.copy) here.elements += real(layers_[i].in_elements());
    here.bytes += keeps.bytes_per_output * real(layers_[i].out_elements());
    const bool outside = std::any_of(savers_[i].begin(), savers_[i].end(), [&](std::size_t saver) { return block_of(saver) == 0; });
    if (crosses[i] || outside) {
      kept.add(real(layers_[i].out_elements()), crosses[i] ? stream[i] : wide_[i]);
    } else if (!savers_[i].empty()) {
      blocks[block].add(real(layers_[i].out_elements()), wide_[i]);
    }
  }
  Amount most;  // of a block, beside what was kept before it: what came after is gone when backward gets there
  for (std::size_t block = 1; block <= count; ++block) {
    const Amount there = before[block] + blocks[block];
    if (there.size() > most.size()) most = there;
  }
  put(sum, kept, most - kept);
  return sum;
}

Segments Storages::by_crossings() const {
  Segments sum;
  Amount kept, most, segment;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (!in_training(layers_[i])) continue;
    const Keeps keeps = kept_by(layers_[i]);
    segment.add(saved_elements(i), wide_[i]);
    if (keeps.copy) segment.elements += real(layers_[i].in_elements());
    segment.bytes += keeps.bytes_per_output * real(layers_[i].out_elements());
    if (!ends_segment(i)) continue;
    if ((kept + segment).size() > most.size()) most = kept + segment;
    segment = {};
    if (i + 1 < layers_.size()) kept.add(real(layers_[i].out_elements()), wide_[owner_[i]]);
  }
  put(sum, kept, most - kept);
  return sum;
}

}  // namespace vram
