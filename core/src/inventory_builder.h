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
  explicit InventoryBuilder(Inventory& inventory, const Computation& computation = {}) : inventory_(inventory), computation_(computation) {}

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
    if (role_ != Role::count) weight.role = role_;
    if (weight.elements() > 0) inventory_.weights.push_back(weight);
  }
  void saved(Tensor tensor) {
    tensor.all = in_role(tensor.all);
    tensor.any = in_role(tensor.any);
    tensor.none = in_role(tensor.none);
    saved_.push_back(tensor);
  }
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
  [[nodiscard]] const Computation& computation() const { return computation_; }

  /// From now on every weight has this role, whatever its block says: a tower trains, freezes and adapts as one.
  void set_role(Role role) { role_ = role; }

 private:
  /// The same condition for the one role, where one is set.
  [[nodiscard]] Features in_role(Features condition) const {
    constexpr Features kRoles = (Features{1} << kRoleCount) - 1;
    constexpr Features kAdapted = (kRoles << 20U) & ~feature::kSlowScan;
    if (role_ == Role::count) return condition;
    Features mapped = condition & ~(kRoles | kAdapted);
    if ((condition & kRoles) != 0) mapped |= trains(role_);
    if ((condition & kAdapted) != 0) mapped |= adapts(role_);
    return mapped;
  }

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
  Computation computation_;
  Block block_;
  Role role_ = Role::count;  ///< count = each weight its own
  std::vector<Tensor> saved_, forward_, backward_;
};

/// Sets repeat counts and distinct layers of a finished stack and adds it to the inventory.
void add_stack(Inventory& inventory, Stack stack);

/// Elements of a norm over `dim` features.
[[nodiscard]] std::int64_t norm_elements(NormKind kind, std::int64_t dim);

/// Adds a norm over `dim` features (its weight and what it keeps) to the open block.
/// `input_kept`: another norm reads and keeps the same input.
void add_norm(InventoryBuilder& builder, NormKind kind, std::int64_t dim, std::string_view name, Shard shard = Shard::sequence, bool input_kept = false);

/// Adds what linears keep of a shared input of width `dim`, given the roles of the linears that read it.
/// `narrow_input`: the producer already made it in the compute dtype, so autocast adds no copy.
/// `kept_elsewhere`: another block keeps that storage; only copies are added.
void add_linear_inputs(InventoryBuilder& builder, std::string_view name, double dim, std::initializer_list<Role> readers,
                       Shard shard, bool narrow_input, bool kept_elsewhere = false);

// One function per kind of block; each returns the index of the block it added.
std::int32_t attention_block(InventoryBuilder& builder, const ModelConfig& model, const LayerSpec& layer);
/// A decoder layer's attention to its own tokens and then to those of an encoder or a tower.
std::int32_t self_and_cross_block(InventoryBuilder& builder, const ModelConfig& model);
/// Keys and values that every cross-attention layer makes from the encoder's (or tower's) last output: it stands in the
/// stack of those tokens, once per cross-attention layer.
std::int32_t cross_keys_block(InventoryBuilder& builder, const ModelConfig& model, std::int64_t source_width);
std::int32_t latent_attention_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t compressed_attention_block(InventoryBuilder& builder, const ModelConfig& model, const LayerSpec& layer);  ///< DeepSeek-V4
std::int32_t gated_deltanet_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t kda_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t lightning_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t mamba1_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t mamba2_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t attention_and_mamba2_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t short_conv_block(InventoryBuilder& builder, const ModelConfig& model);
std::int32_t mlp_block(InventoryBuilder& builder, const ModelConfig& model, FfnKind kind);
std::int32_t moe_block(InventoryBuilder& builder, const ModelConfig& model);

/// Adds one whole attention (norm, projections, core, cache) to the open block.
void add_attention(InventoryBuilder& builder, const ModelConfig& model, const LayerSpec& layer);
/// Adds the weights of a Mamba-2 mixer, what it keeps and its state to the open block, without the norm and input before it.
void add_mamba2(InventoryBuilder& builder, const ModelConfig& model);
/// Adds a layer's part of the per-layer embeddings: a gate, the product with the token's own row, a projection and a norm.
void add_per_layer_input(InventoryBuilder& builder, const ModelConfig& model);
/// Adds to the open block what AltUp and Laurel put around one layer (Gemma-3n).
void add_alternating_updates(InventoryBuilder& builder, const ModelConfig& model);
/// Adds to the open block the matrices that make the further streams of the first (`into`), or their mean of all.
void add_stream_projections(InventoryBuilder& builder, const ModelConfig& model, std::string_view name);
/// Adds what a norm over `dim` features keeps, without its weight.
void add_norm_saved(InventoryBuilder& builder, NormKind kind, std::int64_t dim, Shard shard = Shard::sequence, bool input_kept = false);
/// Adds what the adapter of a linear keeps of its input of width `dim`. `narrow_input`: it comes in the compute dtype.
void add_adapter_input(InventoryBuilder& builder, double dim, Role role, Shard shard, bool narrow_input, Features all = 0, Features none = 0);
/// Adds a dropout mask on the residual stream.
void add_dropout(InventoryBuilder& builder, double width);
/// Adds a learned gain per feature on the output of a block.
void add_layer_scale(InventoryBuilder& builder, std::int64_t width);
/// Adds the weights of one MLP to the open block.
void add_mlp_weights(InventoryBuilder& builder, MlpKind kind, std::int64_t width, std::int64_t inner, bool bias, bool fused_gate_up = false);
/// Adds what one MLP keeps (without its norm and input) to the open block.
void add_mlp_saved(InventoryBuilder& builder, MlpKind kind, double inner);

// One function per architecture.
void build_decoder(Inventory& inventory, const ModelConfig& model);
void build_bert(Inventory& inventory, const ModelConfig& model);
void build_encoder_decoder(Inventory& inventory, const ModelConfig& model);  ///< T5, BART, Whisper
/// `role` as in InventoryBuilder::set_role: Role::vision for a tower beside a language model, Role::count for one on its own.
void build_vision_tower(Inventory& inventory, const VisionTower& tower, Role role);
void build_projector(Inventory& inventory, const ModelConfig& model);
/// Latent tokens that look at a tower's output and at themselves, several times (Flamingo's perceiver resampler).
void build_perceiver(InventoryBuilder& builder, const Projector& projector);
void build_swin(Inventory& inventory, const ModelConfig& model);
void build_clip(Inventory& inventory, const ModelConfig& model);
void build_cnn(Inventory& inventory, const ModelConfig& model);
void add_extra(Inventory& inventory, const std::vector<ExtraParameters>& extras, StackKind kind, Basis basis);

}  // namespace vram
