// Helper that appends blocks to an inventory; every architecture file speaks through it.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "vram/inventory.h"

namespace vram {

/// Appends weights and tensors of one block at a time, so that each block's rows are contiguous.
class InventoryBuilder {
 public:
  explicit InventoryBuilder(Inventory& inventory) : inventory_(inventory) {}

  void begin(BlockKind kind, std::string label) {
    block_ = Block{};
    block_.kind = kind;
    block_.label = std::move(label);
    block_.repeat = 0;
    block_.weights.first = size_of(inventory_.weights);
    saved_.clear();
    forward_.clear();
    backward_.clear();
  }
  Block& block() { return block_; }

  void weight(Weight weight) {
    if (weight.elements() > 0) inventory_.weights.push_back(weight);
  }
  void saved(Tensor tensor) { saved_.push_back(tensor); }
  void forward(Tensor tensor) { forward_.push_back(tensor); }
  void backward(Tensor tensor) { backward_.push_back(tensor); }

  /// Closes the block and returns its index. Its repeat count grows as stacks refer to it.
  std::int32_t end() {
    block_.weights.count = size_of(inventory_.weights) - block_.weights.first;
    block_.saved = append(saved_);
    block_.forward = append(forward_);
    block_.backward = append(backward_);
    inventory_.blocks.push_back(std::move(block_));
    return static_cast<std::int32_t>(inventory_.blocks.size()) - 1;
  }

  Inventory& inventory() { return inventory_; }

 private:
  template <class T>
  static std::uint32_t size_of(const std::vector<T>& rows) {
    return static_cast<std::uint32_t>(rows.size());
  }
  Range append(const std::vector<Tensor>& rows) {
    const Range range{size_of(inventory_.tensors), size_of(rows)};
    inventory_.tensors.insert(inventory_.tensors.end(), rows.begin(), rows.end());
    return range;
  }

  Inventory& inventory_;
  Block block_;
  std::vector<Tensor> saved_, forward_, backward_;
};

/// Sets repeat counts and distinct layers of a finished stack and adds it to the inventory.
void add_stack(Inventory& inventory, Stack stack);

/// Elements of a norm over `dim` features.
[[nodiscard]] std::int64_t norm_elements(NormKind kind, std::int64_t dim);

/// Adds a norm over `dim` features (its weight and what it keeps) to the open block.
void add_norm(InventoryBuilder& builder, NormKind kind, std::int64_t dim, std::string_view name, Shard shard = Shard::sequence);

/// Adds what linears keep of a shared input of width `dim`, given the roles of the linears that read it.
/// `narrow_input`: the producer already made it in the compute dtype, so autocast adds no copy.
void add_linear_inputs(InventoryBuilder& builder, std::string_view name, double dim, std::initializer_list<Role> readers,
                       Shard shard, bool narrow_input);

// One function per kind of block; each returns the index of the block it added.
std::int32_t attention_block(InventoryBuilder& builder, const ModelConfig& model, MixerKind kind, bool shares_kv);
std::int32_t latent_attention_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t gated_deltanet_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t kda_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t lightning_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t mamba1_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t mamba2_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t short_conv_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t mlp_block(InventoryBuilder& builder, const ModelConfig& model, FfnKind kind);
std::int32_t moe_block(InventoryBuilder& builder, const ModelConfig& model);

/// Adds the weights of one MLP to the open block.
void add_mlp_weights(InventoryBuilder& builder, MlpKind kind, std::int64_t width, std::int64_t inner, bool bias);
/// Adds what one MLP keeps (without its norm and input) to the open block.
void add_mlp_saved(InventoryBuilder& builder, MlpKind kind, double inner);

// One function per architecture.
void build_decoder(Inventory& inventory, const ModelConfig& model);
void build_bert(Inventory& inventory, const ModelConfig& model);
void build_encoder_decoder(Inventory& inventory, const ModelConfig& model);  ///< T5, BART, Whisper
void build_vision_tower(Inventory& inventory, const VisionTower& tower);
void build_projector(Inventory& inventory, const ModelConfig& model);
void build_swin(Inventory& inventory, const ModelConfig& model);
void build_clip(Inventory& inventory, const ModelConfig& model);
void build_cnn(Inventory& inventory, const ModelConfig& model);
void add_extra(Inventory& inventory, const std::vector<ExtraParameters>& extras, StackKind kind, Basis basis);

}  // namespace vram
