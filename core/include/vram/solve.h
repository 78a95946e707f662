// solve: hold the card and ask how far a number may go. Exact boundaries by bisection on the estimate itself.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "vram/estimate.h"
#include "vram/workload.h"

namespace vram {

/// How one run sits on one card.
struct Fit {
  bool legal = false;   ///< no rule of severity error is broken
  bool fits = false;    ///< the expected total stays within what the card offers
  bool likely = false;  ///< so does the upper end of the 90 % band
  Bytes total, usable;
};

/// Answers for many runs of one model on one card. Keeps block costs between calls; reads no text.
class FitCheck {
 public:
  FitCheck(const Inventory& inventory, const GpuSpec& gpu);
  [[nodiscard]] Fit operator()(const Scenario& scenario);
  [[nodiscard]] const GpuSpec& gpu() const { return *gpu_; }
  /// The next calls are about this card.
  void set_gpu(const GpuSpec& gpu) { gpu_ = &gpu; }
  [[nodiscard]] const Inventory& inventory() const { return inventory_; }

 private:
  const Inventory& inventory_;
  const GpuSpec* gpu_;
  Evaluator evaluate_;
};

/// Where a run fits along one numeric field; all other fields stay. The values that fit are one interval for sizes.
/// Degrees of parallelism and `hardware.gpus` are tried at 1, 2, 3, 4, 6, 8, 12, ... 64, and the numbers are the smallest
/// and the largest that fit; those between may be illegal.
struct FitRange {
  std::string_view field;
  double min = 0, max = 0;  ///< what was searched: the control's range, widened to hold the present value
  double value = 0;
  bool any = false;         ///< false: no value fits, and the three below mean nothing
  double fits_min = 0, fits_max = 0;
  bool any_likely = false;
  double likely_max = 0;    ///< largest value that fits even at the upper end of the band
};

/// Sets what hangs on the number of cards (the layout) after it changed.
using Follow = std::function<void(Scenario&)>;

/// The interval of one field.
[[nodiscard]] FitRange fit_range(FitCheck& check, const Scenario& scenario, std::string_view field, const Follow& follow);

/// The largest whole value of a field up to `limit` that fits, with smaller ones fitting too; 0 = none.
[[nodiscard]] std::int64_t largest_that_fits(FitCheck& check, const Scenario& scenario, std::string_view field, std::int64_t limit);

/// The numeric fields that concern this task, in the order of the field table.
[[nodiscard]] std::vector<std::string_view> numeric_fields(const Scenario& scenario);

/// {"scenario": …, "fields": […]} in, {"usable_bytes", "ranges", "issues"} out; `fields` left out: all of the task.
[[nodiscard]] std::string fit_ranges_json(std::string_view request);

/// {"scenario": …, "targets": […]} in, {"solutions", "issues"} out; targets: see docs/interface.md; left out: all that apply.
[[nodiscard]] std::string solve_json(std::string_view request);

}  // namespace vram
