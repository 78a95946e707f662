// Optimizer states, as data: bytes per trained element.
// SPDX-License-Identifier: MIT
#pragma once

#include "vram/workload.h"

namespace vram {

/// `tensors` state tensors of the width of the trained parameter (fp32 where a master copy exists), or of `fixed_bytes`
/// each; `factored`: rows + columns instead of rows × columns.
struct OptimizerStates {
  Optimizer id;
  double tensors;
  double fixed_bytes;  ///< per element and tensor; 0 = the width of the parameter
  bool factored;
  bool paged;          ///< states live in pageable host memory and visit the device
  double step_copies;  ///< temporaries of a foreach step, in copies of the trained parameters
};

[[nodiscard]] const OptimizerStates& states_of(Optimizer optimizer);

}  // namespace vram
