// Relations that hold whatever the numbers are: more work never needs less memory, sharding by one changes nothing,
// parts sum to wholes. Random scenarios of every stage, method and framework, those that no rule refuses.
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <random>

#include "../../core/src/validate.h"
#include "vram/estimate.h"
#include "vram/model_json.h"

namespace vram {
namespace {

#if defined(__EMSCRIPTEN__) || defined(__SANITIZE_ADDRESS__)
constexpr int kScenarios = 4000;
#else
constexpr int kScenarios = 100000;
#endif

/// A model, and the same one with a layer less (a network of pictures alone: as it is).
struct Pair {
  Inventory inventory, shallower;
};

class Relations : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const char* id : {"meta-llama/Llama-3.1-8B", "Qwen/Qwen2.5-7B", "mistralai/Mistral-7B-v0.1", "deepseek-ai/DeepSeek-V2-Lite", "mistralai/Mixtral-8x7B-v0.1",
                           "openai-community/gpt2", "google/gemma-2-2b", "Qwen/Qwen2.5-VL-7B-Instruct", "torchvision/vit_b_16", "torchvision/resnet50"}) {
      ModelResult result = model_from_catalog(id);
      ASSERT_FALSE(has_errors(result.issues)) << id;
      Pair& pair = models_.emplace_back();
      pair.inventory = build_inventory(result.model);
      if (!result.model.layers.empty()) result.model.layers.pop_back();
      pair.shallower = build_inventory(result.model);
    }
  }
  static void TearDownTestSuite() { models_.clear(); }

  int pick(int ways) { return static_cast<int>(random_() % static_cast<unsigned>(ways)); }
  const Pair& any_model() { return models_[static_cast<std::size_t>(pick(static_cast<int>(models_.size())))]; }

  Scenario any_scenario() {
    Scenario s;
    s.task = pick(5) == 0 ? Task::inference : Task::finetuning;
    TrainingRun& t = s.training;
    t.method = static_cast<Method>(pick(7));
    t.stage = pick(2) == 0 ? TrainingStage::sft : static_cast<TrainingStage>(pick(12));
    t.micro_batch_size = 1 + pick(16);
    t.sequence_length = 128 << pick(6);
    t.prompt_length = 1 + pick(static_cast<int>(t.sequence_length) - 1);
    t.attention = static_cast<AttentionKind>(pick(3));
    t.activation_checkpointing = static_cast<Checkpointing>(pick(4));
    t.weight_dtype = pick(2) == 0 ? Dtype::fp32 : Dtype::bf16;
    t.mixed_precision = pick(2) == 0 ? MixedPrecision::none : MixedPrecision::bf16;
    t.optimizer = static_cast<Optimizer>(pick(13));
    t.framework = static_cast<Framework>(pick(9));
    t.loss = static_cast<LossKind>(pick(3));
    t.gradient_accumulation_steps = pick(2) == 0 ? 1 : 1 + pick(4);
    t.optimizer_in_backward = pick(4) == 0;
    t.kbit_upcast = pick(2) == 0;
    t.lora_fp32 = pick(2) == 0;
    t.rollout = static_cast<RolloutKind>(pick(3));
    t.rollout_sleep = pick(2) == 0;
    t.group_size = 1 + pick(16);
    t.beta = pick(2) == 0 ? 0.0 : 0.1;
    t.reward_parameters_b = pick(3) == 0 ? 7.0 : 0.0;
    t.precompute_ref_log_probs = pick(2) == 0;
    t.frozen_layers = pick(4);
    t.images = pick(3);
    s.inference.engine = static_cast<Engine>(pick(9));
    s.inference.batch_size = 1 + pick(64);
    s.inference.context_length = 64 << pick(9);
    if (pick(2) == 0) s.parallelism.data_parallel_size = 1 << pick(6);
    if (s.task != Task::inference && pick(2) == 0) s.parallelism.zero_stage = pick(4);
    if (pick(4) == 0) s.parallelism.tensor_parallel_size = 1 << pick(3);
    if (pick(6) == 0) s.parallelism.pipeline_parallel_size = 1 << pick(3);
    s.hardware.gpus = s.parallelism.world_size();
    if (pick(8) == 0) s.parallelism.offload = static_cast<Offload>(pick(3));
    return s;
  }

  /// `check` sees this many scenarios that are legal; it returns whether the relation says anything about one.
  template <class Check>
  void for_many(int count, const Check& check) {
    int checked = 0;
    for (int drawn = 0; checked < count && drawn < 40 * count; ++drawn) {
      const Pair& model = any_model();
      const Scenario s = any_scenario();
      if (!legal(s, model.inventory)) continue;
      if (check(s, model)) ++checked;
      if (HasFailure()) return;
    }
    EXPECT_EQ(count, checked) << "too few legal scenarios";
  }

  static bool legal(const Scenario& s, const Inventory& inventory) { return is_legal({s, inventory, nullptr}); }
  static MemoryEstimate estimate(const Scenario& s, const Inventory& inventory) {
    Evaluator evaluate(inventory);
    return evaluate(resolve(s, inventory, nullptr));
  }
  static double total(const Scenario& s, const Inventory& inventory) { return static_cast<double>(estimate(s, inventory).total().value); }

  static std::string text(const Scenario& s, const Inventory& inventory) {
    const TrainingRun& t = s.training;
    const Parallelism& p = s.parallelism;
    std::string out = std::to_string(inventory.num_layers) + " layers of " + std::to_string(inventory.hidden_size);
    for (const std::string_view name : {name_of_enum(s.task), name_of_enum(t.method), name_of_enum(t.stage), name_of_enum(t.framework), name_of_enum(t.weight_dtype), name_of_enum(t.mixed_precision),
                                        name_of_enum(t.optimizer), name_of_enum(t.activation_checkpointing), name_of_enum(t.attention), name_of_enum(t.loss), name_of_enum(t.rollout), name_of_enum(p.offload)}) {
      out += ' ';
      out += name;
    }
    for (const std::int64_t n : {t.micro_batch_size, t.sequence_length, t.prompt_length, t.gradient_accumulation_steps, p.data_parallel_size, p.tensor_parallel_size, p.pipeline_parallel_size, p.zero_stage,
                                 t.frozen_layers, std::int64_t{t.optimizer_in_backward}, std::int64_t{t.rollout_sleep}}) {
      out += ' ' + std::to_string(n);
    }
    return out;
  }

  std::mt19937 random_{20261121};
  static inline std::vector<Pair> models_;
};

