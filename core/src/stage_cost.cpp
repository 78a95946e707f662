// What one pipeline stage of a training run costs: its blocks, as often as they stand there.
// SPDX-License-Identifier: MIT
#include "stage_cost.h"

#include <algorithm>

namespace vram {

namespace {

double bytes_at(const ByteRate& rate, const BasicRun& run, Basis basis) {
  const std::size_t b = static_cast<std::size_t>(basis);
  return rate.token * run.tokens[b] + rate.pair * run.pairs[b] + rate.sample * run.batch + rate.square * run.squares[b] + rate.cross * run.cross_pairs;
}

}  // namespace

void Evaluator::StageCost::join(const StageCost& other) {
  parameters += other.parameters;
  quantised += other.quantised;
  weight_bytes += other.weight_bytes;
  trainable += other.trainable;
  gradient_bytes += other.gradient_bytes;
  state_bytes += other.state_bytes;
  master_bytes += other.master_bytes;
  step_bytes += other.step_bytes;
  adapters += other.adapters;
  adapter_bytes += other.adapter_bytes;
  distinct_matrices += other.distinct_matrices;
  weight_copy += other.weight_copy;
  saved += other.saved;
  outside_saved += other.outside_saved;
  layers += other.layers;
  checkpoint_bytes += other.checkpoint_bytes;
  policy += other.policy;
  layer_copies += other.layer_copies;
  // One of the two computes at a time.
  largest_matrix = std::max(largest_matrix, other.largest_matrix);
  forward = std::max(forward, other.forward);
  backward = std::max(backward, other.backward);
  passing = std::max(passing, other.passing);
  recomputed = std::max(recomputed, other.recomputed);
  largest_layer_parameters = std::max(largest_layer_parameters, other.largest_layer_parameters);
  largest_outside = std::max(largest_outside, other.largest_outside);
  key_value = std::max(key_value, other.key_value);
  unpacked = std::max(unpacked, other.unpacked);
  // The policy runs last, so that backward ends with the other model.
  input_gradient = other.input_gradient;
  first_layer_gradient = other.first_layer_gradient;
  input_width = other.input_width;
}

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

Evaluator::StageCost Evaluator::stage_cost(const Run& run, std::int64_t stage, bool scalar_head) const {
  StageCost sum;
  const auto add = [&](std::int32_t index, Basis basis, double times) {
    const BlockCost& cost = scalar_head && inventory_.blocks[static_cast<std::size_t>(index)].kind == BlockKind::lm_head ? score_ : costs_[static_cast<std::size_t>(index)];
    sum.parameters += cost.parameters * times;
    sum.quantised += cost.quantised * times;
    sum.weight_bytes += cost.weight_bytes * times;
    const double forward = bytes_at(cost.forward, run, basis);
    sum.forward = std::max(sum.forward, forward);
    if (run.stage.score_pass != ScorePass::none) sum.passing = std::max(sum.passing, bytes_at(cost.passing, run, basis));
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
  // With adapters, recomputation asks for a gradient of the first layer's input, so that every layer is reached, of towers too.
  const bool asks_gradients = !run.train_base && run.checkpointing != Checkpointing::none && run.checkpointing != Checkpointing::selective;
  // Else a tower in which nothing trains stands outside the graph: no layer of it is kept, recomputed or run backward.
  bool tower_reached = false;
  const auto reach = [&](const Stack& stack) {
    const auto trains_some = [&](std::int32_t index) { return index >= 0 && costs_[static_cast<std::size_t>(index)].trainable > 0; };
    tower_reached = tower_reached || std::any_of(stack.before.begin(), stack.before.end(), trains_some) ||
                    std::any_of(stack.distinct.begin(), stack.distinct.end(), [&](const Layer& layer) { return trains_some(layer.ffn) || trains_some(layer.mixer); }) ||
                    std::any_of(stack.after.begin(), stack.after.end(), trains_some);
    return tower_reached;
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
    const bool tower = stack.kind == StackKind::vision || stack.kind == StackKind::projector;
    const bool in_graph = !run.training || !tower || asks_gradients || reach(stack);
    const auto add_outside = [&](std::int32_t index) {
      const double saved = add(index, stack.basis, 1.0);
      sum.largest_outside = std::max(sum.largest_outside, costs_[static_cast<std::size_t>(index)].parameters);
      if (in_graph) sum.backward = std::max(sum.backward, bytes_at(costs_[static_cast<std::size_t>(index)].backward, run, stack.basis));
      if (inventory_.blocks[static_cast<std::size_t>(index)].kind == BlockKind::attention) {
        cross_keys = std::max(cross_keys, saved);  // keys and values for a layer of the decoder, recomputed with it
      } else {
        sum.outside_saved += saved;
      }
      if (inventory_.blocks[static_cast<std::size_t>(index)].kind == BlockKind::lm_head && !scalar_head) {
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
    // One element between layers, of every token that this rank keeps.
    const auto row_bytes = [&](Width width) {
      return run.tokens[static_cast<std::size_t>(stack.basis)] * run.width_bytes[static_cast<std::size_t>(width)] / (run.sequence_parallel ? run.tensor : 1.0);
    };
    for (std::size_t d = 0; d < stack.distinct.size(); ++d) {
      const Layer& layer = stack.distinct[d];
      double times = static_cast<double>(stack.distinct_count[d]);
      if (pipelined) {
        times = 0;
        for (std::int64_t l = begin; l < end; ++l) times += stack.layers[static_cast<std::size_t>(l)] == layer ? 1.0 : 0.0;
      }
      if (times == 0) continue;
      const Block& begins = inventory_.blocks[static_cast<std::size_t>(layer.mixer >= 0 ? layer.mixer : layer.ffn)];
      if (begins.kind == BlockKind::projector) {  // stands between layers and is not recomputed
        sum.outside_saved += add(layer.mixer, stack.basis, times) * times;
        continue;
      }
      if (in_graph) sum.checkpoint_bytes += times * (begins.input_per_token > 0 ? begins.input_per_token : static_cast<double>(stack.hidden_size)) * row_bytes(begins.input_width);
      double saved = 0;
      double parameters = 0;
      double policy = 0;
      double gradient = 0;
      double freed = 0;  // backward reaches the mixer when what the feed-forward block kept is gone
      for (const std::int32_t index : {layer.ffn, layer.mixer}) {
        if (index < 0) continue;
        const BlockCost& cost = costs_[static_cast<std::size_t>(index)];
        if (in_graph) sum.backward = std::max(sum.backward, bytes_at(cost.backward, run, stack.basis) - freed);
        freed = add(index, stack.basis, times);
        saved += freed;
        if (run.saves_matmuls && in_graph) policy += bytes_at(cost.policy, run, stack.basis);
        gradient += cost.gradient_bytes;
        // Autocast's cache holds copies of trained weights only.
        if (run.train_base) sum.layer_copies += cost.weight_copy * times;
        parameters += cost.parameters;
      }
      sum.policy += policy * times;
      if (stack.kind == StackKind::decoder && layer == stack.layers[static_cast<std::size_t>(begin)]) sum.first_layer_gradient = gradient;
      if (in_graph) sum.recomputed = std::max(sum.recomputed, saved + cross_keys - policy);
      sum.largest_layer_parameters = std::max(sum.largest_layer_parameters, parameters);
    }
    const double layers = static_cast<double>(end - begin);
    if (run.training && first && !asks_gradients) {
      const Unreached& unreached = unreached_[static_cast<std::size_t>(&stack - inventory_.stacks.data())];
      sum.trainable -= unreached.cost.trainable;
      sum.gradient_bytes -= unreached.cost.gradient_bytes;
      sum.state_bytes -= unreached.cost.state_bytes;
      sum.master_bytes -= unreached.cost.master_bytes;
      sum.step_bytes -= unreached.cost.step_bytes;
      sum.weight_copy -= unreached.cost.weight_copy;
      if (run.train_base) sum.layer_copies -= unreached.layer_copies;
      sum.saved -= bytes_at(unreached.cost.saved, run, stack.basis);
      sum.outside_saved -= bytes_at(unreached.outside_saved, run, stack.basis);
    }
    sum.layers += layers;
    if (stack.kind == StackKind::decoder) sum.input_width = static_cast<double>(stack.hidden_size) * row_bytes(Width::residual);
    if (stack.kind == StackKind::cnn) {
      const Segments& s = inventory_.segments;
      const double images = run.tokens[static_cast<std::size_t>(stack.basis)];
      const double narrow = run.width_bytes[static_cast<std::size_t>(Width::compute)];
      const double wide = run.width_bytes[static_cast<std::size_t>(Width::residual)];
      const double image_copy = (run.features & feature::kAutocast) != 0 ? s.image_copy * narrow : 0.0;
      sum.checkpoint_bytes += images * (s.kept * narrow + s.wide_kept * wide + s.kept_bytes + image_copy);
      sum.recomputed = std::max(sum.recomputed, images * (s.elements * narrow + s.wide_elements * wide + s.bytes));
    }
    if (last || !pipelined) {
      for (const std::int32_t index : stack.after) add_outside(index);
    }
    if (inventory_.tied_elements > 0 && main && last && inventory_.vocab_size > 0 && !scalar_head && !tied_head) {
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
  sum.scored_copies = sum.weight_copy;
  return sum;
}

}  // namespace vram
