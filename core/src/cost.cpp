// Cost.
// SPDX-License-Identifier: MIT
#include "vram/cost.h"

namespace vram {

namespace {

constexpr double kHoursPerYear = 8766;
constexpr double kSecondsPerHour = 3600;

}  // namespace

CostEstimate estimate_cost(const GpuSpec& gpu, double cards, const SpeedEstimate& speed, double own_rent) {
  CostEstimate cost;
  const double run_hours = speed.run_seconds / kSecondsPerHour;
  const double tokens_per_hour = speed.tokens_per_second.expected * kSecondsPerHour;
  const GpuPrices& prices = gpu.prices;
  const double rent = own_rent > 0 ? own_rent : prices.cloud_usd_per_hour;
  if (rent > 0) {
    cost.usd_per_hour = rent * cards;
    cost.rent_as_of = own_rent > 0 ? std::string_view("own") : prices.cloud_as_of;
    cost.usd_total = cost.usd_per_hour * run_hours;
    if (tokens_per_hour > 0) cost.usd_per_million_tokens = cost.usd_per_hour / tokens_per_hour * 1e6;
  }
  const double price = prices.street_usd > 0 ? prices.street_usd : prices.launch_usd;
  if (price > 0) {
    cost.buy_usd = price * cards;
    if (prices.street_usd > 0) cost.buy_as_of = prices.street_as_of;
    const double power = speed.watts / 1000.0 * kPowerOverhead * kUsdPerKilowattHour;
    cost.owned_usd_per_hour = cost.buy_usd / (kOwnedYears * kHoursPerYear * kOwnedUse) + power;
    cost.owned_usd_total = cost.owned_usd_per_hour * run_hours;
    if (cost.usd_per_hour > power) cost.break_even_hours = cost.buy_usd / (cost.usd_per_hour - power);
  }
  return cost;
}

}  // namespace vram
