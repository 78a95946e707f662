// The table of stages, and what they add to a run.
// SPDX-License-Identifier: MIT
#include "training_stage.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vram {

namespace {

// Tiles of TRL 1.16.0: TOKEN_CHUNK_SIZE of trl/kernels/chunked_logprob.py, _CHUNKED_LOGPROB_CHUNK_SIZE of trl/trainer/utils.py.
constexpr double kTileTokens = 4096.0;
constexpr double kTileColumns = 32768.0;
constexpr std::int64_t kRolloutTokens = 4096;  // max_num_batched_tokens of trl/generation/vllm_generation.py

// Whole logits, in widths l of one logit.
// - DPO, IPO, KTO (TRL up to 1.10), in fp32: logsumexp and the choice of one entry keep the logits they read; backward holds them,
//   the rows' gradients put together, a matrix of zeros and the sum of the chosen entries' gradients: 1, 1, 4. In 16 bit the
//   log-probabilities of every row are kept beside the logits instead. Measured: tests/unit/preference_test.cpp.
// - ORPO, CPO (TRL 1.16): one kernel keeps the logits and makes their gradient in one piece; the supervised loss of the
//   chosen half adds a contiguous copy of it and its log-probabilities, half a width each: 1.5, 2, 2.5.
// - GRPO, RLOO (TRL up to 1.10): as DPO, and the division by the temperature is a copy: 1, 2, 4. Whole logits of a forward pass
//   take 10 bytes each; a published trace shows 11 (huggingface/trl issue 3678).
// - PPO (TRL 0.29, its last): divided in place: 1, 1, 4.
// - SimPO: as CPO without the supervised loss: 1, 1, 2.
constexpr std::array<StageTraits, 12> kStages = {{
    {TrainingStage::pretraining, 1, false, false, false, false, 0, 0, 0, 0},
    {TrainingStage::sft, 1, false, false, false, false, 0, 0, 0, 0},
    {TrainingStage::dpo, 2, true, true, false, true, 1, 1, 1, 4},
    {TrainingStage::ipo, 2, true, true, false, true, 1, 1, 1, 4},
    {TrainingStage::orpo, 2, true, false, false, false, 0, 1.5, 2, 2.5},
    {TrainingStage::cpo, 2, true, false, false, false, 0, 1.5, 2, 2.5},
    {TrainingStage::simpo, 2, true, false, false, false, 0, 1, 1, 2},
    {TrainingStage::kto, 1, true, true, false, true, 3, 1, 1, 4},
    {TrainingStage::reward, 2, false, false, true, false, 0, 0, 0, 0},
    {TrainingStage::ppo, 1, true, true, false, false, 4, 1, 1, 4},
    {TrainingStage::grpo, 1, true, true, false, true, 2, 1, 2, 4},
    {TrainingStage::rloo, 1, true, true, false, true, 2, 1, 2, 4},
}};

bool uses_adapters(Method method) { return method != Method::full && method != Method::freeze; }

}  // namespace

const StageTraits& traits_of(TrainingStage stage) { return kStages[static_cast<std::size_t>(stage)]; }

