// {"family": ..., "parameters": ...} requests.
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "model_json_edge.h"
#include "scenario_json.h"
#include "vram/family.h"

namespace vram {

using nlohmann::json;

namespace {

struct Dimension {
  std::string_view name;
  std::int64_t FamilyRequest::*field;
};
constexpr std::array kDimensions = {
    Dimension{"hidden_size", &FamilyRequest::hidden_size},
    Dimension{"num_hidden_layers", &FamilyRequest::num_hidden_layers},
    Dimension{"num_attention_heads", &FamilyRequest::num_attention_heads},
    Dimension{"num_key_value_heads", &FamilyRequest::num_key_value_heads},
    Dimension{"head_dim", &FamilyRequest::head_dim},
    Dimension{"intermediate_size", &FamilyRequest::intermediate_size},
    Dimension{"vocab_size", &FamilyRequest::vocab_size},
    Dimension{"max_position_embeddings", &FamilyRequest::max_position_embeddings},
    Dimension{"num_experts", &FamilyRequest::num_experts},
    Dimension{"num_experts_per_tok", &FamilyRequest::num_experts_per_tok},
    Dimension{"image_size", &FamilyRequest::image_size},
};

}  // namespace

ModelResult model_from_family(const json& request) {
  ModelResult result;
  const JsonFields fields(request, "model.", result.issues);
  FamilyRequest wanted;
  wanted.family = fields.text("family");
  if (!fields.has("parameters")) fields.reject("parameters", "missing_field", "model.parameters is required beside model.family: how many parameters the model has.");
  wanted.parameters = fields.number("parameters", 0, kSmallestConvolutionalSize, kLargestFamilySize);
  for (const Dimension& dimension : kDimensions) wanted.*dimension.field = fields.integer(dimension.name, 0, 1, kMaxSize);
  for (const auto& [name, value] : request.items()) {
    const bool known = name == "family" || name == "parameters" || std::any_of(kDimensions.begin(), kDimensions.end(), [&name = name](const Dimension& row) { return row.name == name; });
    if (!known) fields.reject(name, "unknown_field", "There is no field model." + name + " beside model.family.");
  }
  return has_errors(result.issues) ? result : solve_family(wanted);
}

}  // namespace vram
