// Bisection on the estimate.
// SPDX-License-Identifier: MIT
#include "vram/solve.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "confidence.h"
#include "scenario_fields.h"
#include "validate.h"

namespace vram {

namespace {

constexpr std::array<double, 12> kDegrees = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};
constexpr int kSamples = 9;       // where neither end nor the present value fits
constexpr int kFractionSteps = 24;  // bisections of a fraction: 1e-7 of its range

bool is_degree(const Field& field) { return field.path.starts_with("parallelism.") && field.path.ends_with("_size"); }

double get(const Field& field, Scenario& scenario) {
  return field.type == FieldType::integer ? static_cast<double>(field.integer(scenario)) : field.number(scenario);
}

void set(const Field& field, Scenario& scenario, double value) {
  if (field.type == FieldType::integer) {
    field.integer(scenario) = static_cast<std::int64_t>(value);
  } else {
    field.number(scenario) = value;
  }
}

/// Asks the estimate about one field's values.
class Probe {
 public:
  Probe(FitCheck& check, const Scenario& scenario, const Field& field, Follow follow)
      : check_(check), scenario_(scenario), start_(scenario.parallelism), field_(field), follow_(std::move(follow)) {}

  Fit operator()(double value) {
    scenario_.parallelism = start_;
    set(field_, scenario_, value);
    if (is_degree(field_)) scenario_.hardware.gpus = scenario_.parallelism.world_size();
    if (field_.path == "hardware.gpus") follow_(scenario_);
    Fit fit = check_(scenario_);
    fit.fits = fit.fits && fit.legal;
    fit.likely = fit.likely && fit.legal;
    return fit;
  }

  /// The last value towards `outside` for which `good` holds; it holds at `inside` and fails at `outside`.
  template <class Good>
  double boundary(double inside, double outside, Good&& good) {
    const bool whole = field_.type == FieldType::integer;
    for (int step = 0; whole ? std::fabs(outside - inside) > 1 : step < kFractionSteps; ++step) {
      double middle = (inside + outside) / 2;
      if (whole) middle = std::floor(middle);
      (good((*this)(middle)) ? inside : outside) = middle;
    }
    return inside;
  }

 private:
  FitCheck& check_;
  Scenario scenario_;
  Parallelism start_;
  const Field& field_;
  Follow follow_;
};

void scan_degrees(Probe& probe, FitRange& range) {
  for (const double degree : kDegrees) {
    if (degree < range.min || degree > range.max) continue;
    const Fit fit = probe(degree);
    if (fit.fits) {
      if (!range.any) range.fits_min = degree;
      range.fits_max = degree;
      range.any = true;
    }
    if (fit.likely) {
      range.likely_max = degree;
      range.any_likely = true;
    }
  }
}

/// A value with `good`, preferring the present one, then the ends, then points between; false when none was found.
template <class Good>
bool find_inside(Probe& probe, const FitRange& range, Good&& good, double& inside) {
  for (const double value : {range.value, range.min, range.max}) {
    inside = value;
    if (good(probe(value))) return true;
  }
  const double low = std::max(range.min, 1.0);
  double step = range.max / low;
  for (int i = 0; i < 3; ++i) step = std::sqrt(step);  // kSamples - 1 = 8 geometric steps
  inside = low;
  for (int i = 1; i < kSamples - 1; ++i) {
    inside *= step;
    const double value = std::min(range.max, std::floor(inside));
    if (good(probe(value))) {
      inside = value;
      return true;
    }
  }
  return false;
}

}  // namespace

FitCheck::FitCheck(const Inventory& inventory, const GpuSpec& gpu) : inventory_(inventory), gpu_(&gpu), evaluate_(inventory) {}

Fit FitCheck::operator()(const Scenario& scenario) {
  Fit fit;
  fit.legal = is_legal({scenario, inventory_, gpu_});
  fit.usable = whole_bytes(capacity_of(scenario.hardware, gpu_));
  if (!fit.legal) return fit;
  const MemoryEstimate estimate = evaluate_(resolve(scenario, inventory_, gpu_));
  const Band band = band_of(scenario, estimate);
  fit.total = band.expected;
  const Bytes limit = estimate.total_limit(fit.usable);
  fit.fits = band.expected <= limit;
  fit.likely = band.high <= limit;
  return fit;
}

FitRange fit_range(FitCheck& check, const Scenario& scenario, std::string_view path, const Follow& follow) {
  const Field& field = *find_field(path);
  Scenario copy = scenario;
  FitRange range;
  range.field = field.path;
  range.value = get(field, copy);
  range.min = std::min(field.control_min, range.value);
  range.max = std::max(field.control_max, range.value);
  Probe probe(check, scenario, field, follow);
  if (is_degree(field) || field.path == "hardware.gpus") {
    scan_degrees(probe, range);
    return range;
  }
  const auto fits = [](const Fit& fit) { return fit.fits; };
  const auto likely = [](const Fit& fit) { return fit.likely; };
  double inside = 0;
  range.any = find_inside(probe, range, fits, inside);
  if (!range.any) return range;
  range.fits_min = probe(range.min).fits ? range.min : probe.boundary(inside, range.min, fits);
  range.fits_max = probe(range.max).fits ? range.max : probe.boundary(inside, range.max, fits);
  FitRange narrowed = range;
  narrowed.max = range.fits_max;
  narrowed.min = range.fits_min;
  narrowed.value = std::clamp(range.value, range.fits_min, range.fits_max);
  range.any_likely = find_inside(probe, narrowed, likely, inside);
  if (range.any_likely) {
    range.likely_max = probe(range.fits_max).likely ? range.fits_max : probe.boundary(inside, range.fits_max, likely);
  }
  return range;
}

std::int64_t largest_that_fits(FitCheck& check, const Scenario& scenario, std::string_view path, std::int64_t limit) {
  const Field& field = *find_field(path);
  Probe probe(check, scenario, field, [](Scenario&) {});
  const auto fits = [](const Fit& fit) { return fit.fits; };
  if (!probe(field.min).fits) return 0;
  const double top = static_cast<double>(limit);
  return static_cast<std::int64_t>(probe(top).fits ? top : probe.boundary(field.min, top, fits));
}

std::vector<std::string_view> numeric_fields(const Scenario& scenario) {
  std::vector<std::string_view> fields;
  for (const Field& field : scenario_fields()) {
    if (field.type != FieldType::integer && field.type != FieldType::number) continue;
    if (field.group == FieldGroup::inference && scenario.task != Task::inference) continue;
    if (field.group == FieldGroup::training && scenario.task == Task::inference) continue;
    fields.push_back(field.path);
  }
  return fields;
}

}  // namespace vram
