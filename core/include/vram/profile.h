// Framework profiles: how a training stack computes, as data with a version and a date.
// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "vram/workload.h"

namespace vram {

/// What one training stack does. Switches feed the inventory's saved tensors; the rest sizes gradients, states and loss.
struct FrameworkProfile {
  Framework id;
  std::string_view version;  ///< releases this row describes
  std::string_view date;     ///< when it was checked, YYYY-MM
  std::string_view source;
  Features switches;              ///< feature:: bits that are on
  bool gathers_low_precision;     ///< fp32 weights are cast while gathered (FSDP2 mixed precision) instead of by autocast
  bool master_weights;            ///< 16-bit weights with an fp32 copy in the optimizer
  double gradient_bytes;          ///< per parameter; 0 = the width of the parameter
  double loss_bytes_per_logit;    ///< live at the eager loss beside 16-bit logits: fp32 copy and log-probabilities
  double loss_gradient_bytes_per_logit;  ///< live while the gradient of the logits exists, eager loss
  double matrix_buffer_bytes;     ///< scratch kept per element of every distinct matrix shape
  bool foreach_optimizer;         ///< the step makes whole-model temporaries
  double context_bytes;           ///< CUDA context and libraries per device, typical
};

[[nodiscard]] const FrameworkProfile& profile_of(Framework framework);

}  // namespace vram
