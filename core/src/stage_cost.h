// What one pipeline stage of a training run costs: sums over its blocks.
// SPDX-License-Identifier: MIT
#pragma once

#include "vram/estimate.h"

namespace vram {

/// Sums over the blocks of one pipeline stage.
struct Evaluator::StageCost {
  double parameters = 0, quantised = 0, weight_bytes = 0;
  double trainable = 0, gradient_bytes = 0, state_bytes = 0, master_bytes = 0, step_bytes = 0, largest_matrix = 0;
  double adapters = 0, adapter_bytes = 0, distinct_matrices = 0, weight_copy = 0;
  double saved = 0;             ///< bytes autograd keeps of one micro-batch without recomputation
  double forward = 0, backward = 0;  ///< largest transient of one block
  double passing = 0;           ///< of a pass that keeps nothing
  double outside_saved = 0;     ///< of `saved`: blocks that are no layer (embedding, final norm, head input)
  double layers = 0;            ///< checkpointable layers
  double checkpoint_bytes = 0;  ///< inputs of those layers
  double recomputed = 0;        ///< largest saved bytes of one layer
  double largest_layer_parameters = 0;
  double policy = 0;            ///< of the layers' saved bytes, what a policy that saves matrix products keeps
  double largest_outside = 0;   ///< parameters of the largest block that is no layer
  double input_gradient = 0;    ///< bytes of weight gradients that come last: embeddings
  double first_layer_gradient = 0;    ///< and those of the layer before
  double input_width = 0;       ///< bytes of the gradient of the embeddings' result
  double key_value = 0;         ///< bytes of one layer's keys and values, this rank's tokens
  double unpacked = 0;          ///< bytes of the largest packed matrix in the compute dtype
  double layer_copies = 0;      ///< autocast copies of the layers' weights
  double scored_copies = 0;     ///< and those of one frozen model while it scores
  double head_elements = 0;     ///< trained elements of the language head, whose gradient comes first
  double tied_gradient = 0;     ///< bytes beside the gradients while head and embedding gradients of a tied matrix are added
  bool has_head = false;

  /// Another model in the same graph.
  void join(const StageCost& other);
};

}  // namespace vram
