// What torchtitan's FSDP2 holds: selective checkpointing by operation, the stream that scatters gradients, schedules of
// pipelines. Golden numbers by hand from the sizes of Llama-3.1-8B.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include "vram/estimate.h"
#include "vram/model_json.h"

namespace vram {
namespace {

constexpr double kHidden = 4096, kInner = 14336, kKeyWidth = 1024, kLayers = 32, kVocabulary = 128256, kHeads = 32;
constexpr double kParameters = 8030261248.0;

Inventory llama() { return build_inventory(model_from_catalog("meta-llama/Llama-3.1-8B").model); }

Scenario titan(Checkpointing checkpointing) {
  Scenario s;
  s.task = Task::pretraining;
  s.training.framework = Framework::torchtitan;
  s.training.weight_dtype = Dtype::fp32;
  s.training.micro_batch_size = 1;
  s.training.sequence_length = 8192;
  s.training.fused_optimizer = true;
  s.training.activation_checkpointing = checkpointing;
  s.parallelism.data_parallel_size = 8;
  s.parallelism.zero_stage = 3;
  return s;
}

MemoryEstimate estimate(const Scenario& s, const Inventory& inventory) { return Evaluator(inventory)(resolve(s, inventory, nullptr)); }

double term_at(const MemoryEstimate& e, Phase phase, TermId term) {
  double most = -1;
  for (std::size_t m = 0; m < e.timeline.size(); ++m) {
    if (e.timeline[m].phase == phase) most = std::max(most, e.timeline[m].terms[term]);
  }
  return most;
}

TEST(FullySharded, SelectiveByOperationKeepsEverySecondProduct) {
  const Inventory inventory = llama();
  const double selective = estimate(titan(Checkpointing::selective), inventory).counted.saved_bytes;
  const double full = estimate(titan(Checkpointing::full), inventory).counted.saved_bytes;
  // Products in order q, k, v, o, gate, up, down: the first, third, fifth and seventh; the attention kernel's results.
  const double per_token = 2 * (kHidden + kKeyWidth + kInner + kHidden) + 2 * kHidden + 4 * kHeads;
  EXPECT_DOUBLE_EQ(selective - full, kLayers * 8192 * per_token);
}

TEST(FullySharded, TensorParallelRanksKeepWholeOutputsOfRowSplitProducts) {
  const Inventory inventory = llama();
  Scenario s = titan(Checkpointing::selective);
  s.parallelism.tensor_parallel_size = 2;
  s.parallelism.sequence_parallel = true;
  const double selective = estimate(s, inventory).counted.saved_bytes;
  s.training.activation_checkpointing = Checkpointing::full;
  const double full = estimate(s, inventory).counted.saved_bytes;
  const double split = kHidden + kKeyWidth + kInner;   // of q, v and gate
  const double scattered = 2 * kHidden;                // reduce-scatters after o and down
  const double per_token = 2 * (split / 2 + kHidden + scattered / 2 + kHidden / 2) + 4 * kHeads / 2;
  EXPECT_DOUBLE_EQ(selective - full, kLayers * 8192 * per_token);
}

TEST(FullySharded, ReservedHoldsBothStreamsAtTheLoss) {
  const Inventory inventory = llama();
  const MemoryEstimate e = estimate(titan(Checkpointing::full), inventory);
  // Gradient shards of 4 bytes and the fp32 gradients of the head on their way to the reduce-scatter.
  // Of the two layers gathered during the passes one is released, and its block stays reserved: 2 bytes of each parameter.
  const double layer = 2.0 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336 + 2 * 4096);
  const double stream = 4 * kParameters / 8 + 4 * kVocabulary * kHidden + layer;
  const double cached_logits = 2 * kVocabulary * 8192;
  const MemoryEstimate one = estimate([] {
    Scenario s = titan(Checkpointing::full);
    s.parallelism.zero_stage = 2;
    return s;
  }(), inventory);
  const double at_loss = e.at_peak().terms[TermId::fragmentation] - one.at_peak().terms[TermId::fragmentation];
  EXPECT_EQ(Phase::backward, e.at_peak().phase);
  EXPECT_NEAR(at_loss, stream, 1e6);
  EXPECT_GE(e.at_peak().terms[TermId::fragmentation], stream + cached_logits);
  EXPECT_DOUBLE_EQ(term_at(e, Phase::optimizer, TermId::gradients), 4 * kParameters / 8);
}

TEST(FullySharded, PipelinesKeepStagesGatheredAndGradientsWhole) {
  const Inventory inventory = llama();
  Scenario s = titan(Checkpointing::full);
  s.parallelism.pipeline_parallel_size = 2;
  const MemoryEstimate e = estimate(s, inventory);
  const double parameters = e.counted.parameters;
  EXPECT_GE(e.at_peak().terms[TermId::gradients], 4 * parameters);
  EXPECT_GE(e.at_peak().terms[TermId::communication_buffers], 2 * parameters);
}

TEST(FullySharded, InterleavedChunksInFlight) {
  const Inventory inventory = llama();
  Scenario s = titan(Checkpointing::full);
  s.training.framework = Framework::megatron;
  s.training.weight_dtype = Dtype::bf16;
  s.training.gradient_accumulation_steps = 64;
  s.parallelism.zero_stage = 1;
  s.parallelism.pipeline_parallel_size = 4;
  const auto activations = [&](std::int64_t chunks) {
    s.parallelism.virtual_pipeline_size = chunks;
    const vram::Run run = resolve(s, inventory, nullptr);
    Evaluator evaluate(inventory);
    (void)evaluate(run);
    return term_at(evaluate.stage(run, 0), Phase::loss, TermId::activations);
  };
  // First stage: 4 micro-batches in flight; with two chunks (2 · 3 + 4 + 1) / 2 = 5.5, with four (6 + 12 + 1) / 4 = 4.75.
  const double one = activations(1);
  EXPECT_NEAR(activations(2) / one, 5.5 / 4, 1e-9);
  EXPECT_NEAR(activations(4) / one, 4.75 / 4, 1e-9);
}

}  // namespace
}  // namespace vram
