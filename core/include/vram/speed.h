// speed: how long a run takes, from the same inventory as its memory. Work is counted, rates come from a table of a few
// measured constants, and every answer has a band.
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

#include "vram/estimate.h"
#include "vram/hardware.h"
#include "vram/inventory.h"
#include "vram/workload.h"

namespace vram {

/// Floating-point operations of one pass over a batch, whole model (no degree divides them yet).
struct Work {
  double matrix = 0;           ///< forward: products with weights
  double trained_matrix = 0;   ///< of them, products whose weight gets a gradient
  double attention = 0;        ///< forward: scores and their products, causal where the model is
  double layers = 0;           ///< blocks that run one after the other
  double all_elements = 0;     ///< weights
  double read_elements = 0;    ///< weights that the pass reads: no embedding rows, only the experts that somebody asks for
  double lookup_elements = 0;  ///< weights read by index
  double head_elements = 0;    ///< weights of the language head that the pass reads
  double expert_elements = 0;  ///< routed experts, and those of them that the pass reads
  double read_expert_elements = 0;
  double inputs = 0;           ///< elements that go into products with weights, and that come out of them
  double outputs = 0;
  double scores = 0;           ///< attention scores, all heads
};

/// Tokens of a pass by basis, and what each of them looks back on.
struct Pass {
  std::array<double, kBasisCount> tokens{};
  std::array<double, kBasisCount> pairs{};  ///< query-key pairs of the stacks beside the main one, which counts its own
  double sequences = 1;
  double new_tokens = 0;  ///< per sequence of the main stack
  double past_tokens = 0;  ///< per sequence, in the cache before the pass
  double head_tokens = -1;  ///< that the language head sees; -1 = all of the main stack
  double chunk = 0;         ///< tokens that are scored against whole rows of keys at a time; 0 = what the mask hides is skipped
};

[[nodiscard]] Work work_of(const Inventory& inventory, const Run& run, const Pass& pass);

/// E (1 - (1 - k/E)^B): how many different experts B tokens meet when routing is even. B is a whole number of tokens.
[[nodiscard]] double distinct_experts(double experts, double per_token, double tokens);

/// Optimizer steps of the whole run; 0 where the scenario does not say how long it is.
[[nodiscard]] double steps_of(const Scenario& scenario, const Inventory& inventory);

/// A value with its 90 % band.
struct Rate {
  double low = 0, expected = 0, high = 0;
};

enum class Bound : unsigned char { memory, compute, communication };
[[nodiscard]] std::string_view name_of(Bound bound);

struct SpeedEstimate {
  bool counts_samples = false;  ///< a "token" is an image, or a whole text where a model that writes none serves
  Rate tokens_per_second;       ///< training: all cards; inference: tokens written by all sequences of all replicas
  double step_seconds = 0;      ///< training: one optimizer step; inference: one token of every sequence, or one pass over the batch
  double flops = 0;             ///< of that step, all cards, recomputation not counted
  double mfu = 0;               ///< flops / (step_seconds × cards × peak rate)
  double prefill_seconds = 0;   ///< inference: time to first token of the whole batch; 0 = none is written
  double prefill_tokens_per_second = 0;
  Bound bound = Bound::memory;  ///< what takes the largest part
  // Parts of step_seconds.
  double compute_seconds = 0;        ///< products at the rate of the card
  double traffic_seconds = 0;        ///< bytes of weights, caches, activations and states
  double launch_seconds = 0;         ///< starting kernels, one after the other
  double communication_seconds = 0;  ///< what no computation hides
  double bubble_seconds = 0;         ///< pipeline stages that wait
  double rollout_seconds = 0;        ///< replies made before an update of reinforcement
  // The whole run, where training.tokens or epochs say how long it is.
  double run_tokens = 0;
  double run_seconds = 0;
  double watts = 0;             ///< all cards, typical; 0 = unknown
  double joules_per_token = 0;
};

[[nodiscard]] SpeedEstimate estimate_speed(const Scenario& scenario, const Inventory& inventory, const Run& run, const MemoryEstimate& memory, const GpuSpec& gpu);

}  // namespace vram
