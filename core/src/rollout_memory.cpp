// Reinforcement: the moments of making replies.
// SPDX-License-Identifier: MIT
#include <utility>

#include "stage_cost.h"

namespace vram {

TermBytes Evaluator::add_rollout(const Run& run, const MemoryEstimate& replies, const StageCost& cost, double gradients, double vocabulary, TermBytes& base,
                                 MemoryEstimate& estimate) {
  const Rollout& rollout = *run.rollout;
  const TermBytes& load = replies.timeline[0].terms;
  TermBytes engine;
  if (rollout.own_weights) {
    engine[TermId::weights] = load[TermId::weights];
    engine[TermId::kv_cache] = replies.pool_bytes >= 0 ? replies.pool_bytes : replies.kv_in_use;
    engine[TermId::engine_buffers] = replies.timeline[2].terms[TermId::engine_buffers];
    engine[TermId::communication_buffers] = load[TermId::communication_buffers];
    estimate.outside_allocator += load[TermId::communication_buffers];
    estimate.counted.rollout_pool = replies.pool_bytes;
    estimate.counted.rollout_weights = engine[TermId::weights];
  }
  estimate.counted.rollout_cache = replies.kv_in_use;
  estimate.counted.rollout_replies = rollout.run.serving.states;
  TermBytes held = base;
  for (std::size_t t = 0; t < kTermCount; ++t) held.bytes[t] += engine.bytes[t];
  // generate() of a sharded model gathers all of it on every rank.
  if (!rollout.own_weights && run.zero_stage >= 3) held[TermId::communication_buffers] += cost.weight_bytes * (run.data * run.context - 1.0);

  for (std::size_t i = 1; i <= 2; ++i) {
    const TermBytes& pass = replies.timeline[i].terms;
    Moment& moment = estimate.timeline.add(Phase::rollout, i == 1 ? 0.0 : 0.15, held);
    const double cache = rollout.own_weights ? 0.0 : pass[TermId::kv_cache];
    const double scores = i == 1 ? 0.0 : rollout.score_bytes * rollout.run.serving.states * rollout.reply_tokens * vocabulary;
    moment.terms[TermId::kv_cache] += cache;
    moment.terms[TermId::activations] += pass[TermId::activations];
    moment.terms[TermId::logits] += pass[TermId::logits] + scores;
    moment.terms[TermId::gradients] += gradients;
    moment.terms[TermId::fragmentation] += run.fragmentation * (cache + pass[TermId::activations] + pass[TermId::logits] + scores + gradients);
  }
  TermBytes asleep;
  if (rollout.sleeps) {
    // Only weights and pool come from the allocator that can sleep (vLLM, gpu_worker.py); graphs and communicators stay.
    for (const TermId term : {TermId::weights, TermId::kv_cache}) std::swap(asleep[term], engine[term]);
  }
  for (std::size_t t = 0; t < kTermCount; ++t) base.bytes[t] += engine.bytes[t];
  return asleep;
}

}  // namespace vram
