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
  static constexpr std::array<std::string_view, 7> kNames = {"load", "prefill", "decode", "forward", "loss", "backward", "optimizer"};
  return kNames[static_cast<std::size_t>(phase)];
}

Bytes TermBytes::total() const {
  Bytes sum;
  for (const double term : bytes) sum += whole_bytes(term);
  return sum.value > static_cast<std::int64_t>(kLargestExact) ? Bytes{static_cast<std::int64_t>(kLargestExact)} : sum;
}

namespace {

double sum_of(const TermBytes& terms) {
  double sum = 0;
  for (const double term : terms.bytes) sum += term;
  return sum;
}

bool kept(const Tensor& tensor, Features on) {
  return (tensor.all & on) == tensor.all && (tensor.none & on) == 0 && (tensor.any == 0 || (tensor.any & on) != 0);
}

/// How many ways a weight or tensor is divided on this rank.
double weight_ways(const Run& run, Shard shard, std::int64_t kv_heads) {
  switch (shard) {
    case Shard::tensor: return run.tensor;
    case Shard::kv: return std::min(run.tensor, static_cast<double>(std::max<std::int64_t>(1, kv_heads)));
    case Shard::expert: return run.expert;
    case Shard::replicated:
    case Shard::sequence:
    case Shard::count: return 1.0;
  }
  return 1.0;
}

double tensor_ways(const Run& run, Shard shard, std::int64_t kv_heads) {
  if (shard == Shard::sequence) return run.sequence_parallel ? run.tensor : 1.0;
  if (shard == Shard::expert) return 1.0;  // balanced routing: as many tokens arrive as leave
  return weight_ways(run, shard, kv_heads);
}

double tensor_bytes(const Run& run, const Tensor& tensor, Basis basis, std::int64_t kv_heads) {
  const std::size_t b = static_cast<std::size_t>(basis);
  const double elements = tensor.per_token * run.tokens[b] + tensor.per_pair * run.pairs[b] + tensor.per_sample * run.batch;
  return elements * run.width_bytes[static_cast<std::size_t>(tensor.width)] / tensor_ways(run, tensor.shard, kv_heads);
}

double ceil_div(double value, double ways) { return std::ceil(value / ways); }

}  // namespace

/// Sums over the blocks of one pipeline stage.
struct Evaluator::StageCost {
  BlockCost all;              ///< every block of the stage, times its occurrences
  double outside_saved = 0;   ///< of `all.saved`: blocks that are no layer (embedding, final norm, head input)
  double layers = 0;          ///< checkpointable layers
  double checkpoint_bytes = 0;  ///< inputs of those layers
  double recomputed = 0;      ///< largest saved bytes of one layer
  double largest_layer_parameters = 0;
  double layer_copies = 0;    ///< autocast copies of the layers' weights
  double head_elements = 0;   ///< trained elements of the language head, whose gradient comes first
  double tied_gradient = 0;   ///< bytes beside the gradients while head and embedding gradients of a tied matrix are added
  bool has_head = false;
};

Evaluator::Evaluator(const Inventory& inventory) : inventory_(inventory), costs_(inventory.blocks.size()) {}

