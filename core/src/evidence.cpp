// Evidence by framework and engine.
// SPDX-License-Identifier: MIT
#include "evidence.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "vram/engine_profile.h"

namespace vram {

namespace {

/// Fewer values say nothing about a distribution.
constexpr int kFewestValues = 4;

struct TrainingRow {
  Framework stack;
  int values;
  double median, p90;
};
struct InferenceRow {
  Engine stack;
  int values;
  double median, p90;
};

#include "evidence_rows.inc"  // kTrainingRows, kInferenceRows

/// The stack whose runs are nearest to one without enough of its own: the same kernels and the same allocator.
constexpr Framework nearest(Framework stack) {
  switch (stack) {
    case Framework::torchtune:
      return Framework::torchtitan;
    case Framework::timm:
      return Framework::torchvision;
    default:
      return Framework::transformers;
  }
}
constexpr Engine nearest(Engine stack) {
  switch (stack) {
    case Engine::sglang:
    case Engine::tgi:
    case Engine::tensorrt_llm:
      return Engine::vllm;
    case Engine::ollama:
      return Engine::llama_cpp;
    default:
      return Engine::transformers;
  }
}

template <class Rows, class Stack>
Evidence look_up(const Rows& rows, Stack stack) {
  const auto find = [&](Stack wanted) {
    return std::find_if(std::begin(rows), std::end(rows), [&](const auto& row) { return row.stack == wanted && row.values >= kFewestValues; });
  };
  auto row = find(stack);
  const bool own = row != std::end(rows);
  if (!own) row = find(nearest(stack));
  return {name_of_enum(row->stack), own, row->values, row->median, row->p90};
}

}  // namespace

Evidence evidence_of(const Scenario& scenario) {
  return scenario.task == Task::inference ? look_up(kInferenceRows, scenario.inference.engine) : look_up(kTrainingRows, scenario.training.framework);
}

}  // namespace vram
