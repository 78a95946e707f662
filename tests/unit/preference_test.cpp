// Preference and reward stages: what they hold beside a supervised pass, computed by hand for a small model.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "vram/estimate.h"
#include "vram/model_json.h"

namespace vram {
namespace {

// TinyLlama-1.1B: hidden 2048, 22 layers, vocabulary 32 000, 1 100 048 384 parameters, head of its own.
constexpr double kParameters = 1100048384.0;
constexpr double kHead = 32000.0 * 2048.0;

struct Case {
  Scenario scenario;
  Inventory inventory;

  Case() : scenario(), inventory() {
    scenario.model = model_from_catalog("TinyLlama/TinyLlama-1.1B-Chat-v1.0").model;
    scenario.task = Task::finetuning;
    scenario.training.weight_dtype = Dtype::bf16;
    scenario.training.mixed_precision = MixedPrecision::bf16;
    scenario.training.micro_batch_size = 2;
    scenario.training.sequence_length = 1024;
    inventory = build_inventory(scenario.model);
  }
  [[nodiscard]] MemoryEstimate run() const {
    Evaluator evaluate(inventory);
    return evaluate(resolve(scenario, inventory, nullptr));
  }
};

const Moment& moment(const MemoryEstimate& estimate, Phase phase) {
  for (std::size_t i = 0; i < estimate.moments; ++i) {
    if (estimate.timeline[i].phase == phase) return estimate.timeline[i];
  }
  ADD_FAILURE() << "no " << name_of(phase);
  return estimate.timeline[0];
}
bool has(const MemoryEstimate& estimate, Phase phase) {
  for (std::size_t i = 0; i < estimate.moments; ++i) {
    if (estimate.timeline[i].phase == phase) return true;
  }
  return false;
}

TEST(Preference, ChosenAndRejectedAreOneBatchOfTwice) {
  Case pairs;
  pairs.scenario.training.stage = TrainingStage::simpo;
  Case twice;
  twice.scenario.training.micro_batch_size *= 2;
  // What the forward pass keeps is that of a supervised pass over as many sequences.
  EXPECT_EQ(twice.run().timeline[1].terms[TermId::activations], pairs.run().timeline[1].terms[TermId::activations]);
}

TEST(Preference, AReferenceIsAnotherCopyOfTheWeightsUnlessAdaptersOrPrecomputation) {
  const auto weights = [](TrainingStage stage, Method method, bool precomputed) {
    Case c;
    c.scenario.training.stage = stage;
    c.scenario.training.method = method;
    c.scenario.training.precompute_ref_log_probs = precomputed;
    return c.run().at_peak().terms[TermId::weights];
  };
  for (const TrainingStage stage : {TrainingStage::dpo, TrainingStage::ipo, TrainingStage::kto}) {
    EXPECT_EQ(2 * 2 * kParameters, weights(stage, Method::full, false));
    EXPECT_EQ(2 * kParameters, weights(stage, Method::full, true));
    EXPECT_EQ(2 * kParameters, weights(stage, Method::lora, false));
  }
  for (const TrainingStage stage : {TrainingStage::orpo, TrainingStage::cpo, TrainingStage::simpo}) {
    EXPECT_EQ(2 * kParameters, weights(stage, Method::full, false));
  }
  // A score of 2048 weights takes the place of the language head.
  EXPECT_EQ(2 * (kParameters - kHead + 2048), weights(TrainingStage::reward, Method::full, false));
}

TEST(Preference, TheReferenceIsShardedAsThePolicyIs) {
  Case c;
  c.scenario.training.stage = TrainingStage::dpo;
  c.scenario.parallelism.data_parallel_size = 8;
  c.scenario.parallelism.zero_stage = 3;
  EXPECT_NEAR(2 * 2 * kParameters / 8, c.run().at_peak().terms[TermId::weights], 1e5);
}

TEST(Preference, TilesOfLogitsInsteadOfAll) {
  Case c;
  c.scenario.training.stage = TrainingStage::dpo;
  c.scenario.training.micro_batch_size = 4;  // 8 × 1024 tokens, more than one tile of 4096
  c.scenario.training.loss = LossKind::chunked;
  const MemoryEstimate dpo = c.run();
  // One tile of 4096 tokens × min(32 768, 32 000) columns in 16 bit.
  EXPECT_EQ(4096.0 * 32000.0 * 2.0, moment(dpo, Phase::loss).terms[TermId::logits]);
  // The scored hidden states are in the inventory already (the head trains); bf16 kept beside none: 0 more.
  // Backward sums the gradients of 8192 hidden states and of the head in fp32 beside the tile.
  EXPECT_EQ(4096.0 * 32000.0 * 2.0 + 8192.0 * 2048.0 * 4.0 + kHead * 4.0, moment(dpo, Phase::backward).terms[TermId::logits]);
  // LoRA: the head is frozen, so no sum for it, but its input is kept for the gradient of the hidden states.
  c.scenario.training.method = Method::lora;
  const MemoryEstimate lora = c.run();
  EXPECT_EQ(4096.0 * 32000.0 * 2.0 + 8192.0 * 2048.0 * 4.0, moment(lora, Phase::backward).terms[TermId::logits]);
  Case simpo = c;
  simpo.scenario.training.stage = TrainingStage::simpo;
  simpo.scenario.training.loss = LossKind::eager;
  EXPECT_EQ(8192.0 * 2048.0 * 2.0,
            moment(lora, Phase::loss).terms[TermId::activations] - moment(simpo.run(), Phase::loss).terms[TermId::activations]);
}

TEST(Preference, WholeLogitsAreWidenedAndKeptBesideTheReference) {
  Case c;
  c.scenario.training.stage = TrainingStage::dpo;
  c.scenario.training.method = Method::lora;
  const double logits = 4.0 * 1024.0 * 32000.0;
  const MemoryEstimate dpo = c.run();
  EXPECT_EQ(logits * (2 + 4), moment(dpo, Phase::loss).terms[TermId::logits]);         // 16 bit and the fp32 copy
  EXPECT_EQ(logits * (4 + 2 + 4), moment(dpo, Phase::reference).terms[TermId::logits]);  // the policy's, and the reference's both
  EXPECT_EQ(logits * 12, moment(dpo, Phase::backward).terms[TermId::logits]);
  c.scenario.training.stage = TrainingStage::orpo;
  EXPECT_EQ(logits * 8, moment(c.run(), Phase::loss).terms[TermId::logits]);  // fp32 of all, copy and log-probabilities of the chosen half
  EXPECT_EQ(logits * 10, moment(c.run(), Phase::backward).terms[TermId::logits]);
  c.scenario.training.mixed_precision = MixedPrecision::none;
  EXPECT_EQ(logits * 4, moment(c.run(), Phase::loss).terms[TermId::logits]);  // nothing is widened
}

TEST(Preference, TheReferencePassStandsOnWhatThePolicyKept) {
  Case c;
  c.scenario.training.stage = TrainingStage::dpo;
  c.scenario.training.loss = LossKind::chunked;
  c.scenario.training.activation_checkpointing = Checkpointing::full;
  const MemoryEstimate dpo = c.run();
  const TermBytes& reference = moment(dpo, Phase::reference).terms;
  const TermBytes& loss = moment(dpo, Phase::loss).terms;
  // The widest block of 4 × 1024 tokens: stream and norm twice each, gate, up and product: (4 × 2048 + 3 × 5632) × 2 B;
  // one tile of 4096 × 32 000 logits is smaller (262 144 000 B), so the block counts.
  const double block = 4096.0 * (4 * 2048 + 3 * 5632) * 2.0;
  EXPECT_EQ(std::max(block, 4096.0 * 32000.0 * 2.0),
            reference[TermId::activations] + reference[TermId::logits] - loss[TermId::activations]);
  c.scenario.training.precompute_ref_log_probs = true;
  EXPECT_FALSE(has(c.run(), Phase::reference));
}

TEST(Preference, AutocastCopiesTheReferenceToo) {
  Case c;
  c.scenario.training.stage = TrainingStage::dpo;
  c.scenario.training.weight_dtype = Dtype::fp32;
  c.scenario.training.loss = LossKind::chunked;
  c.scenario.training.activation_checkpointing = Checkpointing::none;
  const MemoryEstimate dpo = c.run();
  const double more = moment(dpo, Phase::reference).terms[TermId::activations] - moment(dpo, Phase::loss).terms[TermId::activations];
  // 16-bit copies of every matrix but the embedding (norms: 45 × 2048).
  EXPECT_GE(more, 2 * (kParameters - kHead - 45 * 2048));
}

TEST(Preference, AScoreHasNoLogits) {
  Case c;
  c.scenario.training.stage = TrainingStage::reward;
  const MemoryEstimate reward = c.run();
  for (std::size_t i = 0; i < reward.moments; ++i) EXPECT_EQ(0, reward.timeline[i].terms[TermId::logits]);
  EXPECT_EQ(kParameters - kHead + 2048, reward.counted.trainable);
}

}  // namespace
}  // namespace vram
