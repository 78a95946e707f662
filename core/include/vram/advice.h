// advise: the catalogue of changes, each applied to the run, evaluated and kept only if it helps; and the smallest set of
// them that fits.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vram/estimate.h"
#include "vram/hardware.h"
#include "vram/workload.h"

namespace vram {

enum class AdviceGroup : unsigned char { memory, performance, cost, stability };
enum class Priority : unsigned char { high, medium, low };
/// What a change puts at stake: nothing, a little quality, quality or effort, or what is run at all.
enum class Risk : unsigned char { none, low, medium, high };
[[nodiscard]] std::string_view name_of(AdviceGroup group);
[[nodiscard]] std::string_view name_of(Priority priority);
[[nodiscard]] std::string_view name_of(Risk risk);

/// What the estimate says of one scenario.
struct Judgement {
  bool legal = false;
  bool fits = false;  ///< true too where no card is known
  Bytes total, usable;
  double tokens_per_second = 0;  ///< 0 = no card
  double usd_per_hour = 0;       ///< 0 = no price
};

/// Evaluates scenarios of one model. Keeps block costs between calls.
class Judge {
 public:
  Judge(const Inventory& inventory, const GpuSpec* gpu) : inventory_(inventory), gpu_(gpu), evaluate_(inventory) {}
  /// Memory alone.
  [[nodiscard]] Judgement memory(const Scenario& scenario);
  /// Memory, speed and price.
  [[nodiscard]] Judgement all(const Scenario& scenario);
  [[nodiscard]] bool fits(const Scenario& scenario) { return memory(scenario).fits; }
  [[nodiscard]] const Inventory& inventory() const { return inventory_; }
  [[nodiscard]] const GpuSpec* gpu() const { return gpu_; }

 private:
  [[nodiscard]] Judgement judged(const Scenario& scenario, bool speed);

  const Inventory& inventory_;
  const GpuSpec* gpu_;
  Evaluator evaluate_;
};

/// One entry of the catalogue.
struct AdviceRow {
  std::string_view code;   ///< its sentence is "advice_" + code in messages.cpp
  AdviceGroup group;
  Risk risk;
  std::string_view field;  ///< whose values the sentence shows, before and after
  unsigned char slot;      ///< entries of one slot exclude each other in a set; 0 = alone in it
  bool changes_job;        ///< less is run, or on more cards: no part of a set while others do
  /// Changes the scenario; false where the entry does not apply. May ask the judge how far to go.
  bool (*apply)(Scenario& scenario, Judge& judge);
};
[[nodiscard]] std::span<const AdviceRow> advice_catalogue();

struct Proposal {
  const AdviceRow* row = nullptr;
  Scenario changed;
  Judgement after;
  Priority priority = Priority::low;
  double bytes_saved = 0;   ///< of one device; negative: it takes more
  double time_factor = 0;   ///< time of a token against now; 0 = unknown
  double cost_factor = 0;   ///< rent of a token against now; 0 = unknown
};

struct SmallestSet {
  bool wanted = false;  ///< false: the run fits as it is, or no card is known
  bool found = false;
  std::vector<const AdviceRow*> rows;
  Scenario changed;
  Judgement after;
  double time_factor = 0;
  Risk risk = Risk::none;
};

struct Advice {
  Judgement now;
  std::vector<Proposal> proposals;  ///< best first
  SmallestSet smallest;
};

[[nodiscard]] Advice advise(const Scenario& scenario, const Inventory& inventory, const GpuSpec* gpu);
/// Only the set; cheaper than all of it.
[[nodiscard]] SmallestSet smallest_set(const Scenario& scenario, Judge& judge);

/// {"scenario": …, "groups": […]} in, {"suggestions", "smallest_set", "issues"} out.
[[nodiscard]] std::string advise_json(std::string_view request);

}  // namespace vram
