// GGUF sizes. Roles follow the tensor names that llama.cpp's mixtures look at.
// SPDX-License-Identifier: MIT
#include "gguf_weights.h"

#include <algorithm>

namespace vram {

namespace {

TensorRole role_of(const Block& block, const Weight& weight, bool fused_qkv) {
  const bool latent = block.kind == BlockKind::latent_attention;
  if (is_token_table(weight)) return TensorRole::token_embedding;
  if (weight.role == Role::lm_head && weight.in > 1) return TensorRole::output;
  if (!weight.quantizable) return TensorRole::kept;
  if (weight.name == "in_proj_qkv") return TensorRole::attention_qkv;  // llama.cpp calls it attn_qkv in linear layers too
  switch (weight.role) {
    case Role::q_proj: return latent ? TensorRole::other : fused_qkv ? TensorRole::attention_qkv : TensorRole::attention_q;
    case Role::k_proj: return TensorRole::attention_k;
    case Role::v_proj: return latent ? TensorRole::other : TensorRole::attention_v;
    case Role::o_proj: return TensorRole::attention_output;
    case Role::gate_proj:
    case Role::expert_gate_proj: return TensorRole::ffn_gate;
    case Role::up_proj:
    case Role::expert_up_proj: return TensorRole::ffn_up;
    case Role::down_proj:
    case Role::expert_down_proj: return TensorRole::ffn_down;
    default: return TensorRole::other;
  }
}

bool is_expert(const Weight& weight) {
  return weight.role == Role::expert_gate_proj || weight.role == Role::expert_up_proj || weight.role == Role::expert_down_proj;
}

constexpr double kFp32 = 4.0;

/// llama-quantize refuses the smallest IQ types without an importance matrix, and who publishes one of them has it for all.
bool with_importance(GgufMixture mixture) { return mixture >= GgufMixture::iq1_s && mixture <= GgufMixture::iq4_xs; }

}  // namespace

GgufCounter::GgufCounter(const Inventory& inventory, const RunShape& shape) : inventory_(inventory), shape_(shape) {
  gqa_ = static_cast<int>(std::max<std::int64_t>(1, inventory.max_heads / std::max<std::int64_t>(1, inventory.max_kv_heads)));
  layers_ = static_cast<int>(inventory.num_layers);
  for (const Stack& stack : inventory.stacks) {
    if (stack.kind != StackKind::decoder) continue;
    for (const Layer& layer : stack.layers) {
      if (layer.mixer < 0) continue;
      const auto weights = inventory.weights_of(inventory.blocks[static_cast<std::size_t>(layer.mixer)]);
      if (std::any_of(weights.begin(), weights.end(), [](const Weight& w) { return w.name == "v_proj"; })) ++value_layers_;
    }
  }
}

PlacedBytes GgufCounter::block(const Block& block, std::int64_t layer) {
  PlacedBytes placed;
  const auto weights = inventory_.weights_of(block);
  const bool fused = std::any_of(weights.begin(), weights.end(), [](const Weight& w) { return w.role == Role::q_proj && w.continues; });
  for (const Weight& weight : weights) {
    GgufTensor tensor;
    tensor.role = role_of(block, weight, fused);
    tensor.cols = weight.in;
    tensor.layer = static_cast<int>(layer);
    tensor.n_layers = layers_;
    tensor.n_gqa = gqa_;
    tensor.n_experts = static_cast<int>(inventory_.num_experts);
    tensor.expert = is_expert(weight);
    tensor.tied = inventory_.tied_elements > 0;
    tensor.importance_matrix = with_importance(shape_.mixture);
    if (tensor.role == TensorRole::attention_v) {
      if (layer != value_layer_before_) ++value_layer_;
      value_layer_before_ = layer;
      tensor.layer = value_layer_;
      tensor.n_layers = value_layers_;
    }
    const bool tower = weight.role == Role::vision || weight.role == Role::projector;
    const WeightFormatId type = tower ? (weight.in > 1 ? WeightFormatId::fp16 : WeightFormatId::fp32) : gguf_tensor_type(shape_.mixture, tensor);
    const double split = weight.shard == Shard::replicated || weight.shard == Shard::sequence ? 1.0 : shape_.tensor;
    const double bytes = (static_cast<double>(weight.copies) * stored_bytes(type, weight.out, weight.in) +
                          static_cast<double>(weight.copies * weight.bias) * kFp32) / split;
    const bool host_table = shape_.embeddings_on_host && weight.lookup;
    const bool host_expert = tensor.expert && static_cast<double>(layer) < shape_.cpu_experts;
    (host_table || host_expert ? placed.host : placed.device) += bytes;
    if (weight.lookup) placed.tables += bytes;
    if (tensor.expert) placed.experts += bytes;
    if (weight.lookup || weight.in <= 1) continue;
    placed.largest = std::max(placed.largest, bytes);
    if (host_expert) placed.largest_on_host = std::max(placed.largest_on_host, bytes);
  }
  return placed;
}

double GgufCounter::tied_head() const {
  GgufTensor tensor;
  tensor.role = TensorRole::token_embedding;
  tensor.tied = true;
  tensor.cols = inventory_.vocab_size > 0 ? inventory_.tied_elements / inventory_.vocab_size : inventory_.hidden_size;
  tensor.n_experts = static_cast<int>(inventory_.num_experts);
  return stored_bytes(gguf_tensor_type(shape_.mixture, tensor), inventory_.vocab_size, tensor.cols) / shape_.tensor;
}

}  // namespace vram
