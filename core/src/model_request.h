// The "model" member of a request: whichever way it is given, one description and one inventory come out.
// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "vram/estimate.h"
#include "vram/inventory.h"
#include "vram/issue.h"

namespace vram {

struct LoadedModel {
  ModelConfig model;
  Inventory inventory;
  ParameterCounts counts;
  Issues issues;             ///< what was found while reading the model
  std::string request_text;  ///< the member as JSON text, for the echo
};

/// Keeps the last model, its inventory and the evaluator's scratch space.
class ModelCache {
 public:
  /// Loads the model a request names and appends what is wrong with it to `issues`. Convolutional networks are laid out for
  /// images of `image_size` pixels per side, which `field` of the scenario states; 0 = the model's own.
  const LoadedModel& load(const nlohmann::json& request, std::int64_t image_size, std::string_view field, Issues& issues);
  /// Evaluates a run over the model loaded last.
  [[nodiscard]] MemoryEstimate evaluate(const Run& run) { return (*evaluator_)(run); }
  /// One pipeline stage of the run evaluated last.
  [[nodiscard]] MemoryEstimate stage(const Run& run, std::int64_t index) const { return evaluator_->stage(run, index); }
  /// What its engine would print about the cache of the run evaluated last.
  [[nodiscard]] ServingFigures serving(const Run& run, const MemoryEstimate& estimate) const { return evaluator_->serving(run, estimate); }

 private:
  nlohmann::json request_;
  std::int64_t image_size_ = 0;
  std::string image_field_;
  LoadedModel loaded_;
  std::unique_ptr<Evaluator> evaluator_;
};

}  // namespace vram