Evaluator::BlockCost Evaluator::cost_of(const Run& run, const Block& block) const {
  BlockCost cost;
  // Ranks that share one copy of a weight: data × context parallel; experts have fewer copies to share.
  const double dense_ranks = run.data * run.context;
  const double expert_ranks = std::max(1.0, run.data * run.context * run.tensor / run.expert);
  const double compute = run.width_bytes[static_cast<std::size_t>(Width::compute)];
  for (const Weight& weight : inventory_.weights_of(block)) {
    const bool expert = weight.shard == Shard::expert;
    const double ways = weight_ways(run, weight.shard, block.kv_heads);
    const double copies = expert ? ceil_div(static_cast<double>(weight.copies), ways) : static_cast<double>(weight.copies);
    const double split = expert ? 1.0 : ways;
    const double ranks = expert ? expert_ranks : dense_ranks;
    const double matrix = static_cast<double>(weight.out * weight.in);
    const double bias = static_cast<double>(weight.bias);
    const double elements = copies * ceil_div(matrix + bias, split);
    cost.parameters += elements;
    const double weight_ranks = run.zero_stage >= 3 ? ranks : 1.0;
    if (run.packed && weight.quantizable) {
      cost.quantised += copies * matrix / split;
      cost.weight_bytes += copies * std::ceil((stored_bytes(run.format, weight.out, weight.in) + bias * run.weight_bytes) / split) / weight_ranks;
    } else {
      cost.weight_bytes += elements * run.weight_bytes / weight_ranks;
    }
    if (!run.training) continue;
    const bool matrix_shape = weight.in > 1;
    if ((run.features & feature::kAutocast) != 0 && !weight.lookup && matrix_shape) {
      // Autocast keeps a low-precision copy of every matrix while the graph needs it.
      cost.weight_copy += elements * compute;
    }
    const double gradient_ranks = run.zero_stage >= 2 ? ranks : 1.0;
    const double state_ranks = run.zero_stage >= 1 ? ranks : 1.0;
    const auto trained = [&](double count) {
      cost.trainable += count;
      cost.gradient_bytes += count * run.gradient_bytes / gradient_ranks;
      cost.master_bytes += count * run.master_bytes / state_ranks;
      cost.step_bytes += count * run.step_bytes / state_ranks;
    };
    if (run.train_base && (run.features & trains(weight.role)) != 0) {
      trained(elements);
      if (run.factored_state_bytes > 0 && matrix_shape) {
        cost.state_bytes += copies * static_cast<double>(weight.out + weight.in) * run.factored_state_bytes / split / state_ranks;
      } else {
        cost.state_bytes += elements * (run.factored_state_bytes > 0 ? run.factored_state_bytes : run.state_bytes) / state_ranks;
      }
      if (matrix_shape && !weight.lookup && weight.role != Role::lm_head) cost.distinct_matrices += matrix / split;
    }
    if ((run.features & adapts(weight.role)) != 0 && matrix_shape) {
      double adapter = copies * run.adapter_rank * static_cast<double>(weight.out + weight.in) / split;
      if (run.dora) adapter += copies * static_cast<double>(weight.out) / split;
      trained(adapter);
      cost.adapters += adapter;
      cost.adapter_bytes += adapter * run.width_bytes[static_cast<std::size_t>(Width::adapter)] / weight_ranks;
      cost.state_bytes += adapter * run.state_bytes / state_ranks;
      // The input of the second adapter matrix: rank elements per token.
      cost.saved += run.adapter_rank * run.tokens[static_cast<std::size_t>(Basis::tokens)] * compute * static_cast<double>(weight.active_copies);
    }
  }
  return cost;
}

