// Framework profiles: how a training stack computes, as data with a version and a date.
// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "vram/workload.h"

namespace vram {

/// What one training stack does. Switches feed the inventory's saved tensors; the rest sizes gradients, states and loss.
struct FrameworkProfile {
  Framework id{};
  std::string_view version;  ///< releases this row describes
  EngineVersion before;      ///< of an older row: the release that changed it
  std::string_view date;     ///< when it was checked, YYYY-MM
  std::string_view source;
  Features switches = 0;              ///< feature:: bits that are on
  bool gathers_low_precision = false;     ///< fp32 weights are cast while gathered (FSDP2 mixed precision) instead of by autocast
  bool master_weights = false;            ///< 16-bit weights with an fp32 copy in the optimizer
  double gradient_bytes = 0;          ///< per parameter; 0 = the width of the parameter
  double loss_bytes_per_logit = 0;    ///< live at the eager loss beside 16-bit logits: fp32 copy and log-probabilities
  double loss_gradient_bytes_per_logit = 0;  ///< live while the gradient of the logits exists, eager loss
  bool logits_replaced = false;   ///< an fp32 copy takes the place of what the head wrote
  double loss_cached_bytes_per_logit = 0;    ///< blocks of freed 16-bit logits that fp32 gradients cannot use: reserved only
  double split_loss_bytes_per_logit = 0;     ///< the same two where the vocabulary is split over tensor-parallel ranks; 0 = no other
  double split_loss_gradient_bytes_per_logit = 0;
  double matrix_buffer_bytes = 0;     ///< scratch kept per element of every distinct matrix shape
  bool foreach_optimizer = false;         ///< the step makes whole-model temporaries
  double reduce_bytes = 0;            ///< fully sharded: width in which gradients are scattered, on a stream of its own; 0 = another scheme
  bool selective_by_operation = false;    ///< selective checkpointing keeps attention results and every second matrix product
  double packed_input_bytes = 0;     ///< products with packed weights keep their inputs: 2 = as they are, 4 = each a copy in fp32
  bool unties_head = false;          ///< the head is a matrix of its own even where the model ties it
  bool keeps_upcast = false;         ///< what PEFT's preparation for k-bit training makes fp32 stays so
  bool adapters_keep_copy = false;   ///< fully sharded with adapters: the whole model stays beside its shards
  double context_bytes = 0;           ///< CUDA context and libraries per device, typical
};

/// The profile of a release; without one the newest.
[[nodiscard]] const FrameworkProfile& profile_of(Framework framework, const EngineVersion& version = {});

}  // namespace vram
