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
  for (std::size_t i = 0; i < estimate.timeline.size(); ++i) {
    if (estimate.timeline[i].phase == phase) return estimate.timeline[i];
  }
  ADD_FAILURE() << "no " << name_of(phase);
  return estimate.timeline[0];
}
bool has(const MemoryEstimate& estimate, Phase phase) {
  for (std::size_t i = 0; i < estimate.timeline.size(); ++i) {
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
  EXPECT_EQ(logits * 16, moment(dpo, Phase::backward).terms[TermId::logits]);
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
  for (std::size_t i = 0; i < reward.timeline.size(); ++i) EXPECT_EQ(0, reward.timeline[i].terms[TermId::logits]);
  EXPECT_EQ(kParameters - kHead + 2048, reward.counted.trainable);
}

/// A card of 80 GiB and a small LoRA run of GRPO on it.
struct Replies : Case {
  Replies() {
    scenario.training.stage = TrainingStage::grpo;
    scenario.training.method = Method::lora;
    scenario.training.loss = LossKind::chunked;
    scenario.training.beta = 0;
    scenario.hardware.memory_gib = 80;
  }
};

TEST(Reinforcement, TheEngineTakesItsShareOfTheCard) {
  Replies c;
  const MemoryEstimate grpo = c.run();
  const TermBytes& rollout = grpo.timeline[0].terms;
  EXPECT_EQ(Phase::rollout, grpo.timeline[0].phase);
  // Two copies of the weights in 16 bit: the trainer's and the engine's (and its tables of rotary angles, and what its allocator cannot split off).
  const double engine_weights = rollout[TermId::weights] - 2 * kParameters;
  EXPECT_GE(engine_weights, 2 * kParameters);
  EXPECT_LT(engine_weights, 2 * kParameters + 3e6);
  // What vLLM measures before it fills its share is the larger of the two moments of a step.
  const TermBytes& decode = grpo.timeline[1].terms;
  const double step = std::max(rollout[TermId::activations] + rollout[TermId::logits], decode[TermId::activations] + decode[TermId::logits]);
  EXPECT_NEAR(0.3 * 80 * kBytesPerGib, engine_weights + rollout[TermId::kv_cache] + step + rollout[TermId::engine_buffers] + rollout[TermId::communication_buffers], 1.0);
  // It keeps weights and pool during the update; asleep it keeps neither until the new weights come.
  EXPECT_EQ(rollout[TermId::kv_cache], moment(grpo, Phase::backward).terms[TermId::kv_cache]);
  c.scenario.training.rollout_sleep = true;
  const MemoryEstimate sleeping = c.run();
  EXPECT_EQ(0, moment(sleeping, Phase::backward).terms[TermId::kv_cache]);
  EXPECT_EQ(2 * kParameters, moment(sleeping, Phase::backward).terms[TermId::weights]);
  EXPECT_EQ(engine_weights + 2 * kParameters, moment(sleeping, Phase::sync).terms[TermId::weights]);
  EXPECT_EQ(0, moment(sleeping, Phase::sync).terms[TermId::kv_cache]);
}

TEST(Reinforcement, GenerateKeepsTheCacheOfWholeGroupsBesideTheTrainer) {
  Replies c;
  c.scenario.training.rollout = RolloutKind::generate;  // 2 replies to learn from, but 8 to one prompt
  const MemoryEstimate grpo = c.run();
  // 22 layers × 2 × 4 heads × 64 × 2 B for 8 × 1024 tokens; prompts of 512 at the first moment.
  EXPECT_EQ(8.0 * 1024 * 22 * 512 * 2, grpo.timeline[1].terms[TermId::kv_cache]);
  EXPECT_EQ(8.0 * 512 * 22 * 512 * 2, grpo.timeline[0].terms[TermId::kv_cache]);
  EXPECT_EQ(2 * kParameters, grpo.timeline[1].terms[TermId::weights]);
  EXPECT_EQ(0, moment(grpo, Phase::backward).terms[TermId::kv_cache]);
  c.scenario.training.gradient_accumulation_steps = 8;  // 16 replies: two groups
  EXPECT_EQ(16.0 * 1024 * 22 * 512 * 2, c.run().timeline[1].terms[TermId::kv_cache]);
  c.scenario.training.rollout = RolloutKind::separate;
  EXPECT_FALSE(has(c.run(), Phase::rollout));
}

TEST(Reinforcement, OnlyRepliesAreScored) {
  Replies c;
  c.scenario.training.rollout = RolloutKind::separate;
  EXPECT_EQ(2.0 * 512 * 32000 * 2, moment(c.run(), Phase::loss).terms[TermId::logits]);
  c.scenario.training.prompt_length = 256;
  EXPECT_EQ(2.0 * 768 * 32000 * 2, moment(c.run(), Phase::loss).terms[TermId::logits]);
}

TEST(Reinforcement, PpoHoldsFourModels) {
  Replies c;
  c.scenario.training.stage = TrainingStage::ppo;
  c.scenario.training.method = Method::full;
  c.scenario.training.beta = 0.05;
  c.scenario.training.rollout = RolloutKind::separate;
  const MemoryEstimate ppo = c.run();
  const double scored = kParameters - kHead + 2048;  // value and reward models end in a score
  EXPECT_EQ(2 * (2 * kParameters + 2 * scored), ppo.at_peak().terms[TermId::weights]);
  EXPECT_EQ(kParameters + scored, ppo.counted.trainable);
  EXPECT_EQ(2 * 2 * (kParameters + scored), ppo.at_peak().terms[TermId::optimizer_states]
            - (ppo.at_peak().phase == Phase::optimizer ? 2 * (kParameters + scored) : 0));
  for (const Phase phase : {Phase::reward, Phase::reference, Phase::sync}) EXPECT_TRUE(has(ppo, phase));
  // A reward model of 7e9 parameters in 16 bit instead of one as large as the policy; no divergence, no reference.
  c.scenario.training.reward_parameters_b = 7;
  c.scenario.training.beta = 0;
  EXPECT_EQ(2 * (kParameters + scored + 7e9), c.run().at_peak().terms[TermId::weights]);
}

TEST(Reinforcement, GrpoWithoutDivergenceHasNoReference) {
  Replies c;
  c.scenario.training.method = Method::full;
  c.scenario.training.rollout = RolloutKind::separate;
  EXPECT_EQ(2 * kParameters, c.run().at_peak().terms[TermId::weights]);
  c.scenario.training.beta = 0.04;
  EXPECT_EQ(2 * 2 * kParameters, c.run().at_peak().terms[TermId::weights]);
}

TEST(Reinforcement, TheTimelineRunsFromReplyToSync) {
  Replies c;
  const MemoryEstimate grpo = c.run();
  double before = -1;
  for (std::size_t i = 0; i < grpo.timeline.size(); ++i) {
    EXPECT_GE(grpo.timeline[i].at, before);
    before = grpo.timeline[i].at;
  }
  EXPECT_EQ(Phase::sync, grpo.timeline[grpo.timeline.size() - 1].phase);
}

/// scripts/reference/preference.py on Llama-3.2-1B, two pairs of 1024 tokens: peaks of tensors while the reference runs and in backward.
struct Measured {
  const char* name;
  Method method;
  Dtype weights;
  Checkpointing checkpointing;
  double reference, backward;
};
constexpr Measured kMeasured[] = {
    {"lora, checkpointed", Method::lora, Dtype::bf16, Checkpointing::full, 8047767808.0, 11193614632.0},
    {"lora", Method::lora, Dtype::bf16, Checkpointing::none, 13265064576.0, 16410911400.0},
    {"full, autocast", Method::full, Dtype::fp32, Checkpointing::none, 36467475328.0, 39192843176.0},
};

TEST(Preference, MeetsMeasuredPhasesOfWholeLogits) {
  for (const Measured& row : kMeasured) {
    Case c;
    c.scenario.model = model_from_catalog("meta-llama/Llama-3.2-1B").model;
    c.inventory = build_inventory(c.scenario.model);
    TrainingRun& t = c.scenario.training;
    t.stage = TrainingStage::dpo;
    t.method = row.method;
    t.weight_dtype = row.weights;
    t.attention = AttentionKind::sdpa;
    t.activation_checkpointing = row.checkpointing;
    const MemoryEstimate dpo = c.run();
    const auto tensors = [&](Phase phase) {
      const TermBytes& terms = moment(dpo, phase).terms;
      double sum = 0;
      for (const TermId term : {TermId::weights, TermId::adapter_weights, TermId::optimizer_states, TermId::activations, TermId::logits, TermId::gradients}) sum += terms[term];
      return sum;
    };
    EXPECT_NEAR(1.0, tensors(Phase::reference) / row.reference, 0.01) << row.name;
    EXPECT_NEAR(1.0, tensors(Phase::backward) / row.backward, 0.01) << row.name;
  }
}

TEST(ShardedWeights, AreCastWhileGatheredAndNeverCopiedAllAtOnce) {
  Case c;
  c.scenario.training.weight_dtype = Dtype::fp32;
  c.scenario.training.activation_checkpointing = Checkpointing::full;
  c.scenario.parallelism.data_parallel_size = 8;
  const auto at_loss = [&](std::int64_t zero_stage) {
    c.scenario.parallelism.zero_stage = zero_stage;
    return moment(c.run(), Phase::loss).terms[TermId::activations];
  };
  // Autocast's 16-bit copies of 22 layers' matrices: 22 × (2 × 2048² + 2 × 2048 × 256 + 3 × 2048 × 5632) × 2 B.
  const double copies = 22.0 * (2 * 2048.0 * 2048 + 2 * 2048.0 * 256 + 3 * 2048.0 * 5632) * 2;
  EXPECT_GT(at_loss(0), copies);
  // Sharded, the stream of 2 × 1024 tokens is kept for each of 22 layers in 16 bit, and little beside it.
  EXPECT_GE(at_loss(3), 22 * 2048.0 * 2048 * 2);
  EXPECT_LT(at_loss(3), copies / 4);
  EXPECT_LT(at_loss(3), 22 * 2048.0 * 2048 * 2 * 1.2);
}

}  // namespace
}  // namespace vram
