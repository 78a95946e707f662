// Bands from the spread of measured over predicted, per kind of run.
// SPDX-License-Identifier: MIT
#include "confidence.h"

#include <array>
#include <cmath>

namespace vram {

namespace {

/// Relative standard deviation of the parts of a total. Exact parts (weights, KV cache, states) barely move; the moving
/// parts of a step and the fixed overheads do: noise floor of measured/README (2-4 % between framework versions) for the
/// moving part, half of the value for context sizes (formulas 12.1, grade E).
struct Spread {
  double exact, moving, overhead;
};
constexpr Spread kTrainingSpread{0.005, 0.08, 0.5};
constexpr Spread kInferenceSpread{0.003, 0.15, 0.5};

constexpr double kNinetyPercent = 1.6448536269514722;  // two-sided 90 % of a normal distribution

/// No two cards, drivers and releases agree better: the noise floor of tests/measured for allocated memory, 2 to 4 %.
constexpr double kNoise = 0.02;
/// Runs of another stack say less than those of one's own (assumption, grade E).
constexpr double kOthersRuns = 1.5;

/// Relative standard deviation of a whole run: the 90 % quantile of the measured errors over 1.645. The quantile mixes
/// reference runs, which are met to a per mille, with runs whose description leaves details out.
double run_deviation(const Evidence& evidence) { return std::fmax(kNoise, evidence.p90 / kNinetyPercent * (evidence.own ? 1.0 : kOthersRuns)); }

// Phi(0), Phi(0.25), ... Phi(4).
constexpr std::array<double, 17> kPhi = {
    0.5, 0.598706325682924, 0.691462461274013, 0.773372647623132, 0.841344746068543, 0.894350226333145, 0.933192798731142,
    0.959940843136183, 0.977249868051821, 0.987775527344955, 0.993790334674224, 0.997020236764945, 0.998650101968370,
    0.999422974957609, 0.999767370920964, 0.999911582714799, 0.999968328758167};

}  // namespace

double normal_cdf(double x) {
  const double a = std::fabs(x);
  double p = 1.0;
  if (a < 4.0) {
    const double position = a * 4.0;
    const double floor = std::floor(position);
    const std::size_t i = static_cast<std::size_t>(floor);
    p = kPhi[i] + (kPhi[i + 1] - kPhi[i]) * (position - floor);
  }
  return x < 0 ? 1.0 - p : p;
}

Band band_of(const Scenario& scenario, const MemoryEstimate& estimate) {
  const TermBytes& t = estimate.at_peak().terms;
  const Spread& spread = scenario.task == Task::inference ? kInferenceSpread : kTrainingSpread;
  const double exact = t[TermId::weights] + t[TermId::adapter_weights] + t[TermId::gradients] + t[TermId::optimizer_states] +
                       t[TermId::master_weights] + t[TermId::kv_cache];
  const double moving = t[TermId::activations] + t[TermId::logits] + t[TermId::engine_buffers] + t[TermId::fragmentation];
  const double overhead = t[TermId::framework_overhead] + t[TermId::communication_buffers];
  const double a = exact * spread.exact;
  const double b = moving * spread.moving;
  const double c = overhead * spread.overhead;
  Band band;
  band.expected = estimate.total();
  const double total = static_cast<double>(band.expected.value);
  band.evidence = evidence_of(scenario);
  const double run = run_deviation(band.evidence);
  const double deviation = std::fmax(std::sqrt(a * a + b * b + c * c), run * total);
  band.relative_deviation = total > 0 ? deviation / total : 0;
  band.low = whole_bytes(total - kNinetyPercent * deviation);
  band.high = whole_bytes(total + kNinetyPercent * deviation);
  return band;
}

double fit_probability(const Band& band, Bytes usable) {
  const double total = static_cast<double>(band.expected.value);
  const double deviation = band.relative_deviation * total;
  if (!(deviation > 0)) return usable >= band.expected ? 1.0 : 0.0;
  return normal_cdf((static_cast<double>(usable.value) - total) / deviation);
}

}  // namespace vram