void resolve_stage(const Scenario& scenario, const Inventory& inventory, const FrameworkProfile& profile, Run& run) {
  const TrainingRun& t = scenario.training;
  const StageTraits& stage = traits_of(t.stage);
  StageRun& added = run.stage;
  if (stage.scalar_head) {
    added.scalar_head = true;
    return;
  }
  if (!stage.preference) return;
  run.reinforces = reinforces(t.stage);
  const bool scored = stage.reference && (run.reinforces ? t.beta > 0 : !t.precompute_ref_log_probs);
  // The policy's own log-probabilities of the replies are a pass like the reference's.
  added.score_pass = run.reinforces ? ScorePass::before : scored ? ScorePass::inside : ScorePass::none;
  // With adapters the reference is the same model, its adapters switched off.
  added.reference_copies = scored && !uses_adapters(t.method) ? 1.0 : 0.0;
  added.extra_forwards = scored ? stage.forward_passes : stage.forward_passes > 1 ? stage.forward_passes - (run.reinforces ? 1.0 : 2.0) : 0.0;
  if (t.stage == TrainingStage::ppo) {
    added.value_copies = 1.0;
    added.reward_copies = t.reward_parameters_b > 0 ? 0.0 : 1.0;
  }
  if (run.reinforces) {
    const double ranks = run.zero_stage >= 3 ? run.data * run.context : 1.0;
    added.reward_bytes = t.reward_parameters_b * 1e9 * 2.0 / (run.tensor * ranks);
    if (t.stage != TrainingStage::ppo) {
      const double length = static_cast<double>(t.sequence_length);
      added.scored_share = std::max(1.0, length - static_cast<double>(t.prompt_length)) / length;
    }
  }

  const double compute = run.width_bytes[static_cast<std::size_t>(Width::compute)];
  run.loss_buffer_bytes_per_head_element = 0;
  if (t.loss == LossKind::eager) {
    // Accelerate widens what an autocast model returns: 16-bit logits and their fp32 copy exist together.
    const bool widened = t.mixed_precision != MixedPrecision::none && !profile.master_weights && compute < 4;
    const double width = widened ? 4.0 : compute;
    const double made = widened ? compute + width : width;
    run.loss_chunk_tokens = 0;
    // Row by row in 16 bit: logits and log-probabilities; backward drops the logits first.
    const bool by_rows = stage.reference && width < 4;
    run.loss_saved_bytes_per_logit = (by_rows ? 2.0 : stage.kept) * width;
    run.loss_bytes_per_logit = std::max(made, (by_rows ? 2.0 : stage.forward) * width);
    run.loss_gradient_bytes_per_logit = (by_rows ? 3.0 : stage.backward) * width;
    added.outside_autocast = true;
    added.narrow_logit_bytes = compute;
    added.reference_bytes_per_logit = std::max(made, t.stage == TrainingStage::grpo || t.stage == TrainingStage::rloo ? 2 * width + (widened ? compute : 0.0) : made);
    run.loss_bytes_per_logit = std::max(run.loss_bytes_per_logit, added.reference_bytes_per_logit);
    return;
  }
  // Tiles: products of one tile at a time; the scored hidden states are kept, their gradient and the head's are summed in fp32.
  run.loss_chunk_tokens = kTileTokens;
  run.loss_chunk_columns = kTileColumns;
  run.loss_saved_bytes_per_logit = 0;
  run.loss_bytes_per_logit = run.loss_gradient_bytes_per_logit = added.reference_bytes_per_logit = compute;
  const bool head_trains = run.train_base && (run.features & trains(inventory.tied_elements > 0 ? Role::embedding : Role::lm_head)) != 0;
  const double residual = run.width_bytes[static_cast<std::size_t>(Width::residual)];
  // The input of a trained head is kept by the inventory already, in the compute width.
  run.loss_hidden_bytes = head_trains ? residual - std::min(residual, compute) : residual;
  run.loss_hidden_gradient_bytes = 4.0;
  run.loss_head_gradient_bytes = head_trains && run.gradient_bytes < 4 ? 4.0 : 0.0;
}

double replies_per_device(const Scenario& scenario) {
  const TrainingRun& t = scenario.training;
  const double devices = static_cast<double>(scenario.parallelism.data_parallel_size);
  const double each = static_cast<double>(t.micro_batch_size * t.gradient_accumulation_steps);
  if (t.stage == TrainingStage::ppo) return each;
  const double group = static_cast<double>(t.group_size);
  return std::ceil(std::ceil(each * devices / group) * group / devices);
}

RolloutScenario rollout_of(const Scenario& scenario) {
  const TrainingRun& t = scenario.training;
  RolloutScenario replies;
  InferenceRun& i = replies.inference;
  const bool engine = t.rollout != RolloutKind::generate;
  Parallelism& layout = replies.layout;
  layout.tensor_parallel_size = engine ? t.rollout_tensor_parallel_size : scenario.parallelism.tensor_parallel_size;
  layout.expert_parallel_size = engine ? 1 : scenario.parallelism.expert_parallel_size;
  i.engine = engine ? Engine::vllm : Engine::transformers;
  i.context_length = t.sequence_length;
  i.prompt_length = std::min(t.prompt_length, t.sequence_length);
  // The ranks of an engine split over several cards bring their replies together.
  i.batch_size = static_cast<std::int64_t>(replies_per_device(scenario)) * (engine ? t.rollout_tensor_parallel_size : 1);
  const bool wide = t.mixed_precision == MixedPrecision::none && t.weight_dtype == Dtype::fp32;
  i.weight_dtype = wide ? Dtype::fp32 : t.mixed_precision == MixedPrecision::fp16 || t.weight_dtype == Dtype::fp16 ? Dtype::fp16 : Dtype::bf16;
  if (engine) {
    i.max_num_seqs = i.batch_size;
    i.max_num_batched_tokens = kRolloutTokens;
    i.gpu_memory_utilization = t.rollout_memory_utilization;
    i.reserve_kv_cache = true;
  }
  return replies;
}

void resolve_rollout(const Scenario& scenario, Rollout& rollout) {
  const TrainingRun& t = scenario.training;
  rollout.own_weights = t.rollout == RolloutKind::colocated;
  rollout.sleeps = rollout.own_weights && t.rollout_sleep;
  rollout.reply_tokens = static_cast<double>(std::max<std::int64_t>(1, t.sequence_length - t.prompt_length));
  // TRL's PPO asks generate() for the fp32 scores of every step and stacks them.
  rollout.score_bytes = t.stage == TrainingStage::ppo && !rollout.own_weights ? 8.0 : 0.0;
}

}  // namespace vram
