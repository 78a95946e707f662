// How sure a total is: a 90 % band and the probability that it fits.
// SPDX-License-Identifier: MIT
#pragma once

#include "evidence.h"
#include "vram/estimate.h"

namespace vram {

/// A total with its 90 % band.
struct Band {
  Bytes low, expected, high;
  double relative_deviation = 0;  ///< one standard deviation, as a share of the total
  Evidence evidence;              ///< what the band was fitted on
};

[[nodiscard]] Band band_of(const Scenario& scenario, const MemoryEstimate& estimate);

/// Probability in 0..1 that a normal variable around `band.expected` stays at or below `usable`.
[[nodiscard]] double fit_probability(const Band& band, Bytes usable);

/// Standard normal distribution function, linear between tabulated points (no exp, so that native and WASM agree).
[[nodiscard]] double normal_cdf(double x);

}  // namespace vram
