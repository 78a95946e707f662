// Work: folds of operations over the inventory.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "vram/speed.h"

namespace vram {

double distinct_experts(double experts, double per_token, double tokens) {
  if (!(experts > 0)) return 0.0;
  // (1 - k/E)^B by squaring: the same bits everywhere, which pow does not promise.
  double base = std::max(0.0, 1.0 - per_token / experts);
  double power = 1.0;
  for (double rest = std::floor(std::min(tokens, 4294967296.0)); rest >= 1.0; rest = std::floor(rest / 2)) {
    if (rest - 2.0 * std::floor(rest / 2) >= 1.0) power *= base;
    base *= base;
  }
  return std::max(std::min(experts, per_token), experts * (1.0 - power));
}

namespace {

/// Keys that the new tokens of one sequence see, summed over them.
double pairs_of(const Pass& pass, double window, bool causal) {
  const double fresh = pass.new_tokens;
  const double mean = causal ? pass.past_tokens + (fresh + std::min(pass.chunk, fresh)) / 2 : pass.past_tokens + fresh;
  return fresh * (window > 0 ? std::min(window, mean) : mean);
}

}  // namespace

Work work_of(const Inventory& inventory, const Run& run, const Pass& pass) {
  Work work;
  for (const Stack& stack : inventory.stacks) {
    const double tokens = pass.tokens[static_cast<std::size_t>(stack.basis)];
    const bool main = stack.basis == Basis::tokens;
    const bool causal = stack.kind == StackKind::decoder;
    const bool idle = !main && tokens <= 0;  // an encoder or a tower while tokens are written, or a text without pictures
    const double seen_by_head = main && pass.head_tokens >= 0 ? pass.head_tokens : tokens;
    const auto add = [&](std::int32_t index, double times) {
      const Block& block = inventory.blocks[static_cast<std::size_t>(index)];
      const double block_tokens = block.kind == BlockKind::lm_head ? seen_by_head : tokens;
      if (!idle) work.layers += times;
      for (const Weight& weight : inventory.weights_of(block)) {
        const double matrix = static_cast<double>(weight.out * weight.in);
        const double copies = static_cast<double>(weight.copies);
        const double all = static_cast<double>(weight.elements()) * times;
        work.all_elements += all;
        if (weight.lookup) work.lookup_elements += all;
        if (weight.lookup || idle) continue;
        const bool routed = weight.copies > weight.active_copies && weight.shard == Shard::expert;
        const double met = routed ? distinct_experts(copies, static_cast<double>(weight.active_copies), tokens) : copies;
        const double read = met * (matrix + static_cast<double>(weight.bias)) * times;
        work.read_elements += read;
        if (block.kind == BlockKind::lm_head) work.head_elements += read;
        if (routed) {
          work.expert_elements += all;
          work.read_expert_elements += read;
        }
        if (weight.in <= 1) continue;
        const double multiplied = weight.per_sample ? pass.sequences : block_tokens;
        const double products = static_cast<double>(weight.active_copies) * weight.uses * multiplied * times;
        work.inputs += products * static_cast<double>(weight.in);
        work.outputs += products * static_cast<double>(weight.out);
        const double flops = 2.0 * products * matrix;
        work.matrix += flops;
        if (run.train_base && (run.features & trains(weight.role)) != 0) work.trained_matrix += flops;
        if (weight.role != Role::norm && (run.features & adapts(weight.role)) != 0) {
          const double adapter = 2.0 * run.adapter_rank * static_cast<double>(weight.out + weight.in) * static_cast<double>(weight.active_copies) * multiplied * times;
          work.matrix += adapter;
          work.trained_matrix += adapter;
        }
      }
      work.attention += block.token_flops * tokens * times;
      if (block.pair_flops > 0) {
        // Towers look at their own tokens; the main stack at what came before.
        const double window = static_cast<double>(block.window);
        const double pairs = main ? pass.sequences * pairs_of(pass, window, causal)
                                  : pass.pairs[static_cast<std::size_t>(stack.basis)];
        work.attention += block.pair_flops * pairs * times;
        work.scores += static_cast<double>(inventory.max_heads) * pairs * times;
      }
    };
    for (const std::int32_t index : stack.before) add(index, 1.0);
    for (std::size_t d = 0; d < stack.distinct.size(); ++d) {
      const double times = static_cast<double>(stack.distinct_count[d]);
      if (stack.distinct[d].mixer >= 0) add(stack.distinct[d].mixer, times);
      if (stack.distinct[d].ffn >= 0) add(stack.distinct[d].ffn, times);
    }
    for (const std::int32_t index : stack.after) add(index, 1.0);
    if (causal && inventory.tied_elements > 0) {
      const double head = static_cast<double>(inventory.tied_elements);
      const double flops = 2.0 * head * seen_by_head;
      work.read_elements += head;
      work.head_elements += head;
      work.matrix += flops;
      if (run.train_base && (run.features & trains(Role::embedding)) != 0) work.trained_matrix += flops;
    }
  }
  return work;
}

}  // namespace vram
