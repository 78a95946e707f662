// Tables for people: the questions beside the estimate.
// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "print.h"
#include "table.h"

namespace vram::cli {

using nlohmann::json;

namespace {

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() ? number(value.get<double>()) : value.dump();
}

/// The member as text, "–" when there is none.
std::string cell(const json& row, const char* name) { return row.contains(name) ? text_of(row[name]) : "–"; }

std::string_view level_colour(std::string_view level) {
  if (level == "excellent" || level == "good") return "32";
  return level == "near_limit" ? "33" : "2";
}

/// A share of a range as a line with the part that fits on it.
std::string range_bar(double min, double max, double from, double to, bool colour) {
  constexpr int kWidth = 24;
  const auto place = [&](double value) { return max > min ? cells((value - min) / (max - min), kWidth) : 0; };
  const int first = place(from), last = place(to);
  return repeated("·", first) + painted(repeated("█", last - first < 1 ? 1 : last - first), "32", colour) + repeated("·", kWidth - (last > first ? last : first + 1));
}

}  // namespace

std::string recommend_table(std::string_view result_json, bool colour) {
  const json result = json::parse(result_json, nullptr, false);
  if (!result.contains("recommendations")) return {};
  std::string out = print("%-34s %5s %6s  %-11s %12s %12s\n", "gpu", "count", "use", "level", "tokens/s", "$/h");
  for (const json& row : result["recommendations"]) {
    const std::string level = cell(row, "level");
    out += print("%-34s %5.0f %5.0f%%  ", cell(row, "gpu").c_str(), row["gpus"].get<double>(), 100 * row["utilization"].get<double>());
    out += painted(print("%-11s", level.c_str()), level_colour(level), colour);
    const json cost = row.value("cost", json::object());
    out += print(" %12.4g %12s\n", row["tokens_per_second"].get<double>(), cost.contains("usd_per_hour") ? print("%.2f", cost["usd_per_hour"].get<double>()).c_str() : "–");
  }
  if (result.contains("left_out")) out += print("%zu cards cannot run this; --json says why\n", result["left_out"].size());
  return out + issue_lines(result, colour);
}

std::string advise_table(std::string_view result_json, bool colour) {
  const json result = json::parse(result_json, nullptr, false);
  if (!result.contains("suggestions")) return {};
  std::string out;
  if (result.contains("smallest_set")) {
    const json& set = result["smallest_set"];
    std::string codes;
    for (const json& code : set.value("codes", json::array())) codes += (codes.empty() ? "" : ", ") + code.get<std::string>();
    out += painted(codes.empty() ? "No set of changes fits" : "To fit: " + codes, codes.empty() ? "31" : "32", colour) + "\n\n";
  }
  out += print("%-26s %-12s %-8s %-7s %10s %6s\n", "change", "group", "priority", "risk", "saves", "time");
  for (const json& row : result["suggestions"]) {
    out += painted(print("%-26s", cell(row, "code").c_str()), row.value("fits", false) ? "32" : "2", colour);
    out += print(" %-12s %-8s %-7s %6.2f GiB", cell(row, "group").c_str(), cell(row, "priority").c_str(), cell(row, "risk").c_str(), row["bytes_saved"].get<double>() / kGib);
    out += row.contains("time_factor") ? print(" %5.2f×", row["time_factor"].get<double>()) : "";
    out += "\n    " + cell(row, "message") + "\n";
  }
  return out + issue_lines(result, colour);
}

std::string plan_table(std::string_view result_json, bool colour) {
  const json result = json::parse(result_json, nullptr, false);
  if (!result.contains("plans")) return {};
  std::string out = print("%5s %12s %12s %10s  %s\n", "cards", "memory", "tokens/s", "$/Mtoken", "changes");
  for (const json& row : result["plans"]) {
    out += print("%5.0f %8.2f GiB %12.4g %10s  ", row["gpus"].get<double>(), row["total_bytes"].get<double>() / kGib, row["tokens_per_second"].get<double>(),
                 row.contains("usd_per_million_tokens") ? print("%.3g", row["usd_per_million_tokens"].get<double>()).c_str() : "–");
    out += painted(row["changes"].dump(), "2", colour) + "\n";
  }
  out += print("%.0f tried, %.0f fit\n", result["tried"].get<double>(), result["fitting"].get<double>());
  return out + issue_lines(result, colour);
}

std::string solve_table(std::string_view result_json, bool colour) {
  const json result = json::parse(result_json, nullptr, false);
  if (!result.contains("solutions")) return {};
  std::string out;
  for (const json& row : result["solutions"]) {
    const bool found = row.value("found", false);
    out += print("%-10s %-34s ", cell(row, "target").c_str(), cell(row, "field").c_str());
    out += painted(found ? cell(row, "value") : "none fits", found ? "32" : "31", colour);
    if (found && row.contains("total_bytes")) out += print("   %.2f of %.2f GiB", row["total_bytes"].get<double>() / kGib, row["usable_bytes"].get<double>() / kGib);
    out += "\n";
  }
  return out + issue_lines(result, colour);
}

std::string ranges_table(std::string_view result_json, bool colour) {
  const json result = json::parse(result_json, nullptr, false);
  if (!result.contains("ranges")) return {};
  std::string out = print("%-38s %12s %12s %12s\n", "field", "now", "fits from", "to");
  for (const json& row : result["ranges"]) {
    out += print("%-38s %12s %12s %12s  ", cell(row, "field").c_str(), cell(row, "value").c_str(), cell(row, "fits_min").c_str(), cell(row, "fits_max").c_str());
    if (row.contains("fits_max")) {
      out += range_bar(row["min"].get<double>(), row["max"].get<double>(), row["fits_min"].get<double>(), row["fits_max"].get<double>(), colour);
    } else {
      out += painted("nothing fits", "31", colour);
    }
    out += "\n";
  }
  return out + issue_lines(result, colour);
}

std::string sweep_table(std::string_view result_json, bool colour) {
  const json result = json::parse(result_json, nullptr, false);
  if (!result.contains("rows") || !result.contains("columns")) return {};
  constexpr int kWidth = 40;
  double most = 0;
  for (const json& row : result["rows"]) {
    if (row.size() > 1 && row[1].is_number() && row[1].get<double>() > most) most = row[1].get<double>();
  }
  std::string out = print("%14s %14s\n", "value", "total");
  for (const json& row : result["rows"]) {
    if (row.size() < 5 || !row[1].is_number()) {
      out += print("%14s %14s\n", row.empty() ? "" : text_of(row[0]).c_str(), "–");
      continue;
    }
    const double total = row[1].get<double>(), usable = row[4].is_number() ? row[4].get<double>() : 0;
    out += print("%14s %10.3f GiB  ", text_of(row[0]).c_str(), total / kGib);
    out += painted(repeated("█", cells(most > 0 ? total / most : 0, kWidth)), usable > 0 && total > usable ? "31" : "32", colour) + "\n";
  }
  return out + issue_lines(result, colour);
}

}  // namespace vram::cli
