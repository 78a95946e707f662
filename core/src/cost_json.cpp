// The member "cost".
// SPDX-License-Identifier: MIT
#include "cost_json.h"

namespace vram {

void write_cost(JsonWriter& writer, const CostEstimate& cost) {
  if (cost.usd_per_hour <= 0 && cost.buy_usd <= 0) return;
  writer.begin_object("cost");
  if (cost.usd_per_hour > 0) {
    writer.member("usd_per_hour", cost.usd_per_hour);
    writer.member("as_of", cost.rent_as_of);
    if (cost.usd_per_million_tokens > 0) writer.member("usd_per_million_tokens", cost.usd_per_million_tokens);
    if (cost.usd_total > 0) writer.member("usd_total", cost.usd_total);
  }
  if (cost.buy_usd > 0) {
    writer.begin_object("buy");
    writer.member("usd", cost.buy_usd);
    writer.member("as_of", cost.buy_as_of.empty() ? std::string_view("launch") : cost.buy_as_of);
    writer.member("usd_per_hour", cost.owned_usd_per_hour);
    if (cost.owned_usd_total > 0) writer.member("usd_total", cost.owned_usd_total);
    if (cost.break_even_hours > 0) writer.member("break_even_hours", cost.break_even_hours);
    writer.member("years", kOwnedYears);
    writer.member("use", kOwnedUse);
    writer.member("usd_per_kwh", kUsdPerKilowattHour);
    writer.end_object();
  }
  writer.member("cny_per_usd", kCnyPerUsd);
  writer.member("cny_as_of", kCnyAsOf);
  writer.member("cny_basis", "assumption");
  writer.end_object();
}

}  // namespace vram