/// What buffers and the allocator's streams hold beside the tensors; pipelines keep whole gradients until the last micro-batch.
double buffers_of(const MemoryEstimate& e, bool pipelined) {
  const TermBytes& terms = e.at_peak().terms;
  return terms[TermId::communication_buffers] + terms[TermId::fragmentation] + (pipelined ? terms[TermId::gradients] : 0.0);
}

TEST_F(Relations, PartsSumToTheTotalAndThePeakIsTheLargestMoment) {
  for_many(kScenarios, [](const Scenario& s, const Pair& model) {
    const MemoryEstimate e = estimate(s, model.inventory);
    double before = -1;
    for (std::size_t i = 0; i < e.timeline.size(); ++i) {
      Bytes sum;
      for (const double term : e.timeline[i].terms.bytes) {
        EXPECT_GE(term, -1e-3) << text(s, model.inventory);
        sum += whole_bytes(term);
      }
      EXPECT_EQ(sum.value, e.timeline[i].terms.total().value);
      EXPECT_LE(sum.value, e.total().value + 16) << text(s, model.inventory);
      EXPECT_GE(e.timeline[i].at, before) << text(s, model.inventory);
      before = e.timeline[i].at;
    }
    EXPECT_LE(e.reserved().value, e.total().value);
    EXPECT_LE(e.allocated().value, e.reserved().value + 16);
    return true;
  });
}

