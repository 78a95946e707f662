// The table of stages, and what they add to a run.
// SPDX-License-Identifier: MIT
#include "training_stage.h"

#include <algorithm>
#include <array>

namespace vram {

namespace {

// Tiles of TRL 1.16.0: TOKEN_CHUNK_SIZE of trl/kernels/chunked_logprob.py, _CHUNKED_LOGPROB_CHUNK_SIZE of trl/trainer/utils.py.
constexpr double kTileTokens = 4096.0;
constexpr double kTileColumns = 32768.0;

// Whole logits, in widths l of one logit.
// - DPO, IPO, KTO (TRL up to 1.10): logsumexp keeps the logits it reads; backward stacks its rows' gradients beside them and
//   the gradient of the chosen entries: 1, -, 3.
// - ORPO, CPO (TRL 1.16): one kernel keeps the logits and makes their gradient in one piece; the supervised loss of the
//   chosen half adds a contiguous copy of it and its log-probabilities, half a width each: 1.5, 2, 2.5.
// - SimPO: as CPO without the supervised loss: 1, 1, 2.
constexpr std::array<StageTraits, 12> kStages = {{
    {TrainingStage::pretraining, 1, false, false, false, false, 0, 0, 0, 0},
    {TrainingStage::sft, 1, false, false, false, false, 0, 0, 0, 0},
    {TrainingStage::dpo, 2, true, true, false, true, 1, 1, 1, 3},
    {TrainingStage::ipo, 2, true, true, false, true, 1, 1, 1, 3},
    {TrainingStage::orpo, 2, true, false, false, false, 0, 1.5, 2, 2.5},
    {TrainingStage::cpo, 2, true, false, false, false, 0, 1.5, 2, 2.5},
    {TrainingStage::simpo, 2, true, false, false, false, 0, 1, 1, 2},
    {TrainingStage::kto, 1, true, true, false, true, 3, 1, 1, 3},
    {TrainingStage::reward, 2, false, false, true, false, 0, 0, 0, 0},
    {TrainingStage::ppo, 1, false, false, false, false, 0, 0, 0, 0},
    {TrainingStage::grpo, 1, false, false, false, false, 0, 0, 0, 0},
    {TrainingStage::rloo, 1, false, false, false, false, 0, 0, 0, 0},
}};

bool uses_adapters(Method method) { return method != Method::full && method != Method::freeze; }

}  // namespace

const StageTraits& traits_of(TrainingStage stage) { return kStages[static_cast<std::size_t>(stage)]; }

void resolve_stage(const Scenario& scenario, const Inventory& inventory, const FrameworkProfile& profile, Run& run) {
  const TrainingRun& t = scenario.training;
  const StageTraits& stage = traits_of(t.stage);
  if (stage.scalar_head) {
    run.scalar_head = true;
    return;
  }
  if (!stage.preference) return;
  const bool scored = stage.reference && !t.precompute_ref_log_probs;
  run.reference_pass = scored;
  // With adapters the reference is the same model, its adapters switched off.
  run.reference_copies = scored && !uses_adapters(t.method) ? 1.0 : 0.0;
  run.extra_forwards = scored ? stage.forward_passes : stage.forward_passes > 1 ? 1.0 : 0.0;  // KTO's mismatched pairs stay

  const double compute = run.width_bytes[static_cast<std::size_t>(Width::compute)];
  run.loss_buffer_bytes_per_head_element = 0;
  if (t.loss == LossKind::eager) {
    // Accelerate widens what an autocast model returns: 16-bit logits and their fp32 copy exist together.
    const bool widened = t.mixed_precision != MixedPrecision::none && !profile.master_weights && compute < 4;
    const double width = widened ? 4.0 : compute;
    const double made = widened ? compute + width : width;
    run.loss_chunk_tokens = 0;
    run.loss_saved_bytes_per_logit = stage.kept * width;
    run.loss_bytes_per_logit = std::max(made, stage.forward * width);
    run.loss_gradient_bytes_per_logit = stage.backward * width;
    run.reference_bytes_per_logit = made;
    return;
  }
  // Tiles: products of one tile at a time; the scored hidden states are kept, their gradient and the head's are summed in fp32.
  run.loss_chunk_tokens = kTileTokens;
  run.loss_chunk_columns = kTileColumns;
  run.loss_saved_bytes_per_logit = 0;
  run.loss_bytes_per_logit = run.loss_gradient_bytes_per_logit = run.reference_bytes_per_logit = compute;
  const bool head_trains = run.train_base && (run.features & trains(inventory.tied_elements > 0 ? Role::embedding : Role::lm_head)) != 0;
  const double residual = run.width_bytes[static_cast<std::size_t>(Width::residual)];
  // The input of a trained head is kept by the inventory already, in the compute width.
  run.loss_hidden_bytes = head_trains ? residual - std::min(residual, compute) : residual;
  run.loss_hidden_gradient_bytes = 4.0;
  run.loss_head_gradient_bytes = head_trains && run.gradient_bytes < 4 ? 4.0 : 0.0;
}

}  // namespace vram
