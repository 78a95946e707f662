// The memory folds: every pipeline stage of a run, and the one that holds most.
// SPDX-License-Identifier: MIT
#include <algorithm>

#include "stage_cost.h"
#include "vram/estimate.h"

namespace vram {

std::string_view name_of(TermId term) {
  static constexpr std::array<std::string_view, kTermCount> kNames = {
      "weights", "adapter_weights", "gradients", "optimizer_states", "master_weights", "activations", "logits", "kv_cache",
      "communication_buffers", "engine_buffers", "framework_overhead", "fragmentation"};
  return kNames[static_cast<std::size_t>(term)];
}

std::string_view name_of(Phase phase) {
  static constexpr std::array<std::string_view, 11> kNames = {"load",    "prefill", "decode",    "rollout",  "reward",    "forward",
                                                               "loss", "reference", "backward", "optimizer", "sync"};
  return kNames[static_cast<std::size_t>(phase)];
}

Bytes TermBytes::total() const {
  Bytes sum;
  for (const double term : bytes) sum += whole_bytes(term);
  return sum.value > static_cast<std::int64_t>(kLargestExact) ? Bytes{static_cast<std::int64_t>(kLargestExact)} : sum;
}

Bytes MemoryEstimate::allocated() const {
  Bytes most;
  for (const auto& [phase, at, terms] : timeline) {
    const Bytes bytes = terms.total() - whole_bytes(outside_allocator) - whole_bytes(terms[TermId::fragmentation]);
    if (bytes > most) most = bytes;
  }
  return most;
}

namespace {

double sum_of(const TermBytes& terms) {
  double sum = 0;
  for (const double term : terms.bytes) sum += term;
  return sum;
}

/// Micro-batches whose activations a stage holds at once, in one-forward-one-backward order. Interleaved (Megatron-LM's
/// schedules.py, PyTorch's Interleaved1F1B): a stage runs 2 (p - 1 - stage) + (v - 1) p chunks ahead and one more.
double in_flight(const Run& run, double stage) {
  if (run.virtual_pipeline <= 1) return std::min(run.micro_batches, run.pipeline - stage);
  const double chunks = 2 * (run.pipeline - 1 - stage) + (run.virtual_pipeline - 1) * run.pipeline + 1;
  return std::min(run.micro_batches, chunks / run.virtual_pipeline);
}

/// The moment that holds most; its bytes.
double find_peak(MemoryEstimate& estimate) {
  double largest = -1;
  for (std::size_t i = 0; i < estimate.timeline.size(); ++i) {
    const double bytes = sum_of(estimate.timeline[i].terms);
    if (bytes > largest) {
      largest = bytes;
      estimate.peak = i;
    }
  }
  return largest;
}

/// Of two stages the one that holds more, the first of equals.
void keep_larger(MemoryEstimate& worst, const MemoryEstimate& other) {
  if (!(sum_of(other.at_peak().terms) <= sum_of(worst.at_peak().terms))) worst = other;
}

}  // namespace

Evaluator::Evaluator(const Inventory& inventory)
    : inventory_(inventory), costs_(inventory.blocks.size()), unreached_(inventory.stacks.size()) {}

void Evaluator::prepare(const BasicRun& run) {
  if (!prepared_ || !(shape_ == run)) {
    shape_ = run;
    prepared_ = true;
    for (std::size_t i = 0; i < costs_.size(); ++i) costs_[i] = cost_of(shape_, inventory_.blocks[i]);
    if (run.training) score_ = score_cost(shape_);
    if (run.training) find_unreached();
    serving_pipeline_ = 0;
  }
  if (!run.training && serving_pipeline_ != run.pipeline) prepare_serving(run);
}

MemoryEstimate Evaluator::serve(const BasicRun& run) {
  prepare(run);
  MemoryEstimate worst = serve_stage(run, 0);
  for (std::int64_t s = 1; s < static_cast<std::int64_t>(run.pipeline); ++s) keep_larger(worst, serve_stage(run, s));
  return worst;
}

MemoryEstimate Evaluator::train(const Run& run) {
  prepare(run);
  if (run.rollout.has_value()) {
    if (rollout_ == nullptr) rollout_ = std::make_unique<Evaluator>(inventory_);
    replies_ = rollout_->serve(run.rollout->run);
  }
  MemoryEstimate worst = train_stage(run, 0);
  for (std::int64_t s = 1; s < static_cast<std::int64_t>(run.pipeline); ++s) keep_larger(worst, train_stage(run, s));
  return worst;
}

MemoryEstimate Evaluator::operator()(const Run& run) { return run.training ? train(run) : serve(run); }

MemoryEstimate Evaluator::stage(const Run& run, std::int64_t stage) const { return run.training ? train_stage(run, stage) : serve_stage(run, stage); }

MemoryEstimate Evaluator::serve_stage(const BasicRun& run, std::int64_t stage) const {
  MemoryEstimate estimate;
  estimate.outside_allocator = run.context_bytes + run.communicator_bytes;
  estimate.worst_stage = stage;
  estimate.worst_rank = stage * static_cast<std::int64_t>(run.tensor);
  inference_timeline(run, serving_[static_cast<std::size_t>(stage)], estimate);
  find_peak(estimate);
  return estimate;
}

MemoryEstimate Evaluator::train_stage(const Run& run, std::int64_t stage) const {
  MemoryEstimate estimate;
  estimate.outside_allocator = run.context_bytes + run.communicator_bytes;
  estimate.worst_stage = stage;
  estimate.worst_rank = stage * static_cast<std::int64_t>(run.tensor);
  StageCost cost = stage_cost(run, stage, run.stage.scalar_head);
  estimate.counted.parameters = cost.parameters;
  estimate.counted.quantised_parameters = cost.quantised;
  estimate.counted.frozen_bytes = run.stage.reference_copies * cost.weight_bytes + run.stage.reward_bytes;
  if (run.stage.value_copies + run.stage.reward_copies > 0) {
    const StageCost scored = stage_cost(run, stage, true);
    estimate.counted.frozen_bytes += run.stage.reward_copies * scored.weight_bytes;
    if (run.stage.value_copies > 0) cost.join(scored);
  }
  estimate.counted.trainable = cost.trainable;
  estimate.counted.adapters = cost.adapters;
  training_timeline(run, cost, in_flight(run, static_cast<double>(stage)), estimate);
  find_peak(estimate);
  return estimate;
}

std::vector<double> Evaluator::parameters_by_stage(const Run& run) {
  (void)(*this)(run);
  std::vector<double> found;
  for (std::int64_t stage = 0; stage < static_cast<std::int64_t>(run.pipeline); ++stage) {
    found.push_back(run.training ? stage_cost(run, stage, run.stage.scalar_head).parameters : serving_[static_cast<std::size_t>(stage)].parameters);
  }
  return found;
}

}  // namespace vram
