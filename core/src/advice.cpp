// Advice: apply, evaluate, keep what helps.
// SPDX-License-Identifier: MIT
#include "vram/advice.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "confidence.h"
#include "validate.h"
#include "vram/catalog.h"
#include "vram/cost.h"
#include "vram/speed.h"

namespace vram {

namespace {

constexpr double kWorthBytes = 0.01;   // of the total: less is no help
constexpr double kWorthFactor = 0.98;  // of the time or cost of a token
constexpr double kMuchBytes = 0.15;
constexpr double kMuchFactor = 0.85;
constexpr std::size_t kExact = 3;      // sets up to this size are all tried
constexpr int kMostTries = 1200;

double real(Bytes bytes) { return static_cast<double>(bytes.value); }
double ratio(double above, double below) { return above > 0 && below > 0 ? above / below : 0; }
double rent_of_token(const Judgement& j) { return ratio(j.usd_per_hour, j.tokens_per_second); }

/// Whether the proposal does what its group promises.
bool helps(const AdviceRow& row, const Judgement& now, const Proposal& p) {
  if (!p.after.legal || (now.fits && !p.after.fits)) return false;
  switch (row.group) {
    case AdviceGroup::memory: return (!now.fits && p.after.fits) || (p.bytes_saved > kWorthBytes * real(now.total) && !(now.fits && row.changes_job));
    case AdviceGroup::performance: return p.after.fits && p.time_factor > 0 && p.time_factor < kWorthFactor;
    case AdviceGroup::cost: return p.after.fits && p.cost_factor > 0 && p.cost_factor < kWorthFactor;
    case AdviceGroup::stability: return p.after.fits || !now.fits;
  }
  return false;
}

Priority priority_of(const AdviceRow& row, const Judgement& now, const Proposal& p) {
  if (!now.fits && p.after.fits) return Priority::high;
  switch (row.group) {
    case AdviceGroup::memory: return p.bytes_saved > kMuchBytes * real(now.total) && !now.fits ? Priority::medium : Priority::low;
    case AdviceGroup::performance: return p.time_factor < kMuchFactor ? Priority::medium : Priority::low;
    case AdviceGroup::cost: return p.cost_factor < kMuchFactor ? Priority::medium : Priority::low;
    case AdviceGroup::stability: return Priority::medium;
  }
  return Priority::low;
}

double effect_of(const Proposal& p) {
  switch (p.row->group) {
    case AdviceGroup::memory: return -p.bytes_saved;
    case AdviceGroup::performance: return p.time_factor;
    case AdviceGroup::cost: return p.cost_factor;
    case AdviceGroup::stability: return 0;
  }
  return 0;
}

/// Finds the smallest set among some rows.
class SetSearch {
 public:
  SetSearch(const Scenario& scenario, Judge& judge, bool with_job) : scenario_(scenario), judge_(judge) {
    for (const AdviceRow& row : advice_catalogue()) {
      if (row.group != AdviceGroup::memory || (row.changes_job && !with_job)) continue;
      Scenario alone = scenario;
      if (!row.apply(alone, judge)) continue;
      const Judgement after = judge.memory(alone);
      if (after.legal) rows_.push_back({&row, real(after.total)});
    }
  }

  SmallestSet run() {
    std::vector<const AdviceRow*> set;
    for (std::size_t size = 1; size <= std::min(kExact, rows_.size()) && !best_.found; ++size) combine(set, 0, size);
    if (!best_.found) greedy();
    if (best_.found) best_.after = judge_.all(best_.changed);
    return best_;
  }

 private:
  struct Entry {
    const AdviceRow* row;
    double total;
  };

  void combine(std::vector<const AdviceRow*>& set, std::size_t first, std::size_t size) {
    if (set.size() == size) {
      consider(set);
      return;
    }
    for (std::size_t i = first; i < rows_.size() && tries_ < kMostTries; ++i) {
      const unsigned char slot = rows_[i].row->slot;
      if (slot != 0 && std::any_of(set.begin(), set.end(), [slot](const AdviceRow* row) { return row->slot == slot; })) continue;
      set.push_back(rows_[i].row);
      combine(set, i + 1, size);
      set.pop_back();
    }
  }

  /// Keeps a set that fits if it risks less, or as little and runs faster.
  bool consider(const std::vector<const AdviceRow*>& set) {
    ++tries_;
    Scenario changed = scenario_;
    int risk = 0;
    Risk worst = Risk::none;
    for (const AdviceRow* row : set) {
      if (!row->apply(changed, judge_)) return false;
      risk += static_cast<int>(row->risk) * static_cast<int>(row->risk);
      worst = std::max(worst, row->risk);
    }
    if (best_.found && risk > best_risk_) return false;
    if (!judge_.fits(changed)) return false;
    const double speed = judge_.all(changed).tokens_per_second;
    if (best_.found && std::tuple(risk, -speed) >= std::tuple(best_risk_, -best_speed_)) return true;
    best_ = {true, true, set, changed, {}, 0, worst};
    best_risk_ = risk;
    best_speed_ = speed;
    return true;
  }

