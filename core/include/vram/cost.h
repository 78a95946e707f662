// cost: what a run costs to rent or to own. Prices are dated facts of the catalog, never quotes.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "vram/hardware.h"
#include "vram/speed.h"

namespace vram {

/// Yuan for a dollar: an assumption, near the central parity of the China Foreign Exchange Trade System on that day; no
/// source among the project's data states it, and every answer that uses it says "assumption".
inline constexpr double kCnyPerUsd = 7.0880;
inline constexpr std::string_view kCnyAsOf = "2025-10-31";

/// What owning assumes; shown with every figure that uses it.
inline constexpr double kOwnedYears = 3;          ///< written off in
inline constexpr double kOwnedUse = 0.7;          ///< share of the hours in use
inline constexpr double kUsdPerKilowattHour = 0.12;
inline constexpr double kPowerOverhead = 1.3;     ///< host and cooling on top of the cards

/// Figures are 0 where a price, a power rating or the length of the run is unknown.
struct CostEstimate {
  double usd_per_hour = 0;             ///< renting all cards
  std::string_view rent_as_of;         ///< "own" = the price that the scenario states
  double usd_total = 0;                ///< renting until the run ends
  double usd_per_million_tokens = 0;
  double buy_usd = 0;                  ///< all cards, street price, else the price at launch
  std::string_view buy_as_of;          ///< "" = price at launch
  double owned_usd_per_hour = 0;       ///< written off plus power
  double owned_usd_total = 0;
  double break_even_hours = 0;         ///< renting longer costs more than buying; 0 = never
};

/// `own_rent`: dollars per card and hour that somebody pays instead of the catalog's price; 0 = the catalog's.
[[nodiscard]] CostEstimate estimate_cost(const GpuSpec& gpu, double cards, const SpeedEstimate& speed, double own_rent = 0);

}  // namespace vram
