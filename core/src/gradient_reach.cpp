// Which blocks no gradient reaches: what stands ahead of the first trained block keeps nothing for backward.
// SPDX-License-Identifier: MIT
#include "vram/estimate.h"

namespace vram {

namespace {

void add(ByteRate& sum, const ByteRate& rate, double times = 1.0) {
  sum.token += rate.token * times;
  sum.pair += rate.pair * times;
  sum.sample += rate.sample * times;
  sum.square += rate.square * times;
  sum.cross += rate.cross * times;
}

/// Whether the outputs of the stack before are this stack's input (a tower's patches go on into the language model).
bool continues(StackKind kind, StackKind before) {
  return (before == StackKind::vision || before == StackKind::projector) && (kind == StackKind::projector || kind == StackKind::decoder);
}

}  // namespace

void Evaluator::find_unreached() {
  if (!shape_.training) return;
  bool reached = false;
  for (std::size_t s = 0; s < inventory_.stacks.size(); ++s) {
    const Stack& stack = inventory_.stacks[s];
    Unreached& unreached = unreached_[s];
    unreached = {};
    if (s == 0 || !continues(stack.kind, inventory_.stacks[s - 1].kind)) reached = false;
    const bool main = stack.kind == StackKind::decoder || inventory_.stacks.size() == 1;
    const double frozen = main ? shape_.frozen_layers : 0.0;
    double layer_index = 0;
    // Returns what the block keeps although it trains nothing that needs it.
    const auto visit = [&](std::int32_t index, bool is_frozen, bool outside) {
      if (index < 0) return;
      const BlockCost& cost = costs_[static_cast<std::size_t>(index)];
      if (is_frozen) {
        unreached.cost.trainable += cost.trainable;
        unreached.cost.gradient_bytes += cost.gradient_bytes;
        unreached.cost.state_bytes += cost.state_bytes;
        unreached.cost.master_bytes += cost.master_bytes;
        unreached.cost.step_bytes += cost.step_bytes;
      }
      if (reached) return;
      ByteRate less = cost.saved;
      if (!is_frozen && cost.trainable > 0) {
        reached = true;
        RunShape shape = shape_;
        shape.features &= ~feature::kInputGradient;
        add(less, cost_of(shape, inventory_.blocks[static_cast<std::size_t>(index)]).saved, -1.0);
      } else {
        unreached.cost.weight_copy += cost.weight_copy;
        if (!outside) unreached.layer_copies += cost.weight_copy;
      }
      add(unreached.cost.saved, less);
      if (outside) add(unreached.outside_saved, less);
    };
    for (const std::int32_t index : stack.before) visit(index, frozen > 0, true);
    for (const Layer& layer : stack.layers) {
      const bool is_frozen = layer_index < frozen;
      if (reached && !is_frozen) break;
      const bool before = reached;
      visit(layer.mixer, is_frozen, false);
      const bool mixer_reached = reached;
      if (stack.parallel) reached = before;  // the feed-forward block reads what the mixer read
      visit(layer.ffn, is_frozen, false);
      reached = reached || mixer_reached;
      layer_index += 1.0;
    }
    if (!reached) {
      for (const std::int32_t index : stack.after) visit(index, false, true);
    }
  }
}

}  // namespace vram
