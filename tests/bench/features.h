// What each feature costs: evaluations per second with it.
// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "vram/workload.h"

namespace bench {

struct Feature {
  const char* name;
  const char* model;
  vram::Task task;
  void (*set)(vram::Scenario&);
};

/// One row per feature, each alone unless its name says otherwise; the first row of a task is the plain run.
[[nodiscard]] std::span<const Feature> features();

/// Evaluations per second; batch and length change every time, so nothing but the costs of blocks can be kept.
[[nodiscard]] double evaluations(const Feature& feature, double budget, double& sink);

}  // namespace bench