Evaluator::StageCost Evaluator::stage_cost(const Run& run, std::int64_t stage) const {
  StageCost sum;
  const auto add = [&](const BlockCost& cost, double times) {
    sum.all.parameters += cost.parameters * times;
    sum.all.quantised += cost.quantised * times;
    sum.all.weight_bytes += cost.weight_bytes * times;
    sum.all.trainable += cost.trainable * times;
    sum.all.gradient_bytes += cost.gradient_bytes * times;
    sum.all.state_bytes += cost.state_bytes * times;
    sum.all.master_bytes += cost.master_bytes * times;
    sum.all.step_bytes += cost.step_bytes * times;
    sum.all.adapters += cost.adapters * times;
    sum.all.adapter_bytes += cost.adapter_bytes * times;
    sum.all.saved += cost.saved * times;
    sum.all.weight_copy += cost.weight_copy * times;
    sum.all.distinct_matrices += cost.distinct_matrices;
    sum.all.forward = std::max(sum.all.forward, cost.forward);
    sum.all.backward = std::max(sum.all.backward, cost.backward);
    sum.all.kv_elements += cost.kv_elements * times;
    sum.all.kv_bytes += cost.kv_bytes * times;
    sum.all.kv_constant += cost.kv_constant * times;
  };
  const std::int64_t stages = static_cast<std::int64_t>(run.pipeline);
  for (const Stack& stack : inventory_.stacks) {
    const bool first = stage == 0;
    const bool last = stage == stages - 1;
    const bool pipelined = stack.kind == StackKind::decoder && stages > 1;
    // Everything before the main stack (towers, connectors) lives on the first stage.
    if (!pipelined && !first) continue;
    const auto add_outside = [&](std::int32_t index) {
      const BlockCost& cost = costs_[static_cast<std::size_t>(index)];
      add(cost, 1.0);
      sum.outside_saved += cost.saved + cost.weight_copy;
      const Block& block = inventory_.blocks[static_cast<std::size_t>(index)];
      if (block.kind == BlockKind::lm_head) {
        sum.has_head = true;
        sum.head_elements += cost.trainable;
      }
    };
    if (first) {
      for (const std::int32_t index : stack.before) add_outside(index);
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
      for (const std::int32_t index : {layer.mixer, layer.ffn}) {
        if (index < 0) continue;
        const BlockCost& cost = costs_[static_cast<std::size_t>(index)];
        add(cost, times);
        saved += cost.saved + cost.weight_copy;
        sum.layer_copies += cost.weight_copy * times;
        parameters += cost.parameters;
      }
      sum.recomputed = std::max(sum.recomputed, saved);
      sum.largest_layer_parameters = std::max(sum.largest_layer_parameters, parameters);
    }
    const double layers = static_cast<double>(end - begin);
    sum.layers += layers;
    const double residual = static_cast<double>(stack.hidden_size) * run.tokens[static_cast<std::size_t>(stack.basis)] *
                            run.width_bytes[static_cast<std::size_t>(Width::residual)] / (run.sequence_parallel ? run.tensor : 1.0);
    sum.checkpoint_bytes += layers * residual;
    if (last || !pipelined) {
      for (const std::int32_t index : stack.after) add_outside(index);
    }
    if (inventory_.tied_elements > 0 && stack.kind == StackKind::decoder && last && inventory_.vocab_size > 0) {
      sum.has_head = true;
      if (pipelined && !first) {
        // A tied head on another stage than the embedding is a second copy.
        const double elements = static_cast<double>(inventory_.tied_elements) / run.tensor;
        sum.all.parameters += elements;
        sum.all.weight_bytes += elements * run.weight_bytes;
      }
      if ((run.features & feature::kAutocast) != 0) {
        const double copy = static_cast<double>(inventory_.tied_elements) / run.tensor * run.width_bytes[static_cast<std::size_t>(Width::compute)];
        sum.outside_saved += copy;
        sum.all.weight_copy += copy;
      }
      if (run.train_base && (run.features & trains(Role::embedding)) != 0) {
        sum.head_elements += static_cast<double>(inventory_.tied_elements) / run.tensor;
        sum.tied_gradient = 2.0 * static_cast<double>(inventory_.tied_elements) / run.tensor * run.gradient_bytes;
      }
    }
  }
  return sum;
}

