// Model requests.
// SPDX-License-Identifier: MIT
#include "model_request.h"

#include "model_json_edge.h"
#include "scenario_json.h"

namespace vram {

using nlohmann::json;

namespace {

ModelResult read_model(const json& request) {
  ModelResult result;
  if (request.is_null()) {
    result.issues.push_back(error("missing_field", "model", "", "A model is required: a catalog id, or an object with \"config\"."));
  } else if (request.is_string()) {
    result = model_from_catalog(request.get_ref<const std::string&>());
  } else if (request.is_object() && request.contains("config")) {
    result = model_from_config(request["config"]);
  } else {
    result.issues.push_back(error("wrong_type", "model", excerpt(request), "model must be a catalog id or an object with \"config\", not " + excerpt(request) + "."));
  }
  return result;
}

}  // namespace

const LoadedModel& ModelCache::load(const json& request, Issues& issues) {
  if (!evaluator_ || request != request_) {
    ModelResult result = read_model(request);
    loaded_ = LoadedModel{};
    loaded_.model = std::move(result.model);
    loaded_.issues = std::move(result.issues);
    if (!has_errors(loaded_.issues)) {
      loaded_.inventory = build_inventory(loaded_.model);
      loaded_.counts = count_parameters(loaded_.inventory);
    }
    loaded_.request_text = request.dump(-1, ' ', false, json::error_handler_t::replace);
    evaluator_ = std::make_unique<Evaluator>(loaded_.inventory);
    request_ = request;
  }
  issues.insert(issues.end(), loaded_.issues.begin(), loaded_.issues.end());
  return loaded_;
}

}  // namespace vram
