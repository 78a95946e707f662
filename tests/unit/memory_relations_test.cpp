// Relations that hold whatever the numbers are: more work never needs less memory, sharding by one changes nothing,
// parts sum to wholes.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <random>

#include "vram/estimate.h"
#include "vram/model_json.h"

namespace vram {
namespace {

constexpr int kScenarios = 2000;

class Relations : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* id : {"meta-llama/Llama-3.1-8B", "Qwen/Qwen2.5-7B", "mistralai/Mistral-7B-v0.1", "deepseek-ai/DeepSeek-V2-Lite",
                           "mistralai/Mixtral-8x7B-v0.1", "openai-community/gpt2"}) {
      const ModelResult result = model_from_catalog(id);
      ASSERT_FALSE(has_errors(result.issues)) << id;
      inventories_.push_back(build_inventory(result.model));
    }
  }

  Scenario random_scenario() {
    Scenario s;
    s.task = pick(3) == 0 ? Task::inference : Task::finetuning;
    s.training.method = static_cast<Method>(pick(3));
    s.training.micro_batch_size = 1 + pick(16);
    s.training.sequence_length = 64 << pick(7);
    s.training.attention = static_cast<AttentionKind>(pick(3));
    s.training.activation_checkpointing = static_cast<Checkpointing>(pick(4));
    s.training.weight_dtype = pick(2) == 0 ? Dtype::fp32 : Dtype::bf16;
    s.training.mixed_precision = pick(2) == 0 ? MixedPrecision::none : MixedPrecision::bf16;
    s.training.optimizer = static_cast<Optimizer>(pick(13));
    s.training.framework = static_cast<Framework>(pick(10));
    s.training.loss = static_cast<LossKind>(pick(3));
    s.training.gradient_accumulation_steps = 1 + pick(4);
    s.inference.batch_size = 1 + pick(64);
    s.inference.context_length = 64 << pick(9);
    return s;
  }
  int pick(int ways) { return static_cast<int>(random_() % static_cast<unsigned>(ways)); }
  const Inventory& any_inventory() { return inventories_[static_cast<std::size_t>(pick(static_cast<int>(inventories_.size())))]; }
  static double total(const Scenario& s, const Inventory& inventory) {
    Evaluator evaluate(inventory);
    return static_cast<double>(evaluate(resolve(s, inventory, nullptr)).total().value);
  }

  std::mt19937 random_{20261121};
  std::vector<Inventory> inventories_;
};

TEST_F(Relations, MoreBatchLengthOrRankNeverNeedsLess) {
  int checked = 0;
  for (int i = 0; i < kScenarios; ++i) {
    const Inventory& inventory = any_inventory();
    const Scenario base = random_scenario();
    Scenario more = base;
    switch (pick(3)) {
      case 0: ++more.training.micro_batch_size; ++more.inference.batch_size; break;
      case 1: more.training.sequence_length += 64; more.inference.context_length += 64; break;
      default: more.training.lora_rank *= 2; break;
    }
    EXPECT_LE(total(base, inventory), total(more, inventory));
    ++checked;
  }
  EXPECT_EQ(kScenarios, checked);
}

TEST_F(Relations, CheckpointingNeverAddsBeyondOneLayer) {
  for (int i = 0; i < kScenarios; ++i) {
    const Inventory& inventory = any_inventory();
    Scenario s = random_scenario();
    s.task = Task::finetuning;
    s.training.activation_checkpointing = Checkpointing::none;
    const double none = total(s, inventory);
    s.training.activation_checkpointing = Checkpointing::full;
    Evaluator evaluate(inventory);
    const MemoryEstimate full = evaluate(resolve(s, inventory, nullptr));
    EXPECT_LE(static_cast<double>(full.total().value), none + 1.05 * (full.counted.recomputed_layer + full.counted.transient) + 1e6);
  }
}

TEST_F(Relations, ZeroStagesNeverAddBeyondTheirBuffers) {
  for (int i = 0; i < kScenarios; ++i) {
    const Inventory& inventory = any_inventory();
    Scenario s = random_scenario();
    s.task = Task::pretraining;
    s.parallelism.data_parallel_size = 1 << pick(6);
    double previous = -1;
    for (int stage = 0; stage <= 3; ++stage) {
      s.parallelism.zero_stage = stage;
      Evaluator evaluate(inventory);
      const MemoryEstimate estimate = evaluate(resolve(s, inventory, nullptr));
      // What the allocator keeps for the communication stream alone counts as its buffers.
      const double buffers = estimate.at_peak().terms[TermId::communication_buffers] + estimate.at_peak().terms[TermId::fragmentation];
      const double now = static_cast<double>(estimate.total().value);
      if (previous >= 0) {
        EXPECT_LE(now, previous + buffers + 1);
      }
      previous = now;
    }
  }
}

TEST_F(Relations, TensorParallelRanksHoldAtLeastTheirShareOfTheWeights) {
  for (const Inventory& inventory : inventories_) {
    Scenario s;
    s.task = Task::inference;
    Evaluator evaluate(inventory);
    const double whole = evaluate(resolve(s, inventory, nullptr)).counted.parameters;
    EXPECT_EQ(static_cast<double>(count_parameters(inventory).total), whole);
    for (const int ways : {2, 4, 8}) {
      s.parallelism.tensor_parallel_size = ways;
      const double rank = evaluate(resolve(s, inventory, nullptr)).counted.parameters;
      EXPECT_GE(rank * ways, whole);
      EXPECT_LT(rank, whole);
    }
  }
}

TEST_F(Relations, BlocksSumToTheModel) {
  for (const Inventory& inventory : inventories_) {
    std::int64_t sum = 0;
    for (const Block& block : inventory.blocks) sum += block_parameters(inventory, block);
    EXPECT_EQ(count_parameters(inventory).total, sum);
  }
}

}  // namespace
}  // namespace vram
