// Dispatch to the architecture builders, and the parameter folds.
// SPDX-License-Identifier: MIT
#include "vram/inventory.h"

#include <algorithm>

#include "inventory_builder.h"

namespace vram {

std::string_view name_of(Role role) {
  static constexpr std::array<std::string_view, kRoleCount> kNames = {
      "embedding", "lm_head", "norm", "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
      "router", "experts.gate_proj", "experts.up_proj", "experts.down_proj", "mixer", "conv", "projector", "vision", "other"};
  return kNames[static_cast<std::size_t>(role)];
}

std::string_view name_of(BlockKind kind) {
  static constexpr std::array<std::string_view, 15> kNames = {
      "embedding", "attention", "latent_attention", "linear_attention", "state_space", "short_conv", "mlp", "moe", "norm",
      "lm_head", "patch_embedding", "projector", "convolution", "classifier", "extra"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name_of(StackKind kind) {
  static constexpr std::array<std::string_view, 6> kNames = {"decoder", "encoder", "vision", "text_tower", "projector", "cnn"};
  return kNames[static_cast<std::size_t>(kind)];
}

void add_extra(Inventory& inventory, const std::vector<ExtraParameters>& extras, StackKind kind, Basis basis) {
  if (extras.empty()) return;
  InventoryBuilder builder(inventory);
  Stack stack;
  stack.kind = kind;
  stack.basis = basis;
  for (const ExtraParameters& extra : extras) {
    builder.begin(BlockKind::extra, extra.name);
    builder.weight({.name = "extra", .role = kind == StackKind::vision ? Role::vision : kind == StackKind::projector ? Role::projector : Role::other,
                    .out = extra.count});
    stack.before.push_back(builder.end());
  }
  add_stack(inventory, std::move(stack));
}

Inventory build_inventory(const ModelConfig& model) {
  Inventory inventory;
  inventory.hidden_size = model.hidden_size;
  inventory.num_layers = model.num_layers();
  inventory.default_dtype = model.default_dtype;
  inventory.num_experts = model.moe.num_experts;
  inventory.experts_per_token = model.moe.num_experts_per_tok;
  inventory.max_length = model.max_position_embeddings;
  if (model.position == PositionKind::rope && inventory.num_layers > 0) {
    const std::int64_t rotated = model.latent.qk_rope_head_dim > 0 ? model.latent.qk_rope_head_dim
                                 : model.attention.head_dim > 0    ? model.attention.head_dim
                                                                   : model.hidden_size / std::max<std::int64_t>(1, model.attention.heads);
    const double positions = static_cast<double>(model.max_position_embeddings);
    inventory.rotary_elements = positions * static_cast<double>(rotated) * (model.rope_scaling + (model.rope_local ? 1.0 : 0.0));
    inventory.rotary_sections = model.rope_sections;
  }
  inventory.image_tokens = model.image_tokens;
  inventory.max_heads = std::max<std::int64_t>(1, model.attention.heads);
  const Computation& code = model.computation;
  inventory.loss_fp32 = code.loss_fp32;
  inventory.biased_logits = code.biased_logits;
  inventory.softcap_logits = code.softcap || code.softcap_logits;
  inventory.smallest_window = model.sliding_window;
  inventory.compresses_keys = std::any_of(model.layers.begin(), model.layers.end(), [](const LayerSpec& layer) { return layer.compression > 0; });
  if (model.attention_dropout > 0 || code.attention_dropout > 0) inventory.features |= feature::kAttentionDropout;
  if (model.hidden_dropout > 0 || code.hidden_dropout > 0) inventory.features |= feature::kHiddenDropout;
  inventory.max_kv_heads = std::max<std::int64_t>(1, model.attention.kv_heads);
  switch (model.architecture) {
    case Architecture::decoder: build_decoder(inventory, model); break;
    case Architecture::bert: build_bert(inventory, model); break;
    case Architecture::t5:
    case Architecture::bart:
    case Architecture::whisper: build_encoder_decoder(inventory, model); break;
    case Architecture::vit: build_vision_tower(inventory, model.vision, Role::count); break;
    case Architecture::swin: build_swin(inventory, model); break;
    case Architecture::clip: build_clip(inventory, model); break;
    case Architecture::vlm:
      build_vision_tower(inventory, model.vision, Role::vision);
      build_projector(inventory, model);
      if (model.language_model == Architecture::t5) {
        build_encoder_decoder(inventory, model);
      } else {
        build_decoder(inventory, model);
      }
      break;
    case Architecture::cnn: build_cnn(inventory, model); break;
    case Architecture::unknown: break;
  }
  add_extra(inventory, model.extra_params, StackKind::decoder, Basis::tokens);
  if (inventory.blocks.empty() && model.published_parameters > 0) {
    // No block list is known: the published count is the fact we have.
    add_extra(inventory, {{"published parameters", model.published_parameters}}, StackKind::decoder, Basis::tokens);
  }
  if (model.stored_bytes > 0) {
    std::int64_t table = 0;
    for (const Block& block : inventory.blocks) {
      for (const Weight& weight : inventory.weights_of(block)) table += is_token_table(weight) ? weight.elements() * block.repeat : 0;
    }
    const std::int64_t table_bytes = table > 0 ? model.stored_table_bytes : 0;
    const std::int64_t rest = count_parameters(inventory).total - (table_bytes > 0 ? table : 0);
    inventory.stored_bytes_per_parameter = static_cast<double>(model.stored_bytes - table_bytes) / static_cast<double>(std::max<std::int64_t>(1, rest));
    inventory.stored_table_bytes_per_parameter = table_bytes > 0 ? static_cast<double>(table_bytes) / static_cast<double>(table) : inventory.stored_bytes_per_parameter;
  }
  return inventory;
}

std::int64_t block_parameters(const Inventory& inventory, const Block& block) {
  std::int64_t elements = 0;
  for (const Weight& weight : inventory.weights_of(block)) elements += weight.elements();
  return elements * block.repeat;
}

ParameterCounts count_parameters(const Inventory& inventory) {
  ParameterCounts counts;
  for (const Block& block : inventory.blocks) {
    for (const Weight& weight : inventory.weights_of(block)) {
      counts.total += block.repeat * weight.elements();
      const bool tower = weight.role == Role::vision || weight.role == Role::projector || weight.role == Role::conv;
      if (!tower) counts.active += block.repeat * weight.active_elements();
      if (weight.role == Role::embedding) counts.embedding += block.repeat * weight.elements();
    }
  }
  if (counts.active == 0) counts.active = counts.total;  // a vision model: every weight is used
  return counts;
}

}  // namespace vram