TEST_F(Relations, MoreBatchLengthRankOrLayersNeverNeedsLess) {
  for_many(kScenarios, [this](const Scenario& s, const Pair& model) {
    Scenario more = s;
    const int kind = pick(4);
    switch (kind) {
      case 0: ++more.training.micro_batch_size; ++more.inference.batch_size; break;
      case 1: more.training.sequence_length += 64; more.inference.context_length += 64; break;
      case 2: more.training.lora_rank *= 2; more.training.num_virtual_tokens *= 2; break;
      default: break;
    }
    // Stages of a pipeline get other layers when one is gone, and of several kinds.
    if (kind == 3 && s.parallelism.pipeline_parallel_size > 1) return false;
    if (!legal(more, model.inventory) || !legal(s, model.shallower)) return false;
    const double less = total(s, kind == 3 ? model.shallower : model.inventory);
    EXPECT_LE(less, total(more, model.inventory) + 16) << kind << ": " << text(s, model.inventory);
    return true;
  });
}

TEST_F(Relations, CheckpointingNeverAddsBeyondOneLayer) {
  for_many(kScenarios, [](const Scenario& base, const Pair& model) {
    Scenario s = base;
    if (s.task == Task::inference) return false;
    // Adapters beside a tower: recomputation keeps the inputs of its layers, which nothing needed before (measured so).
    if (s.training.images > 0 && model.inventory.patch_size > 0 && !resolve(s, model.inventory, nullptr).train_base) return false;
    s.training.activation_checkpointing = Checkpointing::none;
    const double none = total(s, model.inventory);
    s.training.activation_checkpointing = Checkpointing::full;
    if (!legal(s, model.inventory)) return false;
    const MemoryEstimate full = estimate(s, model.inventory);
    EXPECT_LE(static_cast<double>(full.total().value), none + 1.05 * (full.counted.recomputed_layer + full.counted.transient) + 1e6) << text(s, model.inventory);
    return true;
  });
}

TEST_F(Relations, ZeroStagesNeverAddBeyondTheirBuffers) {
  for_many(kScenarios, [](const Scenario& base, const Pair& model) {
    Scenario s = base;
    if (s.task == Task::inference || s.parallelism.data_parallel_size == 1) return false;
    double previous = -1;
    for (int stage = 0; stage <= 3; ++stage) {
      s.parallelism.zero_stage = stage;
      if (!legal(s, model.inventory)) break;
      const MemoryEstimate now = estimate(s, model.inventory);
      if (previous >= 0) {
        EXPECT_LE(static_cast<double>(now.total().value), previous + buffers_of(now, s.parallelism.pipeline_parallel_size > 1) + 1) << stage << ": " << text(s, model.inventory);
      }
      previous = static_cast<double>(now.total().value);
    }
    return true;
  });
}

TEST_F(Relations, ShardingByOneChangesNothing) {
  for_many(kScenarios, [](const Scenario& base, const Pair& model) {
    Scenario s = base;
    if (s.task == Task::inference) return false;
    s.parallelism = {};
    s.hardware.gpus = 1;
    s.parallelism.offload = base.parallelism.offload;
    const double alone = total(s, model.inventory);
    s.parallelism.zero_stage = 3;
    s.parallelism.sequence_parallel = true;
    EXPECT_EQ(alone, total(s, model.inventory)) << text(s, model.inventory);
    return true;
  });
}

TEST_F(Relations, FreezingNeverAdds) {
  for_many(kScenarios, [](const Scenario& base, const Pair& model) {
    Scenario s = base;
    if (s.task == Task::inference || s.training.stage == TrainingStage::ppo) return false;
    s.training.method = Method::full;
    s.training.frozen_layers = 0;
    if (!legal(s, model.inventory)) return false;
    const double full = total(s, model.inventory);
    s.training.method = Method::freeze;
    double previous = full;
    for (const std::int64_t layers : {0, 1, 4}) {
      s.training.frozen_layers = layers;
      const double now = total(s, model.inventory);
      EXPECT_LE(now, previous + 16) << layers << ": " << text(s, model.inventory);
      previous = now;
    }
    return true;
  });
}

