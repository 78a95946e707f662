// The memory folds of training: what a device holds at each moment of a step.
// SPDX-License-Identifier: MIT
#include <algorithm>

#include "stage_cost.h"
#include "vram/estimate.h"

namespace vram {

TermBytes Evaluator::resident(const Run& run, const StageCost& cost, MemoryEstimate& estimate) {
  const double compute = run.width_bytes[static_cast<std::size_t>(Width::compute)];
  const double ranks = run.data * run.context;
  TermBytes base;
  base[TermId::weights] = cost.weight_bytes + estimate.counted.frozen_bytes;
  base[TermId::adapter_weights] = cost.adapter_bytes;
  base[TermId::optimizer_states] = cost.state_bytes;
  base[TermId::master_weights] = cost.master_bytes;
  if (run.offload != Offload::none) {
    estimate.host_bytes = cost.state_bytes + cost.master_bytes + cost.trainable * run.host_gradient_bytes / (run.zero_stage >= 1 ? ranks : 1.0);
    base[TermId::optimizer_states] = base[TermId::master_weights] = 0;
  }
  if (run.offload == Offload::parameters) {
    estimate.host_bytes += base[TermId::weights];
    base[TermId::weights] = 0;
  }
  if (run.zero_stage >= 3 || run.offload == Offload::parameters) {
    // The running unit and the prefetched one, gathered in the compute dtype; in a pipeline all of the stage.
    const double root = run.gathers_root ? cost.largest_outside : 0.0;
    base[TermId::communication_buffers] = (run.keeps_gathered ? cost.parameters : 2.0 * cost.largest_layer_parameters + root) * compute;
  }
  if (run.keeps_copy) base[TermId::communication_buffers] += cost.weight_bytes * ranks;
  // Buckets are made for every gradient, however briefly that lives.
  estimate.counted.bucket_bytes = run.bucket_copies ? cost.gradient_bytes : std::min(run.bucket_bytes, cost.trainable * 2.0);
  base[TermId::communication_buffers] += run.communicator_bytes + estimate.counted.bucket_bytes;
  base[TermId::framework_overhead] = run.context_bytes + run.workspace_bytes;
  base[TermId::engine_buffers] = cost.distinct_matrices * run.matrix_buffer_bytes;
  return base;
}

void Evaluator::training_timeline(const Run& run, const StageCost& cost, double in_flight, MemoryEstimate& estimate) const {
  const double compute = run.width_bytes[static_cast<std::size_t>(Width::compute)];
  const StageRun& stage = run.stage;
  TermBytes base = resident(run, cost, estimate);

  const double gradient_ranks = run.zero_stage >= 2 ? run.data * run.context : 1.0;
  // With steps in backward one gradient lives at a time.
  const double gradients = run.steps_in_backward ? std::min(cost.gradient_bytes, cost.largest_matrix * run.gradient_bytes / gradient_ranks) : cost.gradient_bytes;
  const double whole_gradients = run.keeps_gathered ? cost.trainable * run.reduce_bytes : 0.0;
  const bool recompute = run.checkpointing == Checkpointing::full || run.checkpointing == Checkpointing::offloaded || run.saves_matmuls;
  // Offloaded checkpoints leave two layers' inputs on the device.
  const double checkpoints = run.checkpointing == Checkpointing::offloaded && cost.layers > 0
                                 ? cost.checkpoint_bytes * std::min(1.0, 2.0 / cost.layers)
                                 : cost.checkpoint_bytes + cost.policy;
  const double scored_tokens = run.tokens[0] * stage.scored_share;
  const double head_input = cost.has_head ? scored_tokens * static_cast<double>(inventory_.hidden_size) : 0.0;
  const double kept = (recompute ? cost.outside_saved + checkpoints : cost.saved + cost.weight_copy) + head_input * run.loss_hidden_bytes;
  const double cached_copies = recompute ? cost.layer_copies : 0.0;  // autocast's cache lives until the forward pass ends
  const double recomputed = recompute ? cost.recomputed : 0.0;
  const double exchanged = cost.key_value * run.exchanged_blocks;
  const double forward = cost.forward + cost.unpacked + exchanged;
  const double backward = cost.backward + cost.unpacked + 2.0 * exchanged;  // their gradients travel too
  const double others = kept * (in_flight - 1.0);  // micro-batches of later pipeline stages

  const double vocabulary = static_cast<double>(inventory_.vocab_size) / run.tensor;
  const double hidden = static_cast<double>(inventory_.hidden_size);
  double logits_forward = 0;
  double logits_backward = 0;
  double logits_cached = 0;
  double loss_buffer = 0;
  if (cost.has_head) {
    const double rows = run.loss_chunk_tokens > 0 ? std::min(run.loss_chunk_tokens, scored_tokens) : scored_tokens;
    const double logits = rows * (run.loss_chunk_columns > 0 ? std::min(run.loss_chunk_columns, vocabulary) : vocabulary);
    logits_forward = logits * run.loss_bytes_per_logit;
    logits_backward = logits * run.loss_gradient_bytes_per_logit;
    logits_cached = logits * run.loss_cached_bytes_per_logit;
    loss_buffer = run.loss_buffer_bytes_per_head_element * vocabulary * hidden;
    estimate.counted.logit_count = logits;
  }
  const double head_gradient = std::min(gradients, cost.head_elements * run.gradient_bytes / gradient_ranks);
  const double scattered = run.train_base ? run.reduce_bytes * std::max(cost.largest_layer_parameters, cost.largest_outside) : 0.0;

  // Fully sharded: between the passes one layer is gathered, the last; the other's block is the communication stream's and stays reserved.
  const double released = run.gathers_root && !run.keeps_gathered ? cost.largest_layer_parameters * compute : 0.0;
  struct Parts {
    double activations = 0, logits = 0, gradients = 0, step = 0, scattered = 0, cached = 0, released = 0;
  };
  const auto add = [&](Phase phase, double at, const Parts& parts) {
    // A step of reinforcement: replies and their scores first, the update from 0.3 on.
    const bool update = phase != Phase::reward && phase != Phase::reference && phase != Phase::sync;
    Moment& moment = estimate.timeline.add(phase, run.reinforces && update ? 0.3 + 0.65 * at : at, base);
    moment.terms[TermId::activations] = parts.activations + run.input_bytes;
    moment.terms[TermId::logits] = parts.logits;
    moment.terms[TermId::gradients] = parts.gradients + (run.reinforces && !update ? 0.0 : whole_gradients);
    moment.terms[TermId::optimizer_states] += parts.step;
    moment.terms[TermId::communication_buffers] += parts.scattered - parts.released;
    // The allocator never gives blocks of the communication stream to the stream that computes.
    const double other_stream = run.reduce_bytes > 0 ? gradients + scattered - parts.gradients - parts.scattered : 0.0;
    moment.terms[TermId::fragmentation] =
        run.fragmentation * (parts.activations + parts.logits + parts.gradients + parts.step) + parts.cached + parts.released + std::max(0.0, other_stream);
  };
  const double resident_gradients = run.gradients_resident ? gradients : 0.0;
  // Outside the update only gradients in buffers of their own are there.
  const double idle_gradients = run.gradients_kept ? gradients : 0.0;
  // A pass that keeps nothing: one block after the other, then its logits.
  const auto score = [&](Phase phase, double at) {
    const bool inside = stage.score_pass == ScorePass::inside;
    const double passing = cost.passing + cost.unpacked + exchanged;
    const double copies = (phase == Phase::reward ? stage.reward_copies : stage.reference_copies) * cost.scored_copies;
    const double alive = inside ? others + kept : 0.0;
    const double whole = inside ? estimate.counted.logit_count * run.loss_saved_bytes_per_logit : 0.0;
    const double made = phase == Phase::reward ? 0.0 : estimate.counted.logit_count;
    const double early = made * (stage.outside_autocast ? stage.narrow_logit_bytes : stage.reference_bytes_per_logit);
    const double late = made * stage.reference_bytes_per_logit;
    double block = passing >= early ? copies + passing : copies;
    double logits = passing >= early ? 0.0 : early;
    if (late > block + logits) {
      block = 0;
      logits = late;
    }
    add(phase, at, {.activations = alive + block, .logits = whole + logits, .gradients = inside ? resident_gradients : idle_gradients});
  };
  TermBytes asleep;
  if (run.rollout.has_value()) asleep = add_rollout(run, replies_, cost, idle_gradients, vocabulary, base, estimate);
  if (stage.reward_copies + stage.reward_bytes > 0) score(Phase::reward, 0.20);
  if (stage.score_pass == ScorePass::before) score(Phase::reference, 0.25);
  add(Phase::forward, 0.0, {.activations = forward, .gradients = resident_gradients});
  // The forward pass ends with what the head writes, if that is more than a layer's transient.
  const double head_output = compute * estimate.counted.logit_count;
  const bool head_last = head_output > forward;
  add(Phase::forward, 0.33, {.activations = others + kept + cached_copies + (head_last ? 0.0 : forward), .logits = head_last ? head_output : 0.0, .gradients = resident_gradients});
  add(Phase::loss, 0.36, {.activations = others + kept + (stage.outside_autocast ? 0.0 : cached_copies), .logits = logits_forward + loss_buffer, .gradients = resident_gradients, .released = released});
  if (stage.score_pass == ScorePass::inside) score(Phase::reference, 0.38);
  // First the gradient of the log-probabilities, in fp32; then, with those gone, the gradient of the head.
  const double head_moment = compute * estimate.counted.logit_count + std::max(resident_gradients, head_gradient) - resident_gradients;
  const double head_sum = run.loss_head_gradient_bytes * vocabulary * hidden;
  if (run.loss_chunk_columns > 0) {
    // Tiles: sums of the gradients in fp32 beside one tile; then the head's sum becomes its gradient.
    const double sums = head_input * run.loss_hidden_gradient_bytes + head_sum;
    const double cast = std::max(resident_gradients, head_gradient) - resident_gradients;
    const bool tile = head_sum <= 0 || logits_backward > cast;
    add(Phase::backward, 0.40, {.activations = others + kept, .logits = sums + (tile ? logits_backward : 0.0), .gradients = tile && head_sum > 0 ? resident_gradients : resident_gradients + cast, .released = released});
  } else if (logits_backward >= head_moment) {
    add(Phase::backward, 0.40, {.activations = others + kept, .logits = logits_backward + loss_buffer, .gradients = resident_gradients, .cached = logits_cached, .released = released});
  } else {
    // What the moment before needed stays reserved; gradients on a stream of their own are so anyway.
    const double apart = run.reduce_bytes > 0 ? std::max(resident_gradients, head_gradient) - resident_gradients : 0.0;
    add(Phase::backward, 0.40, {.activations = others + kept, .logits = compute * estimate.counted.logit_count + loss_buffer,
                                .gradients = std::max(resident_gradients, head_gradient), .cached = std::max(0.0, logits_cached + logits_backward + apart - head_moment), .released = released});
  }
  const double share = run.steps_in_backward && cost.trainable > 0 ? std::min(1.0, cost.largest_matrix / cost.trainable) : 1.0;
  const double step = cost.step_bytes * share + cost.largest_matrix * run.step_matrix_bytes;
  // The head steps while everything is kept, before the last layer is reached.
  if (run.steps_in_backward && head_gradient > 0) add(Phase::backward, 0.42, {.activations = others + kept, .gradients = head_gradient, .step = step});
  const bool shrinking = !inventory_.backward_points.empty() && run.frozen_layers <= 0 && !recompute;
  if (shrinking) {
    const auto [live, reached] = backward_moment(run);
    add(Phase::backward, 0.45, {.activations = live, .gradients = std::max(resident_gradients, std::min(gradients, reached))});
  } else {
    add(Phase::backward, 0.45, {.activations = others + kept + recomputed + backward, .gradients = std::max(resident_gradients, head_gradient), .scattered = scattered});
  }
  // The first layer, reached last; then the gradients of the embeddings. The larger of both is the end of backward.
  const double before_input = run.steps_in_backward ? gradients : gradients - cost.input_gradient - cost.first_layer_gradient;
  const Parts layer{.activations = others + (shrinking ? 0.0 : recomputed + backward), .gradients = std::max(resident_gradients, before_input), .scattered = scattered};
  const Parts input{.activations = others + std::max(cost.input_width, cost.tied_gradient), .gradients = gradients, .scattered = scattered};
  add(Phase::backward, 0.90, layer.activations + layer.gradients > input.activations + input.gradients ? layer : input);
  add(Phase::optimizer, 0.95, {.activations = others, .gradients = gradients, .step = step});
  if (run.reinforces) {
    // The weights go to the engine matrix by matrix; adapters are merged into weights that are gathered all at once.
    base[TermId::weights] += asleep[TermId::weights];
    const double whole = cost.weight_bytes * (run.data * run.context - 1.0);
    if (run.zero_stage >= 3) base[TermId::communication_buffers] += run.train_base ? cost.largest_matrix * run.weight_bytes : whole;
    add(Phase::sync, 1.0, {.gradients = idle_gradients});
  }
  estimate.counted.saved_bytes = kept + estimate.counted.logit_count * run.loss_saved_bytes_per_logit;
  estimate.counted.saved_per_token = run.tokens[0] > 0 ? cost.saved / run.tokens[0] : 0;
  estimate.counted.checkpoint_layers = recompute ? cost.layers : 0;
  estimate.counted.recomputed_layer = recomputed;
  estimate.counted.transient = std::max(cost.forward, cost.backward);
}

std::array<double, 2> Evaluator::backward_moment(const Run& run) const {
  const double images = run.tokens[static_cast<std::size_t>(Basis::samples)];
  const double narrow = run.width_bytes[static_cast<std::size_t>(Width::compute)];
  const double wide = run.width_bytes[static_cast<std::size_t>(Width::residual)];
  const double copy = (run.features & feature::kAutocast) != 0 ? narrow : 0.0;
  std::array<double, 2> largest{};
  double most = -1;
  for (const LivePoint& point : inventory_.backward_points) {
    const double live = images * (point.elements * narrow + point.wide_elements * wide + point.bytes) + point.copies * copy;
    const double gradients = point.gradients * run.gradient_bytes;
    if (live + gradients > most) {
      most = live + gradients;
      largest = {live, gradients};
    }
  }
  return largest;
}

}  // namespace vram
