// How often something can be done in a second.
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Calls `body(i)` for about `budget` seconds and returns calls per second: those of the best of 200 pieces, because whatever else a
/// machine does only ever takes time. `sink` keeps the work.
template <class Body>
double rate(double budget, double& sink, Body&& body) {
  std::int64_t calls = 0;
  double best = 0;
  const Clock::time_point start = Clock::now();
  while (seconds_since(start) < budget) {
    const Clock::time_point batch = Clock::now();
    std::int64_t done = 0;
    double elapsed = 0;
    while (elapsed < budget / 200) {
      for (int i = 0; i < 100; ++i) sink += body(calls++);
      done += 100;
      elapsed = seconds_since(batch);
    }
    best = std::max(best, static_cast<double>(done) / elapsed);
  }
  return best;
}

}  // namespace bench
