// Sweeps.
// SPDX-License-Identifier: MIT
#include "vram/sweep.h"

#include <cmath>
#include <limits>

#include "confidence.h"
#include "request.h"
#include "scenario_fields.h"
#include "scenario_json.h"
#include "validate.h"
#include "vram/estimate.h"

namespace vram {

using nlohmann::json;

namespace {

constexpr std::size_t kMostValues = 4096;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string_view> columns() {
  std::vector<std::string_view> names = {"value", "total_bytes", "low_bytes", "high_bytes", "usable_bytes"};
  for (std::size_t i = 0; i < kTermCount; ++i) names.push_back(name_of(static_cast<TermId>(i)));
  return names;
}

const Field* swept_field(const json& request, Issues& issues) {
  const auto found = request.find("field");
  if (found == request.end()) {
    issues.push_back(error("missing_field", "field", "", "The field to move is required, such as \"training.micro_batch_size\"."));
    return nullptr;
  }
  const Field* field = found->is_string() ? find_field(found->get_ref<const std::string&>()) : nullptr;
  if (field == nullptr || (field->type != FieldType::integer && field->type != FieldType::number)) {
    issues.push_back(error("unknown_name", "field", excerpt(*found), "field is " + excerpt(*found) + "; it must be the path of a numeric field of the scenario."));
    return nullptr;
  }
  return field;
}

std::vector<double> swept_values(const json& request, Issues& issues) {
  std::vector<double> values;
  const auto found = request.find("values");
  if (found == request.end() || !found->is_array() || found->empty() || found->size() > kMostValues) {
    issues.push_back(error(found == request.end() ? "missing_field" : "wrong_type", "values", "", "values must be a list of 1 to 4096 numbers."));
    return values;
  }
  for (const json& item : *found) {
    if (!item.is_number()) {
      issues.push_back(error("wrong_type", "values", excerpt(item), "values must be numbers, not " + excerpt(item) + "."));
      return values;
    }
    values.push_back(item.get<double>());
  }
  return values;
}

/// False where the field cannot hold that value.
bool set(const Field& field, Scenario& scenario, double value) {
  if (!std::isfinite(value) || value < field.min || value > field.max) return false;
  if (field.type == FieldType::number) {
    field.number(scenario) = value;
    return true;
  }
  if (value != std::floor(value)) return false;
  field.integer(scenario) = static_cast<std::int64_t>(value);
  return true;
}

}  // namespace

SweepTable sweep(std::string_view text) {
  SweepTable table;
  const json request = parse_request(text, table.issues);
  if (has_errors(table.issues)) return table;
  refuse_unknown_members(request, {"scenario", "field", "values"}, table.issues);
  const Field* field = swept_field(request, table.issues);
  const std::vector<double> values = swept_values(request, table.issues);
  const ReadScenario read = read_scenario_member(request, Legality::ignored);
  table.issues.insert(table.issues.end(), read.issues.begin(), read.issues.end());
  localise(table.issues, read.language);
  if (has_errors(table.issues)) return table;

  table.columns = columns();
  table.numbers.reserve(values.size() * table.columns.size());
  const double usable = capacity_of(read.scenario.hardware, read.gpu);
  for (const double value : values) {
    Scenario scenario = read.scenario;
    const bool possible = set(*field, scenario, value);
    if (possible && field->path == "hardware.gpus") follow_gpus(request["scenario"], scenario);
    table.numbers.push_back(value);
    if (!possible || !is_legal({scenario, read.loaded->inventory, read.gpu})) {
      table.numbers.insert(table.numbers.end(), table.columns.size() - 1, kNone);
      continue;
    }
    const MemoryEstimate estimate = model_cache().evaluate(resolve(scenario, read.loaded->inventory, read.gpu));
    const Band band = band_of(scenario, estimate);
    for (const double number : {static_cast<double>(band.expected.value), static_cast<double>(band.low.value), static_cast<double>(band.high.value), usable}) {
      table.numbers.push_back(number);
    }
    for (const double bytes : estimate.at_peak().terms.bytes) table.numbers.push_back(static_cast<double>(whole_bytes(bytes).value));
  }
  return table;
}

namespace {

void write_head(JsonWriter& writer, const SweepTable& table) {
  writer.begin_array("columns");
  for (const std::string_view column : table.columns) writer.text(column);
  writer.end_array();
  write_issues(writer, table.issues);
}

}  // namespace

std::string sweep_head_json(const SweepTable& table) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  write_head(writer, table);
  writer.end_object();
  return out;
}

std::string sweep_json(std::string_view request) {
  const SweepTable table = sweep(request);
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.begin_array("rows");
  const std::size_t width = table.columns.size();
  for (std::size_t start = 0; start < table.numbers.size(); start += width) {
    writer.begin_array();
    for (std::size_t i = start; i < start + width; ++i) {
      if (std::isnan(table.numbers[i])) {
        writer.raw("null");
      } else {
        writer.number(table.numbers[i]);
      }
    }
    writer.end_array();
  }
  writer.end_array();
  write_head(writer, table);
  writer.end_object();
  return out;
}

}  // namespace vram
