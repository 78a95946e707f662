// Flat arguments of the tools put into scenarios.
// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>

#include "tool_table.h"

namespace vram {

/// Builds one scenario and remembers which arguments it used.
class ScenarioBuilder {
 public:
  explicit ScenarioBuilder(const ToolCall& call) : call_(call) {}

  nlohmann::json scenario = nlohmann::json::object();

  /// The model of the catalog, else a Llama of `modelParams`.
  void model();
  /// A family by its published name and `modelSize`.
  void family();
  /// Copies an argument to a field of a group of the scenario.
  void copy(const char* argument, const char* group, const char* field);
  void inference_precision();
  void training_precision();
  /// Adapters where a rank or a method asks for them.
  void adapters();
  void checkpointing();
  void card();
  [[nodiscard]] bool take(const char* argument) {
    used_.insert(argument);
    return call_.has(argument);
  }
  void set(const char* group, const char* field, nlohmann::json value) { scenario[group][field] = std::move(value); }

  /// Arguments that were given and changed nothing.
  [[nodiscard]] nlohmann::json without_effect() const;

 private:
  const ToolCall& call_;
  std::set<std::string> used_;
};

}  // namespace vram