void Evaluator::training_timeline(const Run& run, const StageCost& cost, double in_flight, MemoryEstimate& estimate) const {
  TermBytes base;
  base[TermId::weights] = cost.all.weight_bytes;
  base[TermId::adapter_weights] = cost.all.adapter_bytes;
  const bool states_away = run.offload != Offload::none;
  base[TermId::optimizer_states] = states_away ? 0 : cost.all.state_bytes;
  base[TermId::master_weights] = states_away ? 0 : cost.all.master_bytes;
  if (run.offload == Offload::parameters) base[TermId::weights] = 0;
  if (run.zero_stage >= 3 || run.offload == Offload::parameters) {
    // The running unit and the prefetched one, gathered in the compute dtype.
    base[TermId::communication_buffers] = 2.0 * cost.largest_layer_parameters * run.width_bytes[static_cast<std::size_t>(Width::compute)];
  }
  base[TermId::communication_buffers] += run.communicator_bytes;
  base[TermId::framework_overhead] = run.context_bytes + run.workspace_bytes;
  base[TermId::engine_buffers] = cost.all.distinct_matrices * run.matrix_buffer_bytes;

  const double gradients = cost.all.gradient_bytes;
  const bool recompute = run.checkpointing == Checkpointing::full || run.checkpointing == Checkpointing::offloaded;
  // Offloaded checkpoints leave two layers' inputs on the device.
  const double checkpoints = run.checkpointing == Checkpointing::offloaded && cost.layers > 0
                                 ? cost.checkpoint_bytes * std::min(1.0, 2.0 / cost.layers)
                                 : cost.checkpoint_bytes;
  const double kept = recompute ? cost.outside_saved + checkpoints : cost.all.saved + cost.all.weight_copy;
  const double cached_copies = recompute ? cost.layer_copies : 0.0;  // autocast's cache lives until the forward pass ends
  const double recomputed = recompute ? cost.recomputed : 0.0;
  const double others = kept * (in_flight - 1.0);  // micro-batches of later pipeline stages

  double logits_forward = 0;
  double logits_backward = 0;
  double loss_buffer = 0;
  if (cost.has_head) {
    const double rows = run.loss_chunk_tokens > 0 ? std::min(run.loss_chunk_tokens, run.tokens[0]) : run.tokens[0];
    const double logits = rows * static_cast<double>(inventory_.vocab_size) / run.tensor;
    logits_forward = logits * run.loss_bytes_per_logit;
    logits_backward = logits * run.loss_gradient_bytes_per_logit;
    loss_buffer = run.loss_buffer_bytes_per_head_element * static_cast<double>(inventory_.vocab_size) * static_cast<double>(inventory_.hidden_size) / run.tensor;
    estimate.counted.logit_count = logits;
  }
  const double head_gradient = std::min(gradients, cost.head_elements * run.gradient_bytes / (run.zero_stage >= 2 ? run.data * run.context : 1.0));

  const auto add = [&](Phase phase, double at, double activations, double logits, double gradient, double step) {
    Moment& moment = estimate.timeline[estimate.moments++];
    moment.phase = phase;
    moment.at = at;
    moment.terms = base;
    moment.terms[TermId::activations] = activations;
    moment.terms[TermId::logits] = logits;
    moment.terms[TermId::gradients] = gradient;
    moment.terms[TermId::optimizer_states] += step;
    moment.terms[TermId::fragmentation] = run.fragmentation * (activations + logits + gradient + step);
  };
  const double resident = run.gradients_resident ? gradients : 0.0;
  add(Phase::forward, 0.0, cost.all.forward, 0, resident, 0);
  add(Phase::forward, 0.33, others + kept + cached_copies + cost.all.forward, 0, resident, 0);
  add(Phase::loss, 0.36, others + kept + cached_copies, logits_forward + loss_buffer, resident, 0);
  // First the gradient of the log-probabilities, in fp32; then, with those gone, the gradient of the head.
  const double head_moment = run.width_bytes[static_cast<std::size_t>(Width::compute)] * estimate.counted.logit_count + std::max(resident, head_gradient) - resident;
  if (logits_backward >= head_moment) {
    add(Phase::backward, 0.40, others + kept, logits_backward + loss_buffer, resident, 0);
  } else {
    add(Phase::backward, 0.40, others + kept, head_moment - (std::max(resident, head_gradient) - resident) + loss_buffer, std::max(resident, head_gradient), 0);
  }
  add(Phase::backward, 0.45, others + kept + recomputed + cost.all.backward, 0, std::max(resident, head_gradient), 0);
  // The end of backward and the optimizer step are two candidates of the same place; the larger one is the moment.
  const double last_layer = others + std::max(recomputed + cost.all.backward, cost.tied_gradient);
  const double step = cost.all.step_bytes;
  if (last_layer > step) {
    add(Phase::backward, 0.90, last_layer, 0, gradients, 0);
  } else {
    add(Phase::optimizer, 0.95, others, 0, gradients, step);
  }
  estimate.counted.saved_bytes = kept + estimate.counted.logit_count * run.loss_saved_bytes_per_logit;
  estimate.counted.saved_per_token = run.tokens[0] > 0 ? cost.all.saved / run.tokens[0] : 0;
  estimate.counted.checkpoint_layers = recompute ? cost.layers : 0;
  estimate.counted.recomputed_layer = recomputed;
  estimate.counted.transient = std::max(cost.all.forward, cost.all.backward);
}

void Evaluator::inference_timeline(const Run& run, const StageCost& cost, MemoryEstimate& estimate) const {
  TermBytes base;
  base[TermId::weights] = cost.all.weight_bytes;
  base[TermId::framework_overhead] = run.context_bytes + run.workspace_bytes;
  base[TermId::communication_buffers] = run.communicator_bytes;
  const auto add = [&](Phase phase, double at, double kv, double activations, double logits) {
    Moment& moment = estimate.timeline[estimate.moments++];
    moment.phase = phase;
    moment.at = at;
    moment.terms = base;
    moment.terms[TermId::kv_cache] = kv;
    moment.terms[TermId::activations] = activations;
    moment.terms[TermId::logits] = logits;
    moment.terms[TermId::fragmentation] = run.fragmentation * (activations + logits);
  };
  const double kv = cost.all.kv_bytes + cost.all.kv_constant;
  const double vocab = static_cast<double>(inventory_.vocab_size);
  const double logits = cost.has_head ? run.logits_tokens * vocab * run.loss_bytes_per_logit / run.tensor : 0.0;
  estimate.counted.logit_count = cost.has_head ? run.logits_tokens * vocab / run.tensor : 0.0;
  add(Phase::load, 0.0, 0, 0, 0);
  add(Phase::prefill, 0.5, kv, cost.all.forward, logits);
  const double share = run.tokens[0] > 0 ? run.kv_sequences / run.tokens[0] : 0;
  add(Phase::decode, 1.0, kv, cost.all.forward * std::min(1.0, share), logits);
  estimate.counted.kv_elements_per_token = cost.all.kv_elements;
  estimate.counted.kv_tokens = run.kv_tokens_per_sequence * run.kv_sequences;
  estimate.counted.transient = cost.all.forward;
}

