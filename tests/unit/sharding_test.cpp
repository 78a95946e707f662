// Shards of every catalog model sum to the whole plus the replicas that each kind of weight has by rule.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "vram/catalog.h"
#include "vram/estimate.h"
#include "vram/model_json.h"

namespace vram {
namespace {

struct Layout {
  Task task;
  std::int64_t tensor, pipeline, expert;
};

constexpr Layout kLayouts[] = {
    {Task::inference, 1, 1, 1}, {Task::inference, 2, 1, 1}, {Task::inference, 4, 1, 1},   {Task::inference, 8, 1, 1},   {Task::inference, 1, 2, 1},   {Task::inference, 4, 3, 1},
    {Task::inference, 4, 1, 4}, {Task::inference, 8, 2, 8}, {Task::pretraining, 2, 1, 1}, {Task::pretraining, 8, 1, 1}, {Task::pretraining, 1, 4, 1}, {Task::pretraining, 2, 3, 1},
};

/// Copies beyond the first, by why they exist, and how many matrices are rounded up on each rank.
struct Replicas {
  double whole = 0;      ///< norms, routers, biases of the residual stream: every tensor-parallel rank holds them
  double kv_heads = 0;   ///< fewer key-value heads than ranks
  double odd_heads = 0;  ///< a tower whose heads do not divide stays whole
  double tied = 0;       ///< the last pipeline stage has a copy of the embedding for its head
  double matrices = 0;

  [[nodiscard]] double sum() const { return whole + kv_heads + odd_heads + tied; }
};

Replicas replicas_of(const Inventory& inventory, const Layout& layout) {
  Replicas found;
  const double tensor = static_cast<double>(layout.tensor);
  for (const Block& block : inventory.blocks) {
    const double heads = static_cast<double>(std::max<std::int64_t>(1, block.kv_heads));
    const bool odd = layout.task == Task::inference && block.kv_heads > layout.tensor && block.kv_heads % layout.tensor != 0;
    for (const Weight& weight : inventory.weights_of(block)) {
      const double elements = static_cast<double>(weight.elements() * block.repeat);
      found.matrices += static_cast<double>(weight.copies * block.repeat);
      if (weight.shard == Shard::expert) continue;  // expert × tensor parallelism: each element on one rank
      if (weight.shard == Shard::replicated || weight.shard == Shard::sequence) {
        found.whole += elements * (tensor - 1);
      } else if (odd) {
        found.odd_heads += elements * (tensor - 1);
      } else if (weight.shard == Shard::kv && heads < tensor) {
        found.kv_heads += elements * (tensor / heads - 1);
      }
    }
  }
  if (layout.pipeline > 1) found.tied = static_cast<double>(inventory.tied_elements);
  return found;
}

bool possible(const Inventory& inventory, const Layout& layout) {
  if (layout.tensor > 1 && inventory.max_heads % layout.tensor != 0) return false;
  const bool towers_only = std::none_of(inventory.stacks.begin(), inventory.stacks.end(), [](const Stack& stack) { return stack.kind == StackKind::decoder; });
  if (layout.pipeline > 1 && (towers_only || inventory.num_layers < layout.pipeline)) return false;
  return layout.expert == 1 || (inventory.num_experts > 0 && inventory.num_experts % layout.expert == 0);
}

TEST(Sharding, ShardsOfEveryCatalogModelSumToTheWholePlusItsReplicas) {
  std::size_t models = 0, layouts = 0, with_kv = 0, with_tied = 0, with_experts = 0;
  for (const CatalogModel& entry : catalog_models()) {
    const Inventory inventory = build_inventory(model_from_catalog(entry.id).model);
    const double total = static_cast<double>(count_parameters(inventory).total);
    ++models;
    for (const Layout& layout : kLayouts) {
      if (!possible(inventory, layout)) continue;
      Scenario scenario;
      scenario.task = layout.task;
      scenario.parallelism = {.tensor_parallel_size = layout.tensor, .pipeline_parallel_size = layout.pipeline, .expert_parallel_size = layout.expert};
      Evaluator evaluate(inventory);
      const vram::Run run = resolve(scenario, inventory, nullptr);  // testing::Test has a Run of its own
      double sum = 0;
      for (const double stage : evaluate.parameters_by_stage(run)) sum += stage * static_cast<double>(layout.tensor);
      const Replicas replicas = replicas_of(inventory, layout);
      const double rounding = sum - total - replicas.sum();
      const std::string where = std::string(entry.id) + " tp " + std::to_string(layout.tensor) + " pp " + std::to_string(layout.pipeline) + " ep " + std::to_string(layout.expert) +
                                (layout.task == Task::inference ? "" : " training");
      EXPECT_GE(rounding, -0.5) << where;
      EXPECT_LE(rounding, replicas.matrices * static_cast<double>(layout.tensor - 1) + 0.5) << where;
      if (layout.tensor == 1) {
        EXPECT_EQ(total + replicas.tied, sum) << where;
      }
      ++layouts;
      with_kv += replicas.kv_heads > 0 ? 1 : 0;
      with_tied += replicas.tied > 0 ? 1 : 0;
      with_experts += layout.expert > 1 ? 1 : 0;
    }
  }
  std::printf("[ shards   ] %zu models, %zu layouts: %zu with copied KV heads, %zu with a copied embedding, %zu with expert parallelism\n", models, layouts, with_kv, with_tied, with_experts);
  EXPECT_EQ(catalog_models().size(), models);
  EXPECT_GT(layouts, 3 * models);
  EXPECT_GT(with_kv, 100u);
  EXPECT_GT(with_tied, 50u);
  EXPECT_GT(with_experts, 20u);
}

}  // namespace
}  // namespace vram
