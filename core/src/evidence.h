// What stands behind a total: the measured runs of the same framework or engine, and how far the predictions were off there.
// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "vram/workload.h"

namespace vram {

/// Errors are shares of the measured value: |predicted - measured interval| / measured.
struct Evidence {
  std::string_view of;  ///< name of the framework or engine that was measured
  bool own = true;      ///< false: too few runs of the scenario's own were measured, these are of the nearest
  int values = 0;       ///< measured values of known configuration (trust A and B of tests/measured)
  double median = 0, p90 = 0;  ///< nine values in ten are no further off than p90
};

[[nodiscard]] Evidence evidence_of(const Scenario& scenario);

}  // namespace vram
