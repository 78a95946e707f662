// sweep: one scenario over many values of one field, as columns for charts.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vram/issue.h"

namespace vram {

/// A flat table, row after row, one row per value asked for and in that order; every row has columns.size() numbers.
/// Columns: "value"; "total_bytes", "low_bytes" and "high_bytes" of the peak; "usable_bytes" of the card (0 without one);
/// then the bytes of every memory term at the peak, in the order of TermId. A value that breaks a rule, or that the field
/// cannot take, gives a row of NaN beside its value.
struct SweepTable {
  std::vector<std::string_view> columns;
  std::vector<double> numbers;
  Issues issues;  ///< with an error among them there are no rows
};

/// {"scenario": …, "field": "training.micro_batch_size", "values": [1, 2, 4]}: a numeric field and at most 4096 values.
/// With "hardware.gpus" the layout follows as it does in a request that leaves it out.
[[nodiscard]] SweepTable sweep(std::string_view request);

/// The same as text: {"columns": […], "rows": [[…]], "issues": […]}, null for NaN.
[[nodiscard]] std::string sweep_json(std::string_view request);

/// Columns and issues of a table as JSON, for callers that take the numbers as they are.
[[nodiscard]] std::string sweep_head_json(const SweepTable& table);

}  // namespace vram
