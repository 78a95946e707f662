// The memory folds: cost of each block, of a pipeline stage, of each moment of a step.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "vram/estimate.h"

namespace vram {

std::string_view name_of(TermId term) {
  static constexpr std::array<std::string_view, kTermCount> kNames = {
      "weights", "adapter_weights", "gradients", "optimizer_states", "master_weights", "activations", "logits", "kv_cache",
      "communication_buffers", "engine_buffers", "framework_overhead", "fragmentation"};
  return kNames[static_cast<std::size_t>(term)];
}

std::string_view name_of(Phase phase) {
  static constexpr std::array<std::string_view, 8> kNames = {"load", "prefill", "decode", "forward", "loss", "reference", "backward", "optimizer"};
  return kNames[static_cast<std::size_t>(phase)];
}

Bytes TermBytes::total() const {
  Bytes sum;
  for (const double term : bytes) sum += whole_bytes(term);
  return sum.value > static_cast<std::int64_t>(kLargestExact) ? Bytes{static_cast<std::int64_t>(kLargestExact)} : sum;
}

Bytes MemoryEstimate::allocated() const {
  Bytes most;
  for (std::size_t m = 0; m < moments; ++m) {
    const TermBytes& terms = timeline[m].terms;
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

double bytes_at(const ByteRate& rate, const Run& run, Basis basis) {
  const std::size_t b = static_cast<std::size_t>(basis);
  return rate.token * run.tokens[b] + rate.pair * run.pairs[b] + rate.sample * run.batch + rate.square * run.squares[b] + rate.cross * run.cross_pairs;
}

/// Micro-batches whose activations a stage holds at once, in one-forward-one-backward order. Interleaved (Megatron-LM's
/// schedules.py, PyTorch's Interleaved1F1B): a stage runs 2 (p - 1 - stage) + (v - 1) p chunks ahead and one more.
double in_flight(const Run& run, double stage) {
  if (run.virtual_pipeline <= 1) return std::min(run.micro_batches, run.pipeline - stage);
  const double chunks = 2 * (run.pipeline - 1 - stage) + (run.virtual_pipeline - 1) * run.pipeline + 1;
  return std::min(run.micro_batches, chunks / run.virtual_pipeline);
}

}  // namespace

/// Sums over the blocks of one pipeline stage.
struct Evaluator::StageCost {
  double parameters = 0, quantised = 0, weight_bytes = 0;
  double trainable = 0, gradient_bytes = 0, state_bytes = 0, master_bytes = 0, step_bytes = 0, largest_matrix = 0;
  double adapters = 0, adapter_bytes = 0, distinct_matrices = 0, weight_copy = 0;
  double saved = 0;             ///< bytes autograd keeps of one micro-batch without recomputation
  double forward = 0, backward = 0;  ///< largest transient of one block
  double passing = 0;           ///< of a pass that keeps nothing
  double outside_saved = 0;     ///< of `saved`: blocks that are no layer (embedding, final norm, head input)
  double layers = 0;            ///< checkpointable layers
  double checkpoint_bytes = 0;  ///< inputs of those layers
  double recomputed = 0;        ///< largest saved bytes of one layer
  double largest_layer_parameters = 0;
  double policy = 0;            ///< of the layers' saved bytes, what a policy that saves matrix products keeps
  double largest_outside = 0;   ///< parameters of the largest block that is no layer
  double input_gradient = 0;    ///< bytes of weight gradients that come last: embeddings
  double first_layer_gradient = 0;    ///< and those of the layer before
  double input_width = 0;       ///< bytes of the gradient of the embeddings' result
  double key_value = 0;         ///< bytes of one layer's keys and values, this rank's tokens
  double unpacked = 0;          ///< bytes of the largest packed matrix in the compute dtype
  double layer_copies = 0;      ///< autocast copies of the layers' weights
  double head_elements = 0;     ///< trained elements of the language head, whose gradient comes first
  double tied_gradient = 0;     ///< bytes beside the gradients while head and embedding gradients of a tied matrix are added
  bool has_head = false;
};

Evaluator::Evaluator(const Inventory& inventory)
    : inventory_(inventory), costs_(inventory.blocks.size()), unreached_(inventory.stacks.size()) {}

void Evaluator::add_head_copy(const Run& run, StageCost& sum) const {
  const double elements = static_cast<double>(inventory_.tied_elements) / run.tensor;
  const double ranks = run.data * run.context;
  sum.parameters += elements;
  sum.weight_bytes += elements * run.weight_bytes / (run.zero_stage >= 3 ? ranks : 1.0);
  if (!run.train_base || (run.features & trains(Role::embedding)) == 0) return;
  const double state_ranks = run.zero_stage >= 1 ? ranks : 1.0;
  sum.trainable += elements;
  sum.gradient_bytes += elements * run.gradient_bytes / (run.zero_stage >= 2 ? ranks : 1.0);
  sum.state_bytes += elements * run.state_bytes / state_ranks;
  sum.master_bytes += elements * run.master_bytes / state_ranks;
  sum.step_bytes += elements * run.step_bytes / state_ranks;
}

Evaluator::StageCost Evaluator::stage_cost(const Run& run, std::int64_t stage) const {
  StageCost sum;
  const auto add = [&](std::int32_t index, Basis basis, double times) {
    const BlockCost& cost = run.scalar_head && inventory_.blocks[static_cast<std::size_t>(index)].kind == BlockKind::lm_head ? score_ : costs_[static_cast<std::size_t>(index)];
    sum.parameters += cost.parameters * times;
    sum.quantised += cost.quantised * times;
    sum.weight_bytes += cost.weight_bytes * times;
    const double forward = bytes_at(cost.forward, run, basis);
    sum.forward = std::max(sum.forward, forward);
    if (run.reference_pass) sum.passing = std::max(sum.passing, bytes_at(cost.passing, run, basis));
    sum.trainable += cost.trainable * times;
    sum.gradient_bytes += cost.gradient_bytes * times;
    sum.state_bytes += cost.state_bytes * times;
    sum.master_bytes += cost.master_bytes * times;
    sum.step_bytes += cost.step_bytes * times;
    sum.largest_matrix = std::max(sum.largest_matrix, cost.largest_matrix);
    sum.key_value = std::max(sum.key_value, cost.key_value * run.tokens[static_cast<std::size_t>(basis)]);
    sum.unpacked = std::max(sum.unpacked, cost.unpacked);
    sum.adapters += cost.adapters * times;
    sum.adapter_bytes += cost.adapter_bytes * times;
    sum.distinct_matrices += cost.distinct_matrices;
    sum.weight_copy += cost.weight_copy * times;
    const double saved = bytes_at(cost.saved, run, basis);
    sum.saved += saved * times;
    return saved + cost.weight_copy;
  };
  double cross_keys = 0;
  const std::int64_t stages = static_cast<std::int64_t>(run.pipeline);
  bool tied_head = false;
  for (const Stack& stack : inventory_.stacks) {
    const bool first = stage == 0;
    const bool last = stage == stages - 1;
    const bool main = stack.kind == StackKind::decoder || (stack.kind == StackKind::encoder && inventory_.stacks.size() == 1);
    const bool pipelined = main && stages > 1;
    // Everything before the main stack (towers, connectors) lives on the first stage.
    if (!pipelined && !first) continue;
    const auto add_outside = [&](std::int32_t index) {
      const double saved = add(index, stack.basis, 1.0);
      sum.largest_outside = std::max(sum.largest_outside, costs_[static_cast<std::size_t>(index)].parameters);
      sum.backward = std::max(sum.backward, bytes_at(costs_[static_cast<std::size_t>(index)].backward, run, stack.basis));
      if (inventory_.blocks[static_cast<std::size_t>(index)].kind == BlockKind::attention) {
        cross_keys = std::max(cross_keys, saved);  // keys and values for a layer of the decoder, recomputed with it
      } else {
        sum.outside_saved += saved;
      }
      if (inventory_.blocks[static_cast<std::size_t>(index)].kind == BlockKind::lm_head && !run.scalar_head) {
        sum.has_head = true;
        sum.head_elements += costs_[static_cast<std::size_t>(index)].trainable;
      }
    };
    if (first) {
      for (const std::int32_t index : stack.before) {
        add_outside(index);
        if (stack.kind == StackKind::decoder) sum.input_gradient += costs_[static_cast<std::size_t>(index)].gradient_bytes;
      }
    }
    const std::int64_t total = static_cast<std::int64_t>(stack.layers.size());
    std::int64_t begin = 0;
    std::int64_t end = total;
    if (pipelined) {
      begin = stage * total / stages;
      end = (stage + 1) * total / stages;
    }
    for (std::size_t d = 0; d < stack.distinct.size(); ++d) {
      const Layer& layer = stack.distinct[d];
      double times = static_cast<double>(stack.distinct_count[d]);
      if (pipelined) {
        times = 0;
        for (std::int64_t l = begin; l < end; ++l) times += stack.layers[static_cast<std::size_t>(l)] == layer ? 1.0 : 0.0;
      }
      if (times == 0) continue;
      double saved = 0;
      double parameters = 0;
      double policy = 0;
      double gradient = 0;
      double freed = 0;  // backward reaches the mixer when what the feed-forward block kept is gone
      for (const std::int32_t index : {layer.ffn, layer.mixer}) {
        if (index < 0) continue;
        const BlockCost& cost = costs_[static_cast<std::size_t>(index)];
        sum.backward = std::max(sum.backward, bytes_at(cost.backward, run, stack.basis) - freed);
        freed = add(index, stack.basis, times);
        saved += freed;
        if (run.saves_matmuls) policy += bytes_at(cost.policy, run, stack.basis);
        gradient += cost.gradient_bytes;
        // Autocast's cache holds copies of trained weights only.
        if (run.train_base) sum.layer_copies += cost.weight_copy * times;
        parameters += cost.parameters;
      }
      sum.policy += policy * times;
      if (stack.kind == StackKind::decoder && layer == stack.layers[static_cast<std::size_t>(begin)]) sum.first_layer_gradient = gradient;
      sum.recomputed = std::max(sum.recomputed, saved + cross_keys - policy);
      sum.largest_layer_parameters = std::max(sum.largest_layer_parameters, parameters);
    }
    const double layers = static_cast<double>(end - begin);
    // With adapters, recomputation asks for a gradient of the first layer's input, so that every layer is reached.
    if (run.training && first && (run.train_base || run.checkpointing == Checkpointing::none || run.checkpointing == Checkpointing::selective)) {
      const Unreached& unreached = unreached_[static_cast<std::size_t>(&stack - inventory_.stacks.data())];
      sum.trainable -= unreached.cost.trainable;
      sum.gradient_bytes -= unreached.cost.gradient_bytes;
      sum.state_bytes -= unreached.cost.state_bytes;
      sum.master_bytes -= unreached.cost.master_bytes;
      sum.step_bytes -= unreached.cost.step_bytes;
      sum.weight_copy -= unreached.cost.weight_copy;
      sum.saved -= bytes_at(unreached.cost.saved, run, stack.basis);
      sum.outside_saved -= bytes_at(unreached.outside_saved, run, stack.basis);
    }
    sum.layers += layers;
    const double residual = static_cast<double>(stack.hidden_size) * run.tokens[static_cast<std::size_t>(stack.basis)] *
                            run.width_bytes[static_cast<std::size_t>(Width::residual)] / (run.sequence_parallel ? run.tensor : 1.0);
    sum.checkpoint_bytes += layers * residual;
    if (stack.kind == StackKind::decoder) sum.input_width = residual;
    if (last || !pipelined) {
      for (const std::int32_t index : stack.after) add_outside(index);
    }
    if (inventory_.tied_elements > 0 && main && last && inventory_.vocab_size > 0 && !run.scalar_head && !tied_head) {
      tied_head = true;  // one head, however many stacks the layers stand in
      sum.has_head = true;
      if ((pipelined && !first) || run.head_copied) {
        // A tied head on another stage than the embedding is a second copy, trained like the first.
        add_head_copy(run, sum);
      }
      if (stack.kind != StackKind::decoder) continue;
      if ((run.features & feature::kAutocast) != 0) {
        const double copy = static_cast<double>(inventory_.tied_elements) / run.tensor * run.width_bytes[static_cast<std::size_t>(Width::compute)];
        sum.outside_saved += copy;
        sum.weight_copy += copy;
      }
      if (run.train_base && (run.features & trains(Role::embedding)) != 0) {
        sum.head_elements += static_cast<double>(inventory_.tied_elements) / run.tensor;
        sum.input_gradient = 0;  // it came with that of the head
        sum.tied_gradient = 2.0 * static_cast<double>(inventory_.tied_elements) / run.tensor * run.gradient_bytes;
      }
    }
  }
  return sum;
}

void Evaluator::training_timeline(const Run& run, const StageCost& cost, double in_flight, MemoryEstimate& estimate) const {
  const double compute = run.width_bytes[static_cast<std::size_t>(Width::compute)];
  TermBytes base;
  base[TermId::weights] = cost.weight_bytes + estimate.counted.reference_bytes;
  base[TermId::adapter_weights] = cost.adapter_bytes;
  const bool states_away = run.offload != Offload::none;
  base[TermId::optimizer_states] = states_away ? 0 : cost.state_bytes;
  base[TermId::master_weights] = states_away ? 0 : cost.master_bytes;
  if (run.offload == Offload::parameters) base[TermId::weights] = 0;
  if (run.zero_stage >= 3 || run.offload == Offload::parameters) {
    // The running unit and the prefetched one, gathered in the compute dtype; in a pipeline all of the stage.
    const double root = run.gathers_root ? cost.largest_outside : 0.0;
    base[TermId::communication_buffers] = (run.keeps_gathered ? cost.parameters : 2.0 * cost.largest_layer_parameters + root) * compute;
  }
  if (run.keeps_copy) base[TermId::communication_buffers] += cost.weight_bytes * run.data * run.context;
  base[TermId::communication_buffers] += run.communicator_bytes;
  base[TermId::framework_overhead] = run.context_bytes + run.workspace_bytes;
  base[TermId::engine_buffers] = cost.distinct_matrices * run.matrix_buffer_bytes;

  const double gradients = cost.gradient_bytes;
  const double whole_gradients = run.keeps_gathered ? cost.trainable * run.reduce_bytes : 0.0;
  const bool recompute = run.checkpointing == Checkpointing::full || run.checkpointing == Checkpointing::offloaded || run.saves_matmuls;
  // Offloaded checkpoints leave two layers' inputs on the device.
  const double checkpoints = run.checkpointing == Checkpointing::offloaded && cost.layers > 0
                                 ? cost.checkpoint_bytes * std::min(1.0, 2.0 / cost.layers)
                                 : cost.checkpoint_bytes + cost.policy;
  const double head_input = cost.has_head ? run.tokens[0] * static_cast<double>(inventory_.hidden_size) : 0.0;
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
    const double rows = run.loss_chunk_tokens > 0 ? std::min(run.loss_chunk_tokens, run.tokens[0]) : run.tokens[0];
    const double logits = rows * (run.loss_chunk_columns > 0 ? std::min(run.loss_chunk_columns, vocabulary) : vocabulary);
    logits_forward = logits * run.loss_bytes_per_logit;
    logits_backward = logits * run.loss_gradient_bytes_per_logit;
    logits_cached = logits * run.loss_cached_bytes_per_logit;
    loss_buffer = run.loss_buffer_bytes_per_head_element * vocabulary * hidden;
    estimate.counted.logit_count = logits;
  }
  const double head_gradient = std::min(gradients, cost.head_elements * run.gradient_bytes / (run.zero_stage >= 2 ? run.data * run.context : 1.0));
  const double scattered = run.train_base ? run.reduce_bytes * std::max(cost.largest_layer_parameters, cost.largest_outside) : 0.0;

  struct Parts {
    double activations = 0, logits = 0, gradients = 0, step = 0, scattered = 0, cached = 0;
  };
  const auto add = [&](Phase phase, double at, const Parts& parts) {
    Moment& moment = estimate.timeline[estimate.moments++];
    moment.phase = phase;
    moment.at = at;
    moment.terms = base;
    moment.terms[TermId::activations] = parts.activations + run.input_bytes;
    moment.terms[TermId::logits] = parts.logits;
    moment.terms[TermId::gradients] = parts.gradients + whole_gradients;
    moment.terms[TermId::optimizer_states] += parts.step;
    moment.terms[TermId::communication_buffers] += parts.scattered;
    // The allocator never gives blocks of the communication stream to the stream that computes.
    const double other_stream = run.reduce_bytes > 0 ? gradients + scattered - parts.gradients - parts.scattered : 0.0;
    moment.terms[TermId::fragmentation] =
        run.fragmentation * (parts.activations + parts.logits + parts.gradients + parts.step) + parts.cached + std::max(0.0, other_stream);
  };
  const double resident = run.gradients_resident ? gradients : 0.0;
  add(Phase::forward, 0.0, {.activations = forward, .gradients = resident});
  // The forward pass ends with what the head writes, if that is more than a layer's transient.
  const double head_output = compute * estimate.counted.logit_count;
  const bool head_last = head_output > forward;
  add(Phase::forward, 0.33, {.activations = others + kept + cached_copies + (head_last ? 0.0 : forward), .logits = head_last ? head_output : 0.0, .gradients = resident});
  add(Phase::loss, 0.36, {.activations = others + kept + cached_copies, .logits = logits_forward + loss_buffer, .gradients = resident});
  if (run.reference_pass) {
    // The reference runs while the policy's graph is alive: one block after the other, then its logits.
    const double copies = run.reference_copies * cost.weight_copy;
    const double whole = estimate.counted.logit_count * run.loss_saved_bytes_per_logit;
    const double scored = estimate.counted.logit_count * run.reference_bytes_per_logit;
    const bool inside = cost.passing >= scored;
    add(Phase::reference, 0.38, {.activations = others + kept + copies + (inside ? cost.passing : 0.0), .logits = whole + (inside ? 0.0 : scored), .gradients = resident});
  }
  // First the gradient of the log-probabilities, in fp32; then, with those gone, the gradient of the head.
  const double head_moment = compute * estimate.counted.logit_count + std::max(resident, head_gradient) - resident;
  const double head_sum = run.loss_head_gradient_bytes * vocabulary * hidden;
  if (run.loss_chunk_columns > 0) {
    // Tiles: sums of the gradients in fp32 beside one tile; then the head's sum becomes its gradient.
    const double sums = head_input * run.loss_hidden_gradient_bytes + head_sum;
    const double cast = std::max(resident, head_gradient) - resident;
    const bool tile = head_sum <= 0 || logits_backward > cast;
    add(Phase::backward, 0.40, {.activations = others + kept, .logits = sums + (tile ? logits_backward : 0.0), .gradients = tile && head_sum > 0 ? resident : resident + cast});
  } else if (logits_backward >= head_moment) {
    add(Phase::backward, 0.40, {.activations = others + kept, .logits = logits_backward + loss_buffer, .gradients = resident, .cached = logits_cached});
  } else {
    add(Phase::backward, 0.40, {.activations = others + kept, .logits = compute * estimate.counted.logit_count + loss_buffer,
                                .gradients = std::max(resident, head_gradient)});
  }
  const bool shrinking = !inventory_.backward_points.empty() && run.frozen_layers <= 0 && !recompute;
  if (shrinking) {
    const auto [live, reached] = backward_moment(run);
    add(Phase::backward, 0.45, {.activations = live, .gradients = std::max(resident, reached)});
  } else {
    add(Phase::backward, 0.45, {.activations = others + kept + recomputed + backward, .gradients = std::max(resident, head_gradient), .scattered = scattered});
  }
  // The first layer, reached last; then the gradients of the embeddings. The larger of both is the end of backward.
  const Parts layer{.activations = others + (shrinking ? 0.0 : recomputed + backward),
                    .gradients = std::max(resident, gradients - cost.input_gradient - cost.first_layer_gradient), .scattered = scattered};
  const Parts input{.activations = others + std::max(cost.input_width, cost.tied_gradient), .gradients = gradients, .scattered = scattered};
  add(Phase::backward, 0.90, layer.activations + layer.gradients > input.activations + input.gradients ? layer : input);
  add(Phase::optimizer, 0.95, {.activations = others, .gradients = gradients, .step = cost.step_bytes + cost.largest_matrix * run.step_matrix_bytes});
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

std::vector<double> Evaluator::parameters_by_stage(const Run& run) {
  (void)(*this)(run);
  std::vector<double> found;
  for (std::int64_t stage = 0; stage < static_cast<std::int64_t>(run.pipeline); ++stage) {
    found.push_back(run.training ? stage_cost(run, stage).parameters : serving_[static_cast<std::size_t>(stage)].parameters);
  }
  return found;
}

MemoryEstimate Evaluator::operator()(const Run& run) {
  if (!prepared_ || !(shape_ == run)) {
    shape_ = run;
    prepared_ = true;
    for (std::size_t i = 0; i < costs_.size(); ++i) costs_[i] = cost_of(shape_, inventory_.blocks[i]);
    if (run.training) score_ = score_cost(shape_);
    if (run.training) find_unreached();
    serving_pipeline_ = 0;
  }
  if (!run.training && serving_pipeline_ != run.pipeline) prepare_serving(run);
  MemoryEstimate worst;
  double worst_bytes = -1;
  const std::int64_t stages = static_cast<std::int64_t>(run.pipeline);
  for (std::int64_t s = 0; s < stages; ++s) {
    const MemoryEstimate estimate = stage(run, s);
    const double bytes = sum_of(estimate.at_peak().terms);
    if (bytes > worst_bytes) {
      worst_bytes = bytes;
      worst = estimate;
    }
  }
  return worst;
}

MemoryEstimate Evaluator::stage(const Run& run, std::int64_t stage) const {
  MemoryEstimate estimate;
  estimate.outside_allocator = run.context_bytes + run.communicator_bytes;
  estimate.worst_stage = stage;
  estimate.worst_rank = stage * static_cast<std::int64_t>(run.tensor);
  if (run.training) {
    const StageCost cost = stage_cost(run, stage);
    estimate.counted.parameters = cost.parameters;
    estimate.counted.quantised_parameters = cost.quantised;
    estimate.counted.trainable = cost.trainable;
    estimate.counted.adapters = cost.adapters;
    estimate.counted.reference_bytes = run.reference_copies * cost.weight_bytes;
    training_timeline(run, cost, in_flight(run, static_cast<double>(stage)), estimate);
  } else {
    inference_timeline(run, serving_[static_cast<std::size_t>(stage)], estimate);
  }
  double largest = -1;
  for (std::size_t i = 0; i < estimate.moments; ++i) {
    const double bytes = sum_of(estimate.timeline[i].terms);
    if (bytes > largest) {
      largest = bytes;
      estimate.peak = i;
    }
  }
  return estimate;
}

}  // namespace vram