  /// Everything at once, the strongest of each slot; then as much of it taken back as still fits, the riskiest first.
  void greedy() {
    std::vector<const AdviceRow*> set;
    for (const Entry& entry : rows_) {
      const auto rival = std::find_if(rows_.begin(), rows_.end(), [&](const Entry& other) {
        return entry.row->slot != 0 && other.row->slot == entry.row->slot && other.total < entry.total;
      });
      if (rival == rows_.end() && std::none_of(set.begin(), set.end(), [&](const AdviceRow* row) { return row->slot != 0 && row->slot == entry.row->slot; })) set.push_back(entry.row);
    }
    if (!consider(set)) return;
    for (int risk = static_cast<int>(Risk::high); risk >= 0; --risk) {
      for (std::size_t i = set.size(); i-- > 0;) {
        if (static_cast<int>(set[i]->risk) != risk || set.size() == 1) continue;
        std::vector<const AdviceRow*> fewer;
        for (const AdviceRow* row : set) {
          if (row != set[i]) fewer.push_back(row);
        }
        best_.found = false;
        if (consider(fewer)) set = fewer;
      }
    }
    best_.found = false;
    (void)consider(set);
  }

  const Scenario& scenario_;
  Judge& judge_;
  std::vector<Entry> rows_;
  SmallestSet best_;
  int best_risk_ = 0;
  double best_speed_ = 0;
  int tries_ = 0;
};

}  // namespace

std::string_view name_of(AdviceGroup group) {
  static constexpr std::array<std::string_view, 4> kNames = {"memory", "performance", "cost", "stability"};
  return kNames[static_cast<std::size_t>(group)];
}
std::string_view name_of(Priority priority) {
  static constexpr std::array<std::string_view, 3> kNames = {"high", "medium", "low"};
  return kNames[static_cast<std::size_t>(priority)];
}
std::string_view name_of(Risk risk) {
  static constexpr std::array<std::string_view, 4> kNames = {"none", "low", "medium", "high"};
  return kNames[static_cast<std::size_t>(risk)];
}

Judgement Judge::memory(const Scenario& scenario) { return judged(scenario, false); }
Judgement Judge::all(const Scenario& scenario) { return judged(scenario, true); }

Judgement Judge::judged(const Scenario& scenario, bool speed) {
  Judgement j;
  j.legal = is_legal({scenario, inventory_, gpu_});
  if (!j.legal) return j;
  const Run run = resolve(scenario, inventory_, gpu_);
  const MemoryEstimate memory = evaluate_(run);
  j.total = band_of(scenario, memory).expected;
  j.usable = whole_bytes(capacity_of(scenario.hardware, gpu_));
  j.fits = j.usable.value <= 0 || j.total <= memory.total_limit(j.usable);
  if (speed && gpu_ != nullptr) {
    const SpeedEstimate estimate = estimate_speed(scenario, inventory_, run, memory, *gpu_);
    j.tokens_per_second = estimate.tokens_per_second.expected;
    j.usd_per_hour = estimate_cost(*gpu_, static_cast<double>(scenario.parallelism.world_size()), estimate, scenario.hardware.usd_per_gpu_hour).usd_per_hour;
  }
  return j;
}

SmallestSet smallest_set(const Scenario& scenario, Judge& judge) {
  const Judgement now = judge.all(scenario);
  if (now.fits || now.usable.value <= 0) return {};
  SmallestSet set = SetSearch(scenario, judge, false).run();
  if (!set.found) set = SetSearch(scenario, judge, true).run();
  set.wanted = true;
  set.time_factor = ratio(now.tokens_per_second, set.after.tokens_per_second);
  return set;
}

Advice advise(const Scenario& scenario, const Inventory& inventory, const GpuSpec* gpu) {
  Advice advice;
  Judge judge(inventory, gpu);
  advice.now = judge.all(scenario);
  const Judgement& now = advice.now;
  for (const AdviceRow& row : advice_catalogue()) {
    Proposal p;
    p.row = &row;
    p.changed = scenario;
    if (!row.apply(p.changed, judge)) continue;
    const bool same_card = p.changed.hardware.gpu == scenario.hardware.gpu;
    p.after = same_card ? judge.all(p.changed) : Judge(inventory, find_gpu(p.changed.hardware.gpu).gpu).all(p.changed);
    p.bytes_saved = real(now.total) - real(p.after.total);
    p.time_factor = ratio(now.tokens_per_second, p.after.tokens_per_second);
    p.cost_factor = ratio(rent_of_token(p.after), rent_of_token(now));
    if (!helps(row, now, p)) continue;
    p.priority = priority_of(row, now, p);
    advice.proposals.push_back(std::move(p));
  }
  std::stable_sort(advice.proposals.begin(), advice.proposals.end(), [](const Proposal& a, const Proposal& b) {
    return std::tuple(a.priority, a.row->group, a.row->risk, effect_of(a)) < std::tuple(b.priority, b.row->group, b.row->risk, effect_of(b));
  });
  advice.smallest = smallest_set(scenario, judge);
  return advice;
}

}  // namespace vram
