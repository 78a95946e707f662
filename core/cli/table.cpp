// Tables for people.
// SPDX-License-Identifier: MIT
#include "table.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

namespace vram::cli {

using nlohmann::json;

namespace {

constexpr double kGib = 1073741824.0;
constexpr int kBarWidth = 40;

template <class... Args>
std::string print(const char* format, Args... args) {
  char buffer[512];
  const int length = std::snprintf(buffer, sizeof buffer, format, args...);
  return {buffer, static_cast<std::size_t>(length < 0 ? 0 : length >= static_cast<int>(sizeof buffer) ? static_cast<int>(sizeof buffer) - 1 : length)};
}

std::string painted(const std::string& text, const char* code, bool colour) {
  return colour ? std::string("\x1b[") + code + "m" + text + "\x1b[0m" : text;
}

std::string bar(double share) {
  const int filled = static_cast<int>(share * kBarWidth + 0.5);
  std::string out;
  for (int i = 0; i < filled && i < kBarWidth; ++i) out += "█";
  return out;
}

std::string verdict(const json& memory, bool colour) {
  const double total = memory["total_bytes"].get<double>() / kGib;
  std::string out = print("%.2f GiB", total);
  if (!memory.contains("usable_bytes")) return out + " per device\n";
  const double usable = memory["usable_bytes"].get<double>() / kGib;
  const bool fits = memory["fits"].get<bool>();
  out = painted(fits ? "Fits" : "Does not fit", fits ? "32" : "31", colour) + ": " + out;
  out += print(" of %.2f GiB usable, %.0f %%", usable, usable > 0 ? 100.0 * total / usable : 0.0);
  if (!memory.contains("fit_probability")) return out + "\n";  // the documented formulas have no band
  return out + print(", %.0f %% likely to fit\n", 100.0 * memory["fit_probability"].get<double>());
}

std::string issue_lines(const json& issues, bool colour) {
  std::string out;
  for (const json& issue : issues) {
    const std::string severity = issue["severity"].get<std::string>();
    const char* code = severity == "error" ? "31" : severity == "warning" ? "33" : "34";
    out += painted(severity, code, colour) + "  " + issue["message"].get<std::string>() + "\n";
  }
  return out;
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
    out += "\n";
    const double total = memory["total_bytes"].get<double>();
    for (const json& term : memory["terms"]) {
      const double bytes = term["bytes"].get<double>();
      out += print("%-22s %10.3f GiB  ", term["id"].get_ref<const std::string&>().c_str(), bytes / kGib);
      out += bar(total > 0 ? bytes / total : 0) + "\n";
      out += print("%-22s %s\n", "", term["formula"].get_ref<const std::string&>().c_str());
    }
    out += print("%-22s %10.3f GiB\n", "total", total / kGib);
  }
  const std::string issues = issue_lines(result["issues"], colour);
  if (!issues.empty()) out += (out.empty() ? "" : "\n") + issues;
  return out;
}

std::string rows_table(std::string_view reply_json, bool colour) {
  const json reply = json::parse(reply_json, nullptr, false);
  if (!reply.is_object()) return {};
  std::string out;
  for (const auto& [name, rows] : reply.items()) {
    if (!rows.is_array() || rows.empty() || name == "issues" || name == "columns") continue;
    std::vector<std::string> columns;
    if (reply.contains("columns")) columns = reply["columns"].get<std::vector<std::string>>();
    for (const json& row : rows) {
      if (!row.is_object()) continue;
      for (const auto& [key, value] : row.items()) {
        if (value.is_primitive() && key != "message" && std::find(columns.begin(), columns.end(), key) == columns.end()) columns.push_back(key);
      }
    }
    std::vector<std::vector<std::string>> cells = {columns};
    for (const json& row : rows) {
      std::vector<std::string>& line = cells.emplace_back();
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const json value = row.is_object() ? row.value(columns[i], json()) : row.is_array() && i < row.size() ? row[i] : json();
        line.push_back(value.is_string() ? value.get<std::string>() : value.is_number_float() ? print("%.5g", value.get<double>()) : value.is_null() ? "" : value.dump());
      }
    }
    out += (out.empty() ? "" : "\n") + name + "\n";
    for (const auto& line : cells) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        std::size_t width = 0;
        for (const auto& other : cells) width = std::max(width, other[i].size());
        out += line[i] + std::string(width - line[i].size() + 2, ' ');
      }
      out += "\n";
    }
  }
  const std::string issues = issue_lines(reply["issues"], colour);
  return issues.empty() ? out : out + (out.empty() ? "" : "\n") + issues;
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
