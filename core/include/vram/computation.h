// How a family's usual PyTorch code computes, where that decides what autograd keeps.
// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace vram {

/// How the activation of the feed-forward blocks is written.
enum class Activation : unsigned char {
  kernel,        ///< one kernel: silu, gelu, relu, gelu_pytorch_tanh
  tanh_formula,  ///< gelu_new: power, tanh and products are separate operations
  quick_gelu,    ///< x · sigmoid(1.702 x)
  bloom_gelu,    ///< a function of its own that keeps only the input
  clamped_glu    ///< gpt-oss: clamped gate and linear part, gate · sigmoid(1.702 gate)
};

struct Computation {
  Activation activation = Activation::kernel;
  bool softmax_fp32 = true;   ///< eager attention asks for an fp32 softmax, whatever the width of the scores
  bool gain_fp32 = false;     ///< RMSNorm multiplies by its gain before it narrows the result
  bool router_fp32 = false;   ///< the router multiplies in fp32
  bool norm_keeps_narrow = false;    ///< RMSNorm scales the narrow input, which it keeps beside the wide copy (T5)
  bool inner_dropout = false;        ///< dropout between the activation and the second matrix
  bool bias_on_scores = false;       ///< learned scores by distance go into every attention kernel (T5)
  bool output_copied = false;        ///< narrow attention output is copied for its projection: queries were made contiguous
  bool value_holds_qkv = false;      ///< values are a view of what one matrix wrote for q, k and v, and keep all of it
  bool mask_for_sdpa = false;        ///< SDPA always gets a mask (Falcon)
  bool query_key_fp32 = false;       ///< eager attention widens queries and keys (GPT-J)
  bool softcap = false;              ///< tanh caps scores and logits (Gemma 2)
  bool softcap_logits = false;       ///< tanh caps the logits alone (Gemma-3n)
  bool biased_logits = false;        ///< a buffer is added to the logits (BART)
  bool loss_fp32 = true;             ///< the loss widens its logits
  bool attention_output_dropout = true;  ///< dropout after the output projection, where the model has hidden dropout
  double attention_dropout = 0.0;  ///< the library's default rates
  double hidden_dropout = 0.0;
};

/// By Hugging Face model_type or by catalog family; letter case and punctuation do not matter. Unknown: as Llama.
[[nodiscard]] Computation computation_of(std::string_view name);

}  // namespace vram
