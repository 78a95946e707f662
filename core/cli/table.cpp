// Tables for people: one estimate, and the catalog.
// SPDX-License-Identifier: MIT
#include "table.h"

#include <nlohmann/json.hpp>

#include "print.h"

namespace vram::cli {

using nlohmann::json;

namespace {

constexpr int kTermBar = 32;
constexpr int kCardBar = 64;

struct TermColour {
  std::string_view id, code;
};

/// The page's colours in the terminal's table of 256.
constexpr TermColour kTermColours[] = {
    {"weights", "38;5;67"},       {"adapter_weights", "38;5;110"}, {"gradients", "38;5;133"},
    {"optimizer_states", "38;5;208"}, {"master_weights", "38;5;216"},  {"activations", "38;5;71"},
    {"logits", "38;5;150"},       {"kv_cache", "38;5;73"},         {"communication_buffers", "38;5;221"},
    {"engine_buffers", "38;5;181"}, {"framework_overhead", "38;5;247"}, {"fragmentation", "38;5;251"}};

std::string_view colour_of(std::string_view term) {
  for (const TermColour& row : kTermColours) {
    if (row.id == term) return row.code;
  }
  return "0";
}

std::string verdict(const json& memory, bool colour) {
  const double total = memory["total_bytes"].get<double>() / kGib;
  std::string out = print("%.2f GiB", total);
  if (!memory.contains("usable_bytes")) return out + " per device\n";
  const double usable = memory["usable_bytes"].get<double>() / kGib;
  const bool fits = memory["fits"].get<bool>();
  out = painted(fits ? "Fits" : "Does not fit", fits ? "1;32" : "1;31", colour) + ": " + out;
  out += print(" of %.2f GiB usable, %.0f %%", usable, usable > 0 ? 100.0 * total / usable : 0.0);
  if (!memory.contains("fit_probability")) return out + "\n";  // the documented formulas have no band
  return out + print(", %.0f %% likely to fit\n", 100.0 * memory["fit_probability"].get<double>());
}

/// All terms in one bar against the card; needs colours to tell them apart.
std::string card_bar(const json& memory) {
  const double total = memory["total_bytes"].get<double>();
  const double usable = memory.contains("usable_bytes") ? memory["usable_bytes"].get<double>() : total;
  const double scale = total > usable ? total : usable;
  if (scale <= 0) return {};
  std::string out;
  double sum = 0;
  int drawn = 0;
  for (const json& term : memory["terms"]) {
    sum += term["bytes"].get<double>();
    const int end = cells(sum / scale, kCardBar);
    out += painted(repeated("█", end - drawn), colour_of(term["id"].get_ref<const std::string&>()), true);
    drawn = end;
  }
  return out + painted(repeated("░", kCardBar - drawn), "2", true) + "\n";
}

std::string speed_line(const json& result) {
  if (!result.contains("speed") || !result["speed"].contains("tokens_per_second")) return {};
  const json& speed = result["speed"];
  const std::string unit = speed.contains("unit") ? speed["unit"].get<std::string>() : "tokens";
  std::string out = "speed: " + print("%.4g ", speed["tokens_per_second"].get<double>()) + unit + "/s";
  if (speed.contains("low") && speed.contains("high")) out += print(" (%.3g to %.3g)", speed["low"].get<double>(), speed["high"].get<double>());
  if (result.contains("cost") && result["cost"].contains("usd_per_hour"))
    out += print(", %.2f $/h", result["cost"]["usd_per_hour"].get<double>());
  return out + "\n";
}

}  // namespace

std::string estimate_table(std::string_view result_json, bool colour) {
  const json result = json::parse(result_json, nullptr, false);
  if (result.is_discarded()) return {};
  std::string out;
  if (result.contains("memory")) {
    const json& memory = result["memory"];
    out += verdict(memory, colour);
    if (memory.contains("peak_phase")) out += "peak: " + memory["peak_phase"].get<std::string>() + "\n";
    out += speed_line(result);
    if (colour) out += card_bar(memory);
    out += "\n";
    const double total = memory["total_bytes"].get<double>();
    for (const json& term : memory["terms"]) {
      const double bytes = term["bytes"].get<double>();
      const std::string& id = term["id"].get_ref<const std::string&>();
      out += print("%-22s %10.3f GiB  ", id.c_str(), bytes / kGib);
      out += painted(repeated("█", cells(total > 0 ? bytes / total : 0, kTermBar)), colour_of(id), colour) + "\n";
      out += print("%-22s ", "") + painted(term["formula"].get_ref<const std::string&>(), "2", colour) + "\n";
    }
    out += print("%-22s %10.3f GiB\n", "total", total / kGib);
  }
  return out + issue_lines(result, colour);
}

std::string catalog_table(std::string_view catalog_json) {
  const json rows = json::parse(catalog_json, nullptr, false);
  std::string out;
  if (!rows.is_array()) return out;
  for (const json& row : rows) {
    if (row.contains("parameters")) {
      out += print("%-60s %20.0f  %s\n", row["id"].get_ref<const std::string&>().c_str(), row["parameters"].get<double>(),
                   row["kind"].get_ref<const std::string&>().c_str());
    } else {
      out += print("%-36s %8.1f GiB usable  %s\n", row["id"].get_ref<const std::string&>().c_str(), row["usable_bytes"].get<double>() / kGib,
                   row["name"].get_ref<const std::string&>().c_str());
    }
  }
  return out;
}

}  // namespace vram::cli
