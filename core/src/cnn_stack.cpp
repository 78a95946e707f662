// Convolutional networks: the list of operations of cnn.h, gathered into one block per convolution or linear map with
// the cheap operations that follow it. Saved tensors are counted by storage, so an in-place ReLU is free.
// What each operation keeps: formulas 5.1, 5.8.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "inventory_builder.h"
#include "vram/cnn.h"

namespace vram {

namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

bool has_weights(const CnnLayer& layer) { return layer.parameters > 0; }

bool starts_block(const CnnLayer& layer) { return layer.op == CnnOp::conv || layer.op == CnnOp::linear || layer.op == CnnOp::attention; }

/// What autograd keeps of an operation, beside small statistics.
struct Keeps {
  bool input = false, second_input = false, output = false;
  bool copy = false;          ///< a copy of the input, because the operation overwrites it and needs it
  double bytes_per_output = 0;  ///< masks and indices
};

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
      if (layer.in_place) return {.output = true};
      return {.input = true};
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

/// Follows which operation's memory holds each output, how long it lives and whether backward needs it.
class Storages {
 public:
  explicit Storages(const std::vector<CnnLayer>& layers) : layers_(layers), owner_(layers.size()), last_use_(layers.size()), saved_(layers.size(), false) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const bool shares = (layers[i].in_place || layers[i].is_view()) && !layers[i].inputs.empty() && layers[i].inputs[0] >= 0;
      owner_[i] = shares ? owner_[static_cast<std::size_t>(layers[i].inputs[0])] : i;
      last_use_[owner_[i]] = i;
      for (const int input : layers[i].inputs) {
        if (input >= 0) last_use_[owner_[static_cast<std::size_t>(input)]] = i;
      }
    }
    for (std::size_t i = 0; i < layers.size(); ++i) save(i);
  }

  /// Elements of the storage of operation `i` that backward needs; 0 where another operation owns it.
  [[nodiscard]] double saved_elements(std::size_t i) const { return owner_[i] == i && saved_[i] ? real(layers_[i].out_elements()) : 0.0; }
  /// Elements alive while operation `i` runs at inference.
  [[nodiscard]] double live_elements(std::size_t i) const {
    double live = real(layers_[i].inputs.empty() || layers_[i].inputs[0] < 0 ? layers_[i].in_elements() : 0);
    for (std::size_t k = 0; k <= i; ++k) {
      if (owner_[k] == k && last_use_[k] >= i && layers_[k].phase != CnnPhase::training) live += real(layers_[k].out_elements());
    }
    return live;
  }

 private:
  void save(std::size_t i) {
    const Keeps keeps = kept_by(layers_[i]);
    if (keeps.output) saved_[owner_[i]] = true;
    for (std::size_t input = 0; input < layers_[i].inputs.size(); ++input) {
      const bool needed = input == 0 ? keeps.input : keeps.second_input;
      if (needed && layers_[i].inputs[input] >= 0) saved_[owner_[static_cast<std::size_t>(layers_[i].inputs[input])]] = true;
    }
  }

  const std::vector<CnnLayer>& layers_;
  std::vector<std::size_t> owner_, last_use_;
  std::vector<bool> saved_;
};

void add_weights(InventoryBuilder& builder, const CnnLayer& layer) {
  if (!has_weights(layer)) return;
  if (layer.op == CnnOp::conv || layer.op == CnnOp::linear) {
    const std::int64_t bias = layer.bias ? layer.out_channels : 0;
    const std::int64_t positions = layer.op == CnnOp::conv ? std::int64_t{layer.out_height} * layer.out_width : 1;
    builder.weight({.name = layer.op == CnnOp::conv ? "conv" : "linear", .role = Role::conv, .out = layer.out_channels,
                    .in = (layer.parameters - bias) / std::max(1, layer.out_channels), .bias = bias, .uses = real(positions)});
    return;
  }
  builder.weight({.name = "norm", .role = Role::norm, .out = layer.parameters, .uses = 0});
}

void add_tensors(InventoryBuilder& builder, const CnnLayer& layer, const Storages& storages, std::size_t index) {
  const double out = real(layer.out_elements());
  const Keeps keeps = kept_by(layer);
  if (layer.phase != CnnPhase::inference) {
    builder.saved({.name = "feature_map", .per_token = storages.saved_elements(index)});
    if (keeps.copy) builder.saved({.name = "activation_input", .per_token = real(layer.in_elements())});
    if (keeps.bytes_per_output > 0) builder.saved({.name = "indices_or_mask", .per_token = keeps.bytes_per_output * out, .width = Width::byte});
    if (keeps.input && !layer.inputs.empty() && layer.inputs[0] < 0) builder.saved({.name = "image", .per_token = real(layer.in_elements())});
  }
}

/// Several transients of one block are alternatives, not companions: only the largest counts.
struct Largest {
  double live = 0, gradient = 0;
};

}  // namespace

void build_cnn(Inventory& inventory, const ModelConfig& model) {
  const CnnTable* table = find_cnn(model.cnn_id);
  if (table == nullptr) return;
  const int size = static_cast<int>(std::clamp<std::int64_t>(model.image_size > 0 ? model.image_size : table->input_size, 1, 16384));
  const std::vector<CnnLayer> layers = cnn_layers(*table, size, size, 3, static_cast<int>(std::clamp<std::int64_t>(model.num_classes, 1, 1'000'000)));
  const Storages storages(layers);

  InventoryBuilder builder(inventory);
  Stack stack{.kind = StackKind::cnn, .basis = Basis::samples};
  Largest largest;
  const auto close = [&] {
    builder.forward({.name = "live_feature_maps", .per_token = largest.live, .none = trains(Role::conv)});
    builder.backward({.name = "feature_map_gradients", .per_token = largest.gradient});
    stack.layers.push_back({builder.end(), -1});
    largest = {};
  };
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const CnnLayer& layer = layers[i];
    if (i == 0 || starts_block(layer)) {
      if (i > 0) close();
      builder.begin(layer.op == CnnOp::linear ? BlockKind::classifier : BlockKind::convolution,
                    std::string(name_of(layer.op)) + ' ' + std::to_string(layer.out_channels) + " x " + std::to_string(layer.out_height) + " x " + std::to_string(layer.out_width));
    }
    add_weights(builder, layer);
    add_tensors(builder, layer, storages, i);
    if (layer.phase != CnnPhase::training) largest.live = std::max(largest.live, storages.live_elements(i));
    if (layer.phase != CnnPhase::inference) largest.gradient = std::max(largest.gradient, real(layer.in_elements() + layer.out_elements()));
    inventory.buffer_elements += layer.buffers;
  }
  if (!layers.empty()) close();
  inventory.num_layers = static_cast<std::int64_t>(stack.layers.size());
  add_stack(inventory, std::move(stack));
}

}  // namespace vram
