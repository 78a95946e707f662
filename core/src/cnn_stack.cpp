// Convolutional networks: the list of operations of cnn.h, gathered into one block per convolution or linear map with
// the cheap operations that follow it. Saved tensors are counted by storage, so an in-place ReLU is free.
// What each operation keeps: formulas 5.1, 5.8.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cnn_storages.h"
#include "cnn_width.h"
#include "inventory_builder.h"
#include "vram/cnn.h"

namespace vram {

namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

bool has_weights(const CnnLayer& layer) { return layer.parameters > 0; }

bool starts_block(const CnnLayer& layer) { return layer.op == CnnOp::conv || layer.op == CnnOp::linear || layer.op == CnnOp::attention; }

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
    builder.saved({.name = "feature_map", .per_token = storages.saved_elements(index), .width = storages.wide(index) ? Width::residual : Width::compute});
    if (keeps.copy) builder.saved({.name = "activation_input", .per_token = real(layer.in_elements())});
    if (keeps.bytes_per_output > 0) builder.saved({.name = "indices_or_mask", .per_token = keeps.bytes_per_output * out, .width = Width::byte});
    if (keeps.input && !layer.inputs.empty() && layer.inputs[0] < 0) {
      builder.saved({.name = "image_copy", .per_token = real(layer.in_elements()), .all = feature::kAutocast});
    }
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
  const ScaledCnn scaled(*table, model.cnn_width);
  const std::vector<CnnLayer> layers = cnn_layers(scaled.table(), size, size, 3, static_cast<int>(std::clamp<std::int64_t>(model.num_classes, 1, 1'000'000)));
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
    if (starts_block(layer) && !layer.inputs.empty() && layer.inputs[0] >= 0) {
      // Where no gradient goes further down, the block before does not count what this one reads.
      builder.saved({.name = "block_input", .per_token = real(layer.in_elements()), .none = feature::kInputGradient});
    }
    add_weights(builder, layer);
    add_tensors(builder, layer, storages, i);
    if (layer.phase != CnnPhase::training) largest.live = std::max(largest.live, storages.live_elements(i));
    if (layer.phase != CnnPhase::inference) largest.gradient = std::max(largest.gradient, real(layer.in_elements() + layer.out_elements()));
    inventory.buffer_elements += layer.buffers;
  }
  if (!layers.empty()) close();
  inventory.num_layers = static_cast<std::int64_t>(stack.layers.size());
  inventory.image_elements = 3.0 * size * size;
  inventory.backward_points = storages.backward_points();
  inventory.segments = storages.segments();
  add_stack(inventory, std::move(stack));
}

}  // namespace vram