TEST_F(Relations, LesserWaysNeverNeedMore) {
  for_many(kScenarios, [this](const Scenario& base, const Pair& model) {
    Scenario s = base;
    if (s.task == Task::inference) return false;
    TrainingRun& t = s.training;
    Scenario less;
    double slack = 16;
    const int kind = pick(6);
    switch (kind) {
      case 0:  // an engine that sleeps
        t.stage = TrainingStage::grpo;
        t.rollout_sleep = false;
        less = s;
        less.training.rollout_sleep = true;
        break;
      case 1:  // or stands elsewhere
        t.stage = TrainingStage::grpo;
        less = s;
        less.training.rollout = RolloutKind::separate;
        break;
      case 2:  // reference log-probabilities known beforehand
        t.stage = TrainingStage::dpo;
        t.precompute_ref_log_probs = false;
        less = s;
        less.training.precompute_ref_log_probs = true;
        break;
      case 3:  // packed weights alone, without widening the others
        t.method = Method::qlora;
        t.mixed_precision = MixedPrecision::bf16;  // without it products widen as well, and eager scores need no second copy
        t.lora_fp32 = false;  // adapters of another width copy their inputs
        t.kbit_upcast = true;
        less = s;
        less.training.kbit_upcast = false;
        break;
      case 4:  // plain low rank
        t.method = pick(2) == 0 ? Method::adalora : Method::dora;
        less = s;
        less.training.method = Method::lora;
        break;
      default:  // states with the host
        s.parallelism.offload = Offload::none;
        less = s;
        less.parallelism.offload = Offload::optimizer;
        break;
    }
    if (!legal(s, model.inventory) || !legal(less, model.inventory)) return false;
    EXPECT_LE(total(less, model.inventory), total(s, model.inventory) + slack) << kind << ": " << text(s, model.inventory);
    return true;
  });
}

TEST_F(Relations, StepsInBackwardNeverAddBeyondOneStep) {
  for_many(kScenarios, [](const Scenario& base, const Pair& model) {
    Scenario s = base;
    if (s.task == Task::inference) return false;
    s.training.optimizer_in_backward = true;
    if (!legal(s, model.inventory)) return false;
    const MemoryEstimate inside = estimate(s, model.inventory);
    s.training.optimizer_in_backward = false;
    const double resident = inside.timeline[0].terms[TermId::optimizer_states];
    EXPECT_LE(static_cast<double>(inside.total().value), total(s, model.inventory) + 1.05 * (inside.at_peak().terms[TermId::optimizer_states] - resident) + 16) << text(s, model.inventory);
    return true;
  });
}

TEST_F(Relations, TensorParallelRanksHoldAtLeastTheirShareOfTheWeights) {
  for (const Pair& model : models_) {
    Scenario s;
    s.task = Task::inference;
    Evaluator evaluate(model.inventory);
    const double whole = evaluate(resolve(s, model.inventory, nullptr)).counted.parameters;
    EXPECT_EQ(static_cast<double>(count_parameters(model.inventory).total), whole);
    if (model.inventory.max_heads <= 1) continue;  // convolutions are not split
    for (const int ways : {2, 4, 8}) {
      s.parallelism.tensor_parallel_size = ways;
      const double rank = evaluate(resolve(s, model.inventory, nullptr)).counted.parameters;
      EXPECT_GE(rank * ways, whole);
      EXPECT_LT(rank, whole);
    }
  }
}

TEST_F(Relations, BlocksSumToTheModel) {
  for (const Pair& model : models_) {
    std::int64_t sum = 0;
    for (const Block& block : model.inventory.blocks) sum += block_parameters(model.inventory, block);
    EXPECT_EQ(count_parameters(model.inventory).total, sum);
  }
}

}  // namespace
}  // namespace vram