MemoryEstimate Evaluator::operator()(const Run& run) {
  for (const Stack& stack : inventory_.stacks) {
    const auto fill = [&](std::int32_t index) {
      if (index < 0) return;
      const Block& block = inventory_.blocks[static_cast<std::size_t>(index)];
      BlockCost cost = cost_of(run, block);
      if (run.training) {
        for (const Tensor& tensor : inventory_.rows(block.saved)) {
          if (kept(tensor, run.features)) cost.saved += tensor_bytes(run, tensor, stack.basis, block.kv_heads);
        }
        for (const Tensor& tensor : inventory_.rows(block.backward)) {
          if (kept(tensor, run.features)) cost.backward += tensor_bytes(run, tensor, stack.basis, block.kv_heads);
        }
      } else {
        const Cache& cache = block.cache;
        const double ways = std::min(run.tensor, static_cast<double>(std::max<std::int64_t>(1, cache.kv_heads)));
        const double length = cache.kind == CacheKind::windowed && cache.window > 0
                                  ? std::min(run.kv_tokens_per_sequence, static_cast<double>(cache.window))
                              : cache.kind == CacheKind::encoder ? run.tokens[static_cast<std::size_t>(Basis::encoder_tokens)] / std::max(1.0, run.batch)
                                                                 : run.kv_tokens_per_sequence;
        if (cache.kind != CacheKind::none && cache.kind != CacheKind::constant) {
          cost.kv_elements = cache.elements_per_token / ways;
          cost.kv_bytes = cost.kv_elements * length * run.kv_sequences * run.kv_bytes;
        }
        cost.kv_constant = cache.constant_elements * 4.0 * run.kv_sequences / run.tensor;
      }
      for (const Tensor& tensor : inventory_.rows(block.forward)) {
        if (kept(tensor, run.features)) cost.forward += tensor_bytes(run, tensor, stack.basis, block.kv_heads);
      }
      costs_[static_cast<std::size_t>(index)] = cost;
    };
    for (const std::int32_t index : stack.before) fill(index);
    for (const std::int32_t index : stack.after) fill(index);
    for (const Layer& layer : stack.distinct) {
      fill(layer.mixer);
      fill(layer.ffn);
    }
  }
  MemoryEstimate worst;
  double worst_bytes = -1;
  const std::int64_t stages = static_cast<std::int64_t>(run.pipeline);
  for (std::int64_t stage = 0; stage < stages; ++stage) {
    MemoryEstimate estimate;
    const StageCost cost = stage_cost(run, stage);
    estimate.counted.parameters = cost.all.parameters;
    estimate.counted.quantised_parameters = cost.all.quantised;
    estimate.counted.trainable = cost.all.trainable;
    estimate.counted.adapters = cost.all.adapters;
    estimate.outside_allocator = run.context_bytes + run.communicator_bytes;
    if (run.training) {
      training_timeline(run, cost, std::min(run.micro_batches, run.pipeline - static_cast<double>(stage)), estimate);
    } else {
      inference_timeline(run, cost, estimate);
    }
    double largest = -1;
    for (std::size_t i = 0; i < estimate.moments; ++i) {
      const double bytes = sum_of(estimate.timeline[i].terms);
      if (bytes > largest) {
        largest = bytes;
        estimate.peak = i;
      }
    }
    if (largest > worst_bytes) {
      worst_bytes = largest;
      worst = estimate;
      worst.worst_stage = stage;
      worst.worst_rank = stage * static_cast<std::int64_t>(run.tensor);
    }
  }
  return worst;
}

}  // namespace vram
