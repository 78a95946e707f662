// What one block costs under the switches, widths and degrees of a run: constants, and bytes per token.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <utility>

#include "vram/estimate.h"

namespace vram {

namespace {

bool kept(const Tensor& tensor, Features on) {
  return (tensor.all & on) == tensor.all && (tensor.none & on) == 0 && (tensor.any == 0 || (tensor.any & on) != 0);
}

/// How many ways each kind of tensor is divided on this rank.
struct Ways {
  std::array<double, kShardCount> weight{};
  std::array<double, kShardCount> tensor{};
};

Ways ways_of(const RunShape& shape, std::int64_t kv_heads) {
  // Attention whose heads do not divide stays whole on every rank; only towers can be so (validate refuses the others).
  const double heads = static_cast<double>(std::max<std::int64_t>(1, kv_heads));
  const bool whole = !shape.training && heads > shape.tensor && std::floor(heads / shape.tensor) * shape.tensor != heads;
  if (whole) {
    Ways ways;
    ways.weight = {1.0, 1.0, 1.0, 1.0, shape.expert};
    ways.tensor = {1.0, 1.0, 1.0, 1.0, 1.0};
    return ways;
  }
  const double kv = std::min(shape.tensor, static_cast<double>(std::max<std::int64_t>(1, kv_heads)));
  const double sequence = shape.sequence_parallel ? shape.tensor : 1.0;
  Ways ways;  // replicated, tensor, kv, sequence, expert
  ways.weight = {1.0, shape.tensor, kv, 1.0, shape.expert};
  // Balanced routing: as many tokens arrive as leave. Engines split every expert instead, and each rank runs all tokens.
  ways.tensor = {1.0, shape.tensor, kv, sequence, shape.training ? 1.0 : shape.expert_tensor};
  return ways;
}

double ceil_div(double value, double ways) { return ways > 1.0 ? std::ceil(value / ways) : value; }

void add_tensor(ByteRate& rate, const RunShape& shape, const Tensor& tensor, const Ways& ways, Features off = 0) {
  if (!kept(tensor, shape.features & ~off)) return;
  const double bytes = shape.width_bytes[static_cast<std::size_t>(tensor.width)] / ways.tensor[static_cast<std::size_t>(tensor.shard)];
  rate.token += tensor.per_token * bytes;
  rate.pair += tensor.per_pair * bytes;
  rate.sample += tensor.per_sample * bytes;
  rate.square += tensor.per_square * bytes;
  rate.cross += tensor.per_cross * bytes;
}

ByteRate rate_of(const RunShape& shape, std::span<const Tensor> rows, const Ways& ways, Features off = 0) {
  ByteRate rate;
  for (const Tensor& tensor : rows) add_tensor(rate, shape, tensor, ways, off);
  return rate;
}

/// Rows and columns of a packed expert as its kernel wants them; the inner width is rounded on every rank.
std::pair<std::int64_t, std::int64_t> padded_expert(const RunShape& shape, const Weight& weight, double split) {
  const bool down = weight.role == Role::expert_down_proj;
  const auto whole = [](double value, double step) { return std::ceil(value / step) * step; };
  const double hidden = whole(static_cast<double>(down ? weight.out : weight.in), shape.expert_hidden_step);
  const double inner = whole(static_cast<double>(down ? weight.in : weight.out) / split, shape.expert_inner_step) * split;
  const double in = down ? whole(inner / split, shape.expert_input_step) * split : whole(hidden, shape.expert_input_step);
  return {static_cast<std::int64_t>(down ? hidden : inner), static_cast<std::int64_t>(in)};
}

/// Roles whose matrices an engine loads as one tensor: queries, keys and values; gate and up, of one MLP or of all experts.
int merged_with(Role role) {
  switch (role) {
    case Role::q_proj:
    case Role::k_proj:
    case Role::v_proj: return 1;
    case Role::gate_proj:
    case Role::up_proj: return 2;
    case Role::expert_gate_proj:
    case Role::expert_up_proj: return 3;
    default: return 0;
  }
}

/// PyTorch's allocator asks the driver for whole 2 MiB where a tensor has 10 MiB or more, and splits no rest of 1 MiB or
/// less off, which then counts as allocated (c10/cuda/CUDACachingAllocator.cpp: kMinLargeAlloc, kRoundLarge, should_split).
double unsplit_rest(double bytes) {
  constexpr double kMib = 1048576.0;
  if (bytes < 10.0 * kMib) return 0.0;
  const double rest = std::ceil(bytes / (2.0 * kMib)) * 2.0 * kMib - bytes;
  return rest <= kMib ? rest : 0.0;
}

}  // namespace

/// Of what a block computes, the results that torchtitan's selective checkpointing keeps: of attention kernels, of every
/// second matrix product in order of execution, and of the reduce-scatters that follow products split by rows.
ByteRate Evaluator::policy_rate(const RunShape& shape, const Block& block) const {
  ByteRate rate;
  const Ways ways = ways_of(shape, block.kv_heads);
  const double compute = shape.width_bytes[static_cast<std::size_t>(Width::compute)];
  bool kept = true;
  for (const Weight& weight : inventory_.weights_of(block)) {
    if (weight.in <= 1 || weight.lookup || weight.per_sample) continue;
    const bool rows_split = weight.role == Role::o_proj || weight.role == Role::down_proj;
    const double width = static_cast<double>(weight.active_copies * weight.out) * weight.uses * compute;
    if (kept) rate.token += rows_split ? width : width / ways.tensor[static_cast<std::size_t>(weight.shard == Shard::expert ? Shard::replicated : weight.shard)];
    if (rows_split && shape.tensor > 1 && shape.sequence_parallel) rate.token += width / shape.tensor;
    kept = !kept;
  }
  for (const Tensor& tensor : inventory_.rows(block.saved)) {
    if (tensor.attention_result) add_tensor(rate, shape, tensor, ways);
  }
  return rate;
}

Evaluator::BlockCost Evaluator::cost_of(const RunShape& shape, const Block& block) const {
  BlockCost cost;
  const Ways all_ways = ways_of(shape, block.kv_heads);
  // Ranks that share one copy of a weight: data × context parallel; experts have fewer copies to share.
  const double dense_ranks = shape.data * shape.context;
  const double expert_ranks = std::max(1.0, shape.data * shape.context * shape.tensor / (shape.expert * shape.expert_tensor));
  const double compute = shape.width_bytes[static_cast<std::size_t>(Width::compute)];
  std::array<double, 4> merged{};
  for (const Weight& weight : inventory_.weights_of(block)) {
    const bool expert = weight.shard == Shard::expert;
    const double ways = all_ways.weight[static_cast<std::size_t>(weight.shard)];
    const double copies = expert ? ceil_div(static_cast<double>(weight.copies), ways) : static_cast<double>(weight.copies);
    const double split = expert ? shape.expert_tensor : ways;
    const double ranks = expert ? expert_ranks : dense_ranks;
    const double matrix = static_cast<double>(weight.out * weight.in);
    const double bias = static_cast<double>(weight.bias);
    const double elements = copies * ceil_div(matrix + bias, split);
    cost.parameters += elements;
    const double weight_ranks = shape.zero_stage >= 3 ? ranks : 1.0;
    const double before = cost.weight_bytes;
    const bool packed = shape.packed && weight.quantizable && (shape.packed_roles & trains(weight.role)) != 0;
    if (packed) {
      cost.quantised += copies * matrix / split;
      if (shape.training) cost.unpacked = std::max(cost.unpacked, matrix / split * compute);
      const auto [out, in] = expert ? padded_expert(shape, weight, split) : std::pair{weight.out, weight.in};
      cost.weight_bytes += copies * std::ceil((stored_bytes(shape.format, out, in) + bias * shape.weight_bytes) / split) / weight_ranks;
    } else {
      const double width = shape.table_bytes > 0 && is_token_table(weight) ? shape.table_bytes : shape.weight_bytes;
      cost.weight_bytes += elements * width / weight_ranks;
      if (shape.merges_matrices) {
        const double tensor = copies * ceil_div(matrix, split) * width;
        const int with = merged_with(weight.role);
        if (with > 0) merged[static_cast<std::size_t>(with)] += tensor;
        else cost.weight_bytes += unsplit_rest(tensor);
      }
    }
    if (weight.lookup) cost.table_bytes += cost.weight_bytes - before;
    if (expert) cost.expert_bytes += cost.weight_bytes - before;
    if (!shape.training) continue;
    const bool matrix_shape = weight.in > 1;
    const bool out_of_autocast = expert && (shape.features & feature::kEagerExperts) != 0;
    if ((shape.features & feature::kAutocast) != 0 && !weight.lookup && matrix_shape && !out_of_autocast && !packed) {
      // Autocast keeps a low-precision copy of every matrix while the graph needs it.
      cost.weight_copy += elements * compute;
    }
    const double gradient_ranks = shape.zero_stage >= 2 ? ranks : 1.0;
    const double state_ranks = shape.zero_stage >= 1 ? ranks : 1.0;
    const auto trained = [&](double count) {
      cost.trainable += count;
      cost.gradient_bytes += count * shape.gradient_bytes / gradient_ranks;
      cost.master_bytes += count * shape.master_bytes / state_ranks;
      cost.step_bytes += count * shape.step_bytes / state_ranks;
    };
    if (shape.train_base && (shape.features & trains(weight.role)) != 0) {
      trained(elements);
      cost.largest_matrix = std::max(cost.largest_matrix, copies * matrix / split);
      if (shape.factored_state_bytes > 0 && matrix_shape) {
        cost.state_bytes += copies * static_cast<double>(weight.out + weight.in) * shape.factored_state_bytes / split / state_ranks;
      } else {
        cost.state_bytes += elements * (shape.factored_state_bytes > 0 ? shape.factored_state_bytes : shape.state_bytes) / state_ranks;
      }
      if (matrix_shape && !weight.lookup) cost.distinct_matrices += matrix / split;
    }
    if (weight.role != Role::norm && (shape.features & adapts(weight.role)) != 0 && matrix_shape) {
      double adapter = copies * shape.adapter_rank * static_cast<double>(weight.out + (weight.continues ? 0 : weight.in)) / split;
      if (shape.dora) adapter += copies * static_cast<double>(weight.out) / split;
      if (shape.adalora && !weight.continues) adapter += copies * shape.adapter_rank / split;  // the singular values
      trained(adapter);
      cost.adapters += adapter;
      cost.largest_matrix = std::max(cost.largest_matrix, copies * shape.adapter_rank * static_cast<double>(std::max(weight.out, weight.in)) / split);
      cost.adapter_bytes += adapter * shape.gradient_bytes / weight_ranks;
      cost.state_bytes += adapter * shape.state_bytes / state_ranks;
      // AdaLoRA keeps three running scores of every element, whole on every rank, and the product of values and inputs' matrix.
      if (shape.adalora) cost.state_bytes += 3.0 * adapter * shape.gradient_bytes;
      // The input of the second adapter matrix: rank elements per token.
      const bool own_width = (shape.features & feature::kAdapterCopy) != 0;
      const double width = own_width ? shape.width_bytes[static_cast<std::size_t>(Width::adapter)] : compute;
      if (shape.adalora && !weight.continues) cost.weight_copy += copies * shape.adapter_rank * static_cast<double>(weight.in) / split * width;
      if (!weight.continues) cost.saved.token += shape.adapter_rank * width * static_cast<double>(weight.active_copies);
      // DoRA scales both results by the magnitude, whose gradient needs them.
      if (shape.dora) cost.saved.token += static_cast<double>(weight.out) / split * (width + compute) * static_cast<double>(weight.active_copies);
      if ((shape.features & feature::kAutocast) != 0) cost.weight_copy += adapter * compute;
    }
  }
  for (const double tensor : merged) cost.weight_bytes += unsplit_rest(tensor);
  if (shape.training) {
    if (shape.saves_matmuls) cost.policy = policy_rate(shape, block);
    const ByteRate saved = rate_of(shape, inventory_.rows(block.saved), all_ways);
    cost.saved.token += saved.token;
    cost.saved.pair += saved.pair;
    cost.saved.sample += saved.sample;
    cost.saved.square += saved.square;
    cost.saved.cross += saved.cross;
    cost.backward = rate_of(shape, inventory_.rows(block.backward), all_ways);
    if (shape.prefix_tokens > 0) add_prefix(shape, block, cost);
    cost.passing = rate_of(shape, inventory_.rows(block.forward), all_ways, feature::kKeepsForward);
    cost.key_value = block.cache.elements_per_token / std::min(shape.tensor, static_cast<double>(std::max<std::int64_t>(1, block.cache.kv_heads))) * compute;
  } else {
    const Cache& cache = block.cache;
    const double ways = std::min(shape.tensor, static_cast<double>(std::max<std::int64_t>(1, cache.kv_heads)));
    cost.kv_elements = cache.kind == CacheKind::none || cache.kind == CacheKind::constant ? 0.0 : cache.elements_per_token / ways;
    cost.kv_bytes = cost.kv_elements * shape.kv_bytes + cache.value_elements / ways * (shape.kv_value_bytes - shape.kv_bytes);
    const double state = cache.constant_elements - cache.convolved_elements;
    const double width = shape.width_bytes[static_cast<std::size_t>(Width::compute)];
    cost.state_page = (state * (cache.state_fp32 ? shape.width_bytes[static_cast<std::size_t>(Width::fp32)] : width) + (cache.convolved_elements + shape.drafted_tokens * cache.convolution_width) * width) / shape.tensor;
    cost.kv_constant = cache.constant_elements * shape.width_bytes[static_cast<std::size_t>(Width::fp32)] / shape.tensor;
  }
  cost.forward = rate_of(shape, inventory_.rows(block.forward), all_ways);
  return cost;
}

/// Prefix tuning: keys and values of `prefix_tokens` in every layer that attends, expanded over the batch beside those of the text.
void Evaluator::add_prefix(const RunShape& shape, const Block& block, BlockCost& cost) const {
  const Cache& cache = block.cache;
  if (cache.kind != CacheKind::growing && cache.kind != CacheKind::windowed) return;
  const double ways = std::min(shape.tensor, static_cast<double>(std::max<std::int64_t>(1, cache.kv_heads)));
  const double ranks = shape.data * shape.context;
  const double elements = shape.prefix_tokens * cache.elements_per_token / ways;
  cost.trainable += elements;
  cost.adapters += elements;
  cost.adapter_bytes += elements * shape.gradient_bytes / (shape.zero_stage >= 3 ? ranks : 1.0);
  cost.gradient_bytes += elements * shape.gradient_bytes / (shape.zero_stage >= 2 ? ranks : 1.0);
  cost.state_bytes += elements * shape.state_bytes / (shape.zero_stage >= 1 ? ranks : 1.0);
  cost.step_bytes += elements * shape.step_bytes / (shape.zero_stage >= 1 ? ranks : 1.0);
  cost.largest_matrix = std::max(cost.largest_matrix, elements);
  cost.saved.sample += elements * shape.width_bytes[static_cast<std::size_t>(Width::compute)];
  // Scores of text against prefix, where scores are kept at all.
  cost.saved.token += cost.saved.pair * shape.prefix_tokens;
  cost.backward.token += cost.backward.pair * shape.prefix_tokens;
}

/// The head of a reward model: one row of the width of the stream, trained with whatever else trains (PEFT keeps it whole).
Evaluator::BlockCost Evaluator::score_cost(const RunShape& shape) const {
  const double elements = static_cast<double>(inventory_.hidden_size);
  const double ranks = shape.data * shape.context;
  BlockCost cost;
  cost.parameters = cost.trainable = cost.largest_matrix = elements;
  cost.weight_bytes = elements * shape.weight_bytes / (shape.zero_stage >= 3 ? ranks : 1.0);
  cost.gradient_bytes = elements * shape.gradient_bytes / (shape.zero_stage >= 2 ? ranks : 1.0);
  const double state_ranks = shape.zero_stage >= 1 ? ranks : 1.0;
  cost.state_bytes = elements * (shape.factored_state_bytes > 0 ? shape.factored_state_bytes : shape.state_bytes) / state_ranks;
  cost.master_bytes = elements * shape.master_bytes / state_ranks;
  cost.step_bytes = elements * shape.step_bytes / state_ranks;
  cost.saved.token = elements * shape.width_bytes[static_cast<std::size_t>(Width::compute)];
  return cost;
}

}  // namespace vram
