// What a training stage runs beside one supervised pass: pairs, reference models, log-probabilities of whole sequences.
// SPDX-License-Identifier: MIT
#pragma once

#include "vram/estimate.h"
#include "vram/profile.h"

namespace vram {

/// Facts about a stage as TRL 1.16.0 runs it (trl/trainer/{dpo,kto,reward}_trainer.py, trl/experimental/{orpo,cpo}).
struct StageTraits {
  TrainingStage id;
  double sequences;       ///< that one sample of a micro-batch becomes: chosen and rejected are one batch
  bool preference;        ///< the loss is made of the log-probabilities of whole sequences
  bool reference;         ///< a frozen copy of the policy scores the same batch
  bool scalar_head;       ///< one score instead of logits
  bool tiled;             ///< TRL projects through the head in tiles and never makes the logits
  double forward_passes;  ///< passes over the batch that keep nothing: reference; for KTO also the mismatched pairs of both
  /// Bytes of whole logits, in widths of one logit: kept until backward, live at the loss, live in backward.
  double kept, forward, backward;
};

[[nodiscard]] const StageTraits& traits_of(TrainingStage stage);

/// Trained with log-probabilities or scores instead of the loss of the next token.
[[nodiscard]] inline bool compares_sequences(TrainingStage stage) { return traits_of(stage).preference || traits_of(stage).scalar_head; }

[[nodiscard]] inline bool reinforces(TrainingStage stage) { return stage == TrainingStage::ppo || stage == TrainingStage::grpo || stage == TrainingStage::rloo; }

/// Replies that one device makes before an update: those of its micro-batches, in whole groups over all devices.
[[nodiscard]] double replies_per_device(const Scenario& scenario);

/// The inference run that makes them.
struct RolloutScenario {
  InferenceRun inference;
  Parallelism layout;
};
[[nodiscard]] RolloutScenario rollout_of(const Scenario& scenario);
/// The rest of a roll-out whose inference run is resolved.
void resolve_rollout(const Scenario& scenario, Rollout& rollout);

/// Puts the parts of a stage into a run whose supervised parts are filled in already.
void resolve_stage(const Scenario& scenario, const Inventory& inventory, const FrameworkProfile& profile, Run& run);

}  // namespace vram
